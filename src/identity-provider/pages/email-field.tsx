import { t } from '../../ui/text.ts';
import type { Field } from './use-field.ts';

/** `first`: what stands in it from the beginning. */
export function EmailField({ field, first }: { field: Field; first: string }) {
  return (
    <label class="field">
      {t('provider_email')}
      <input
        ref={field.ref}
        type="email"
        name="email"
        dir="ltr"
        required
        maxLength={254}
        autocomplete="username"
        defaultValue={first}
      />
    </label>
  );
}
