import { ErrorNotice } from '../../ui/notice.tsx';
import { t } from '../../ui/text.ts';
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
export function Options({ view }: WatchedView) {
  const now = view.value;
  if (!now) return null;
  return (
    <Screen name="options" title={t('options_title')}>
      {now.fault && <ErrorNotice code={now.fault} />}
      <SiteAccess withheld={now.withheld} />
      <Policy unread={now.settings.unreadPolicy} />
      {now.phones && <Phones phones={now.phones} />}
      <Hosts hosts={now.settings.hosts} />
      <NumberOnPhone setting={now.settings.numberOnPhone} />
      <Passwords passwords={now.settings.passwords} />
      <RelayAddress relay={now.settings.relay} />
      <Shortcuts />
    </Screen>
  );
}
