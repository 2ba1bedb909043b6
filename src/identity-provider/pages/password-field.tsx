import { t } from '../../ui/text.ts';
import { policy } from '../policy.ts';

interface Props {
  email: string;
  value: string;
  onValue(value: string): void;
  /** Says what a new one has to be. */
  fresh?: boolean;
  invalid: boolean;
}

/** A password, beside the name that a password manager keeps it under. */
export function PasswordField({ email, value, onValue, fresh = false, invalid }: Props) {
  return (
    <>
      {!fresh && (
        <input
          class="visually-hidden"
          type="email"
          autocomplete="username"
          value={email}
          readOnly
          tabIndex={-1}
          aria-hidden="true"
        />
      )}
      <label class="field">
        {t('provider_password')}
        <input
          type="password"
          name="password"
          dir="ltr"
          required
          maxLength={policy.passwordCharacters.most}
          autocomplete={fresh ? 'new-password' : 'current-password'}
          aria-invalid={invalid}
          value={value}
          onInput={({ currentTarget }) => onValue(currentTarget.value)}
        />
      </label>
      {fresh && <p class="muted">{t('provider_password_rule')}</p>}
    </>
  );
}
