import { type MessageKey, t } from '../../ui/text.ts';
import type { LogEntry, SignInMethod } from '../api-contract.ts';
import { When } from './when.tsx';

const methods: Record<SignInMethod, MessageKey> = {
  number: 'provider_method_number',
  password: 'provider_method_password',
};

const outcomes: Record<LogEntry['outcome'], MessageKey> = {
  'signed-in': 'provider_outcome_signed_in',
  'account-created': 'provider_outcome_account_created',
  'wrong-password': 'provider_outcome_wrong_password',
  'denied-not-me': 'provider_outcome_denied_not_me',
  'denied-by-mistake': 'provider_outcome_denied_by_mistake',
  mismatched: 'provider_outcome_mismatched',
  'timed-out': 'provider_outcome_timed_out',
  failed: 'provider_outcome_failed',
  'phone-added': 'provider_outcome_phone_added',
  'phone-removed': 'provider_outcome_phone_removed',
};

export function methodText(method: SignInMethod): string {
  return t(methods[method]);
}

/** What happened with the account lately, newest first. */
export function SignInLog({ log }: { log: readonly LogEntry[] }) {
  return (
    <section class="stack" aria-labelledby="log-title">
      <h2 id="log-title">{t('provider_log')}</h2>
      <ol class="log">
        {log.map(({ at, method, outcome }, place) => (
          <li key={`${at} ${log.length - place}`} data-outcome={outcome}>
            <strong>{t(outcomes[outcome])}</strong>
            <span>{methodText(method)}</span>
            <When at={at} />
          </li>
        ))}
      </ol>
    </section>
  );
}
