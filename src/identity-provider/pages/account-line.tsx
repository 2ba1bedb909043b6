import { t } from '../../ui/text.ts';

/** Whose sign-in it is, for people and for password managers. */
export function AccountLine({ email }: { email: string }) {
  return (
    <p class="account">
      <span class="muted">{t('provider_account')}</span> <bdi>{email}</bdi>
    </p>
  );
}
