import { Button } from '../../../ui/button.tsx';
import { t } from '../../../ui/text.ts';
import { EmailField } from '../email-field.tsx';
import { FailureNotice } from '../failure-notice.tsx';
import { Form } from '../form.tsx';
import { PasswordField } from '../password-field.tsx';
import { Screen } from '../screen.tsx';
import { useAction } from '../use-action.ts';
import { useField } from '../use-field.ts';

interface Props {
  email: string;
  onSignUp(email: string, password: string): Promise<void>;
  onSignIn(email: string): void;
}

export function SignUpScreen({ email: given, onSignUp, onSignIn }: Props) {
  const email = useField();
  const password = useField();
  const submit = useAction(() => onSignUp(email.value(), password.value()));
  return (
    <Screen name="sign-up" title={t('provider_create_account')}>
      <FailureNotice failure={submit.failure} />
      <Form label={t('provider_create_account')} busy={submit.busy} onSubmit={submit.run}>
        <EmailField field={email} first={given} />
        <PasswordField field={password} email={given} fresh invalid={submit.failure?.code === 'weak-password'} />
      </Form>
      <Button wide onClick={() => onSignIn(email.value())}>
        {t('provider_have_account')}
      </Button>
    </Screen>
  );
}
