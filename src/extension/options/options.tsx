import { ErrorNotice, Notice } from '../../ui/notice.tsx';
import { t } from '../../ui/text.ts';
import type { SettingsView } from '../messaging/view.ts';
import { Lost } from '../screens/lost.tsx';
import { Screen } from '../screens/screen.tsx';
import { SiteAccess } from '../screens/site-access.tsx';
import type { WatchedView } from '../screens/watch-view.ts';
import { Hosts } from './hosts.tsx';
import { NumberOnPhone } from './number-on-phone.tsx';
import { Passwords } from './passwords.tsx';
import { Phones } from './phones.tsx';
import { Policy } from './policy.tsx';
import { RelayAddress } from './relay-address.tsx';
import { Shortcuts } from './shortcuts.tsx';

/** The extension's settings. */
export function Options({ view, lost }: WatchedView) {
  const now = view.value;
  if (lost.value) return <Lost />;
  if (!now) return null;
  const settings = now.settings === 'unreadable' ? null : now.settings;
  return (
    <Screen name="options" title={t('options_title')}>
      {now.fault && <ErrorNotice code={now.fault} />}
      <SiteAccess withheld={now.withheld} />
      {settings && <Policy unread={settings.unreadPolicy} />}
      {now.phones && <Phones phones={now.phones} />}
      {settings && <Choices settings={settings} />}
      {now.settings === null && (
        <p class="muted" role="status">
          {t('options_reading')}
        </p>
      )}
      {now.settings === 'unreadable' && (
        <Notice tone="bad" title={t('options_unreadable')}>
          <p>{t('options_unreadable_next')}</p>
        </Notice>
      )}
      <Shortcuts />
    </Screen>
  );
}

function Choices({ settings: { hosts, numberOnPhone, passwords, relay } }: { settings: SettingsView }) {
  return (
    <>
      <Hosts hosts={hosts} />
      <NumberOnPhone setting={numberOnPhone} />
      <Passwords passwords={passwords} />
      <RelayAddress relay={relay} />
    </>
  );
}
