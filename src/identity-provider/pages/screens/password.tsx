import { useEffect } from 'preact/hooks';
import { Button } from '../../../ui/button.tsx';
import { t } from '../../../ui/text.ts';
import { AccountLine } from '../account-line.tsx';
import { FailureNotice } from '../failure-notice.tsx';
import { Form } from '../form.tsx';
import { PasswordField } from '../password-field.tsx';
import { Screen } from '../screen.tsx';
import { useAction } from '../use-action.ts';
import { useField } from '../use-field.ts';
import type { Failure } from '../view.ts';

interface Props {
  email: string;
  asked: boolean;
  failure?: Failure | undefined;
  onPassword(password: string): Promise<void>;
  onAskPhone(): Promise<void>;
  onOther(): void;
}

export function PasswordScreen({ email, asked, failure, onPassword, onAskPhone, onOther }: Props) {
  const password = useField();
  const submit = useAction(() => onPassword(password.value()), failure);
  const ask = useAction(onAskPhone);
  useEffect(() => {
    // The button that was pressed goes where no phone may be asked any more.
    if (!asked && document.activeElement === document.body) password.ref.current?.focus();
  }, [asked, password.ref]);
  const signIn = () => {
    ask.forget();
    submit.run();
  };
  return (
    <Screen name="password" title={t('provider_password_title')}>
      <AccountLine email={email} />
      <FailureNotice failure={ask.failure ?? submit.failure} />
      <Form label={t('provider_sign_in')} busy={submit.busy} onSubmit={signIn}>
        <PasswordField field={password} email={email} invalid={submit.failure?.code === 'wrong-password'} />
      </Form>
      {asked && (
        <Button wide aria-disabled={ask.busy} onClick={ask.run}>
          {t('provider_ask_phone')}
        </Button>
      )}
      <Button wide onClick={onOther}>
        {t('provider_other_account')}
      </Button>
    </Screen>
  );
}
