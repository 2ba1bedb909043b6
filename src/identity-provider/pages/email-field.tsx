import { t } from '../../ui/text.ts';

interface Props {
  value: string;
  onValue(value: string): void;
}

export function EmailField({ value, onValue }: Props) {
  return (
    <label class="field">
      {t('provider_email')}
      <input
        type="email"
        name="email"
        dir="ltr"
        required
        maxLength={254}
        autocomplete="username"
        value={value}
        onInput={({ currentTarget }) => onValue(currentTarget.value)}
      />
    </label>
  );
}
