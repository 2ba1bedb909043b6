import { Button } from '../../../ui/button.tsx';
import { ErrorNotice, Notice } from '../../../ui/notice.tsx';
import { t } from '../../../ui/text.ts';
import type { SignedIn } from '../../api-contract.ts';
import { FailureNotice } from '../failure-notice.tsx';
import { Screen } from '../screen.tsx';
import { methodText, SignInLog } from '../sign-in-log.tsx';
import { useAction } from '../use-action.ts';
import type { Failure } from '../view.ts';
import { When } from '../when.tsx';

interface Props {
  account: SignedIn;
  failure?: Failure | undefined;
  onSecurity(): Promise<void>;
  onSignOut(): Promise<void>;
}

/** Who is signed in, how, and what happened before. */
export function HomeScreen({ account, failure, onSecurity, onSignOut }: Props) {
  const security = useAction(onSecurity, failure);
  const signOut = useAction(onSignOut);
  return (
    <Screen name="home" title={t('provider_home_title')}>
      {account.blocked && <ErrorNotice code="sign-in-blocked" tone="warn" />}
      <dl class="facts">
        <dt>{t('provider_account')}</dt>
        <dd>
          <bdi>{account.email}</bdi>
        </dd>
        <dt>{t('provider_home_method')}</dt>
        <dd data-method={account.method}>
          {methodText(account.method)}
          {account.phone !== '' && (
            <>
              {' · '}
              <bdi>{account.phone}</bdi>
            </>
          )}
        </dd>
        <dt>{t('provider_home_since')}</dt>
        <dd>
          <When at={account.signedInAt} />
        </dd>
      </dl>
      {account.phones.length === 0 && (
        <Notice tone="plain" title={t('provider_no_phone')}>
          <p>{t('provider_no_phone_next')}</p>
        </Notice>
      )}
      <FailureNotice failure={signOut.failure ?? security.failure} />
      <div class="row">
        <Button
          kind={account.phones.length === 0 ? 'primary' : 'plain'}
          aria-disabled={security.busy}
          onClick={security.run}
        >
          {t('provider_security')}
        </Button>
        <Button aria-disabled={signOut.busy} onClick={signOut.run}>
          {t('provider_sign_out')}
        </Button>
      </div>
      <SignInLog log={account.log} />
    </Screen>
  );
}
