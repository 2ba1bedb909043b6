import { Notice } from '../../ui/notice.tsx';
import { t } from '../../ui/text.ts';
import { browser } from '../messaging/browser.ts';
import { ActionButton } from './action-button.tsx';

/** Says that the browser keeps the extension off sign-in pages that it came for, and has it ask the person. */
export function SiteAccess({ withheld }: { withheld: readonly string[] }) {
  if (withheld.length === 0) return null;
  return (
    <Notice tone="warn" title={t('popup_withheld')}>
      <p>{t('popup_withheld_what')}</p>
      <ActionButton name="allow-sites" action={() => browser.permissions.request({ origins: [...withheld] })}>
        {t('popup_withheld_allow')}
      </ActionButton>
    </Notice>
  );
}
