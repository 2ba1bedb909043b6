import { useEffect, useState } from 'preact/hooks';
import { t } from '../../ui/text.ts';
import { ActionButton } from './action-button.tsx';

/** The link as text, to be copied by hand or by button. */
export function PairingLink({ link }: { link: string }) {
  const [copied, setCopied] = useState(false);
  // Another code's link was not copied.
  useEffect(() => setCopied(false), [link]);
  const copy = async () => {
    await navigator.clipboard.writeText(link);
    setCopied(true);
  };
  return (
    <div class="link">
      <label for="link">{t('popup_link_label')}</label>
      <div class="row">
        <input
          id="link"
          class="link-text"
          dir="ltr"
          readOnly
          value={link}
          onFocus={({ currentTarget }) => currentTarget.select()}
        />
        <ActionButton name="copy" action={copy}>
          {t('popup_copy')}
        </ActionButton>
      </div>
      <p class={copied ? 'muted' : 'visually-hidden'} role="status">
        {copied ? t('popup_copied') : ''}
      </p>
    </div>
  );
}
