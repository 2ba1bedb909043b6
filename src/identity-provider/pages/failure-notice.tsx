import type { ErrorCode } from '../../core/errors.ts';
import { Notice } from '../../ui/notice.tsx';
import { t, textOf } from '../../ui/text.ts';
import type { Failure } from './view.ts';

/** Codes that mean something more precise at this provider than elsewhere. */
const ownTexts: Partial<Record<ErrorCode, () => [title: string, next: string]>> = {
  'weak-password': () => [textOf('error', 'weak-password'), t('provider_password_rule')],
};

/** What did not work, what to do next, and when or where. */
export function FailureNotice({ failure }: { failure: Failure | null }) {
  if (!failure) return null;
  const { code, retryAfterMs, address } = failure;
  if (address !== undefined) return <WrongAddressNotice address={address} />;
  const [title, next] = ownTexts[code]?.() ?? [textOf('error', code), textOf('error', code, '_next')];
  return (
    <Notice tone="bad" title={title}>
      <p>{next}</p>
      {retryAfterMs !== undefined && <p>{t('provider_retry', Math.ceil(retryAfterMs / 60_000))}</p>}
    </Notice>
  );
}

function WrongAddressNotice({ address }: { address: string }) {
  return (
    <Notice tone="bad" title={t('provider_wrong_address')}>
      <p>{t('provider_wrong_address_next')}</p>
      <p>
        <a href={address}>
          <bdi>{address}</bdi>
        </a>
      </p>
    </Notice>
  );
}
