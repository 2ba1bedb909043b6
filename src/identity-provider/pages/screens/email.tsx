import { useState } from 'preact/hooks';
import { Button } from '../../../ui/button.tsx';
import { t } from '../../../ui/text.ts';
import { EmailField } from '../email-field.tsx';
import { FailureNotice } from '../failure-notice.tsx';
import { Form } from '../form.tsx';
import { Screen } from '../screen.tsx';
import { useAction } from '../use-action.ts';
import type { Failure } from '../view.ts';

interface Props {
  email: string;
  failure?: Failure | undefined;
  onEmail(email: string): Promise<void>;
  onSignUp(email: string): void;
}

export function EmailScreen({ email: given, failure, onEmail, onSignUp }: Props) {
  const [email, setEmail] = useState(given);
  const submit = useAction(() => onEmail(email), failure ?? null);
  return (
    <Screen name="email" title={t('provider_sign_in')}>
      <FailureNotice failure={submit.failure} />
      <Form label={t('provider_next')} busy={submit.busy} onSubmit={submit.run}>
        <EmailField value={email} onValue={setEmail} />
      </Form>
      <Button wide onClick={() => onSignUp(email)}>
        {t('provider_create_account')}
      </Button>
    </Screen>
  );
}
