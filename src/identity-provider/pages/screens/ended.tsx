import type { NumberMatchResult } from '../../../page/tandem.ts';
import { Button } from '../../../ui/button.tsx';
import { t } from '../../../ui/text.ts';
import { AccountLine } from '../account-line.tsx';
import { endText } from '../end-text.ts';
import { FailureNotice } from '../failure-notice.tsx';
import { Screen } from '../screen.tsx';
import { useAction } from '../use-action.ts';

interface Props {
  email: string;
  result: NumberMatchResult;
  onAskPhone(): Promise<void>;
  onPassword(): void;
  onOther(): void;
}

/** What became of a request that signed nobody in, and the ways on from there. */
export function EndedScreen({ email, result, onAskPhone, onPassword, onOther }: Props) {
  const ask = useAction(onAskPhone);
  const { title, next } = endText(result);
  // After such a denial the server asks for the password whatever one does.
  const needsPassword = result.reason === 'not-me' || result.code === 'sign-in-blocked';
  return (
    <Screen name="ended" title={title}>
      <AccountLine email={email} />
      <p>{next}</p>
      <FailureNotice failure={ask.failure} />
      <Button kind={needsPassword ? 'plain' : 'primary'} wide aria-disabled={ask.busy} onClick={ask.run}>
        {t('provider_ask_again')}
      </Button>
      <Button kind={needsPassword ? 'primary' : 'plain'} wide onClick={onPassword}>
        {t('common_use_password')}
      </Button>
      <Button wide onClick={onOther}>
        {t('provider_other_account')}
      </Button>
    </Screen>
  );
}
