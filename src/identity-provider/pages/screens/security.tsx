import type { NumberMatchOptions } from '../../../page/tandem.ts';
import { Button } from '../../../ui/button.tsx';
import { t } from '../../../ui/text.ts';
import type { SignedIn } from '../../api-contract.ts';
import { AccountLine } from '../account-line.tsx';
import { AddPhone } from '../add-phone.tsx';
import type { Api } from '../api.ts';
import { FailureNotice } from '../failure-notice.tsx';
import { PhoneItem } from '../phone-item.tsx';
import { Screen } from '../screen.tsx';
import { useAction } from '../use-action.ts';
import type { Failure } from '../view.ts';

interface Props {
  account: SignedIn;
  failure?: Failure | undefined;
  api: Api;
  now: () => number;
  verify: NumberMatchOptions['verify'];
  /** Shows the account as it is now. */
  onChange(): Promise<void>;
  onHome(): Promise<void>;
}

/** The phones that may sign in, one more, one less. */
export function SecurityScreen({ account, failure, api, now, verify, onChange, onHome }: Props) {
  const home = useAction(onHome, failure);
  return (
    <Screen name="security" title={t('provider_security')}>
      <AccountLine email={account.email} />
      <section class="stack" aria-labelledby="phones-title">
        <h2 id="phones-title">{t('provider_phones')}</h2>
        {account.phones.length === 0 ? (
          <p class="muted">{t('provider_no_phone')}</p>
        ) : (
          <ul class="phones">
            {account.phones.map((phone) => (
              <PhoneItem
                key={phone.credentialId}
                phone={phone}
                onRemove={async () => {
                  await api.call('phones/remove', { credentialId: phone.credentialId });
                  await onChange();
                }}
              />
            ))}
          </ul>
        )}
      </section>
      <AddPhone email={account.email} api={api} now={now} verify={verify} onAdded={onChange} />
      <FailureNotice failure={home.failure} />
      <Button aria-disabled={home.busy} onClick={home.run}>
        {t('provider_back')}
      </Button>
    </Screen>
  );
}
