import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Question } from '../../ui/question.tsx';
import { Sentence } from '../../ui/sentence.tsx';
import { type MessageKey, t } from '../../ui/text.ts';
import { useAsking } from '../../ui/use-asking.ts';
import { type Registration, type Repair, repairOf } from '../storage/registration.ts';
import type { ScreenProps } from './app.tsx';
import { Back } from './back.tsx';
import { Origin } from './origin.tsx';
import { Screen } from './screen.tsx';

const repairs: { readonly [Name in Repair]: { title: MessageKey; next: MessageKey } } = {
  'approval-invalid': { title: 'phone_accounts_refused', next: 'phone_accounts_register_again' },
  'verification-unavailable': { title: 'phone_accounts_no_lock', next: 'phone_accounts_no_lock_next' },
  unconfirmed: { title: 'phone_accounts_unconfirmed', next: 'phone_accounts_register_again' },
};

/** The accounts that this phone signs in, by organisation; those that need a hand first. */
export function Accounts({ view, actions }: ScreenProps<'accounts'>) {
  const { registrations } = view;
  const sorted = [...registrations].sort(
    (left, right) => Number(repairOf(right) !== null) - Number(repairOf(left) !== null),
  );
  return (
    <Screen name="accounts" title={t('phone_registrations')} actions={<Back actions={actions} />}>
      {registrations.length === 0 ? <p class="muted">{t('phone_no_registrations')}</p> : null}
      <ul class="entries">
        {sorted.map((registration) => (
          <Account
            key={`${registration.origin} ${registration.account}`}
            registration={registration}
            onUnregister={() => actions.unregister(registration)}
          />
        ))}
      </ul>
    </Screen>
  );
}

function Account({ registration, onUnregister }: { registration: Registration; onUnregister: () => void }) {
  const asking = useAsking();
  const { origin, account, site, registeredAt, lastUsedAt } = registration;
  const repair = repairOf(registration);
  return (
    <li class="card stack" data-account={account}>
      <div>
        <p>
          <bdi>{account}</bdi>
        </p>
        <p class="muted">
          <bdi>{site}</bdi>
        </p>
        <p class="muted">
          <Origin of={origin} />
        </p>
      </div>
      <dl class="facts">
        <dt>{t('phone_accounts_since')}</dt>
        <dd>{dayOf(registeredAt)}</dd>
        <dt>{t('phone_accounts_used')}</dt>
        <dd>{lastUsedAt === undefined ? t('phone_accounts_never') : dayOf(lastUsedAt)}</dd>
      </dl>
      {repair ? (
        <Notice tone="warn" title={t(repairs[repair].title)}>
          <p>{t(repairs[repair].next)}</p>
        </Notice>
      ) : null}
      {asking.isOpen ? (
        <Question
          asks={<Sentence of="phone_accounts_ask" name={account} />}
          yes={t('phone_accounts_unregister')}
          onYes={onUnregister}
          onNo={asking.close}
        >
          <p>
            <Sentence of="phone_accounts_tell_provider" name={site} />
          </p>
          <p>
            <a href={origin} target="_blank" rel="noreferrer">
              <Sentence of="phone_accounts_open" name={site} />
            </a>
          </p>
        </Question>
      ) : (
        <Button aria-label={`${t('phone_accounts_unregister')}: ${account}, ${site}`} {...asking.opener}>
          {t('phone_accounts_unregister')}
        </Button>
      )}
    </li>
  );
}

function dayOf(time: number): string {
  return new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: 'medium' }).format(time);
}
