import { useState } from 'preact/hooks';
import { Button } from '../../../ui/button.tsx';
import { t } from '../../../ui/text.ts';
import { EmailField } from '../email-field.tsx';
import { FailureNotice } from '../failure-notice.tsx';
import { Form } from '../form.tsx';
import { PasswordField } from '../password-field.tsx';
import { Screen } from '../screen.tsx';
import { useAction } from '../use-action.ts';

interface Props {
  email: string;
  onSignUp(email: string, password: string): Promise<void>;
  onSignIn(email: string): void;
}

export function SignUpScreen({ email: given, onSignUp, onSignIn }: Props) {
  const [email, setEmail] = useState(given);
  const [password, setPassword] = useState('');
  const submit = useAction(() => onSignUp(email, password));
  return (
    <Screen name="sign-up" title={t('provider_create_account')}>
      <FailureNotice failure={submit.failure} />
      <Form label={t('provider_create_account')} busy={submit.busy} onSubmit={submit.run}>
        <EmailField value={email} onValue={setEmail} />
        <PasswordField
          email={email}
          value={password}
          onValue={setPassword}
          fresh
          invalid={submit.failure?.code === 'weak-password'}
        />
      </Form>
      <Button wide onClick={() => onSignIn(email)}>
        {t('provider_have_account')}
      </Button>
    </Screen>
  );
}
