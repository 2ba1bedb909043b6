import { t } from '../../ui/text.ts';
import { call } from '../messaging/call.ts';
import type { SettingsView } from '../messaging/view.ts';
import { ActionButton } from '../screens/action-button.tsx';
import { allowHost } from '../screens/allow-host.ts';

/** Where organisations' own pages may show their numbers, and the way to take that back. */
export function Hosts({ hosts }: { hosts: SettingsView['hosts'] }) {
  return (
    <section class="section">
      <h2>{t('options_hosts')}</h2>
      <p class="muted">{t('options_hosts_what')}</p>
      {hosts.length === 0 ? (
        <p>{t('options_hosts_none')}</p>
      ) : (
        <ul class="entries">
          {hosts.map((host) => (
            <Host key={host.host} {...host} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Host({ host, isManaged, isGranted }: SettingsView['hosts'][number]) {
  return (
    <li class="entry card" data-host={host}>
      <p>
        <bdi dir="ltr">{host}</bdi>
      </p>
      {isManaged && <p class="muted">{t('options_managed')}</p>}
      <div class="row">
        {!isGranted && (
          <ActionButton name="allow" action={() => allowHost(host)}>
            {t('options_allow')}
          </ActionButton>
        )}
        {!isManaged && (
          <ActionButton name="revoke" action={() => call('hosts/remove', { host })}>
            {t('options_revoke')}
          </ActionButton>
        )}
      </div>
    </li>
  );
}
