import type { ErrorCode } from '../../core/errors.ts';
import { ErrorNotice } from '../../ui/notice.tsx';
import { t } from '../../ui/text.ts';
import { Screen } from '../screens/screen.tsx';

/** Something keeps the whole extension from working, such as a browser that cannot keep keys. An open request is shown before it. */
export function Fault({ code }: { code: ErrorCode }) {
  return (
    <Screen name="fault" title={t('popup_fault')} data={{ 'data-code': code }}>
      <ErrorNotice code={code} />
      <p>{t('popup_fault_next')}</p>
    </Screen>
  );
}
