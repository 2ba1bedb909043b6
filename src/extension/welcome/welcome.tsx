import { ErrorNotice } from '../../ui/notice.tsx';
import { t } from '../../ui/text.ts';
import { call } from '../messaging/call.ts';
import { ActionButton } from '../screens/action-button.tsx';
import { Lost } from '../screens/lost.tsx';
import { PairingScreens } from '../screens/pairing-screens.tsx';
import { PhoneList } from '../screens/phone-list.tsx';
import { Screen } from '../screens/screen.tsx';
import { SiteAccess } from '../screens/site-access.tsx';
import type { WatchedView } from '../screens/watch-view.ts';

interface Props extends WatchedView {
  now: () => number;
}

/** What a person sees after installing: what Tandem is, and how to pair the first phone. */
export function Welcome({ view, lost, now }: Props) {
  const shown = view.value;
  if (lost.value) return <Lost />;
  if (!shown) return null;
  if (shown.pairing && !shown.fault) return <PairingScreens pairing={shown.pairing} now={now} />;
  const paired = shown.phones !== null && shown.phones.length > 0;
  return (
    <Screen name="welcome" title={t('options_welcome')}>
      <p>{t('options_welcome_what')}</p>
      <p>{t('options_welcome_how')}</p>
      <p>{t('options_welcome_relay')}</p>
      <SiteAccess withheld={shown.withheld} />
      {shown.fault ? (
        <ErrorNotice code={shown.fault} />
      ) : (
        <>
          {paired && <PhoneList phones={shown.phones ?? []} details={() => null} />}
          <ActionButton name="pair" kind="primary" action={() => call('pairing/begin', null)}>
            {t(paired ? 'popup_pair_another' : 'popup_pair')}
          </ActionButton>
        </>
      )}
    </Screen>
  );
}
