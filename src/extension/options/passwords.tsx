import { t } from '../../ui/text.ts';
import { call } from '../messaging/call.ts';
import type { SettingsView } from '../messaging/view.ts';
import { ActionButton } from '../screens/action-button.tsx';

/** Sign-ins for which the person always wants the password, and the way to take that back. */
export function Passwords({ passwords }: { passwords: SettingsView['passwords'] }) {
  if (passwords.length === 0) return null;
  return (
    <section class="section">
      <h2>{t('options_always')}</h2>
      <p class="muted">{t('options_always_what')}</p>
      <ul class="entries">
        {passwords.map(({ origin, account }) => (
          <li key={`${origin} ${account}`} class="entry card" data-account={account}>
            <p>
              <bdi>{account}</bdi>
            </p>
            <p class="muted">
              <bdi dir="ltr">{origin}</bdi>
            </p>
            <div class="row">
              <ActionButton name="ask-again" action={() => call('settings/remove-password', { origin, account })}>
                {t('options_always_undo')}
              </ActionButton>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
