import type { ErrorCode } from '../../core/errors.ts';
import { Notice } from '../../ui/notice.tsx';
import { t, textOf } from '../../ui/text.ts';

/** Codes of which the shared texts speak to whoever holds the phone, and the browser has to say something else. */
const ownTexts: Partial<Record<ErrorCode, () => [title: string, next: string]>> = {
  'link-expired': () => [textOf('error', 'link-expired'), t('popup_code_expired_next')],
  'link-used': () => [t('popup_code_used'), t('popup_code_used_next')],
  // Of a channel that was not created: there is no pairing to remove.
  'bad-signature': () => [t('popup_relay_refuses'), t('popup_relay_refuses_next')],
};

/** Why a pairing, or the code before, came to nothing, and what to do next. */
export function PairingNotice({ code, tone = 'bad' }: { code: ErrorCode; tone?: 'warn' | 'bad' }) {
  const [title, next] = ownTexts[code]?.() ?? [textOf('error', code), textOf('error', code, '_next')];
  return (
    <Notice tone={tone} title={title}>
      <p>{next}</p>
    </Notice>
  );
}
