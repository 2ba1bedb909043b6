import { Button } from '../../../ui/button.tsx';
import { t } from '../../../ui/text.ts';
import { EmailField } from '../email-field.tsx';
import { FailureNotice } from '../failure-notice.tsx';
import { Form } from '../form.tsx';
import { Screen } from '../screen.tsx';
import { useAction } from '../use-action.ts';
import { useField } from '../use-field.ts';
import type { Failure } from '../view.ts';

interface Props {
  email: string;
  failure?: Failure | undefined;
  onEmail(email: string): Promise<void>;
  onSignUp(email: string): void;
}

export function EmailScreen({ email: given, failure, onEmail, onSignUp }: Props) {
  const email = useField();
  const submit = useAction(() => onEmail(email.value()), failure);
  return (
    <Screen name="email" title={t('provider_sign_in')}>
      <FailureNotice failure={submit.failure} />
      <Form label={t('provider_next')} busy={submit.busy} onSubmit={submit.run}>
        <EmailField field={email} first={given} />
      </Form>
      <Button wide onClick={() => onSignUp(email.value())}>
        {t('provider_create_account')}
      </Button>
    </Screen>
  );
}
