import { useEffect } from 'preact/hooks';
import { t } from '../../ui/text.ts';
import { policy } from '../policy.ts';
import type { Field } from './use-field.ts';

interface Props {
  field: Field;
  email: string;
  /** Says what a new one has to be. */
  fresh?: boolean;
  /** It was refused: it gets the focus, to be typed again. */
  invalid: boolean;
}

/** A password, beside the name that a password manager keeps it under. */
export function PasswordField({ field, email, fresh = false, invalid }: Props) {
  useEffect(() => {
    if (invalid) field.ref.current?.select();
  }, [invalid, field.ref]);
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
          ref={field.ref}
          type="password"
          name="password"
          dir="ltr"
          required
          maxLength={policy.passwordCharacters.most}
          autocomplete={fresh ? 'new-password' : 'current-password'}
          aria-invalid={invalid}
        />
      </label>
      {fresh && <p class="muted">{t('provider_password_rule')}</p>}
    </>
  );
}
