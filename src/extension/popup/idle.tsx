import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Sentence } from '../../ui/sentence.tsx';
import { t } from '../../ui/text.ts';
import { browser } from '../messaging/browser.ts';
import { call } from '../messaging/call.ts';
import type { View } from '../messaging/view.ts';
import { ActionButton } from '../screens/action-button.tsx';
import { allowHost } from '../screens/allow-host.ts';
import { Parting } from '../screens/parting.tsx';
import { PhoneList } from '../screens/phone-list.tsx';
import { Screen } from '../screens/screen.tsx';
import { SiteAccess } from '../screens/site-access.tsx';
import { MissedRings } from './ring-test.tsx';

/** Nothing is waiting: which phones there are, and the way to pair one. */
export function Idle({ view: { phones, departed, joined, withheld, front, ringTests } }: { view: View }) {
  return (
    <Screen name="idle" title={t('popup_idle')} data={{ 'data-phones': phones && String(phones.length) }}>
      {departed && (
        <Notice tone="warn" title={<Sentence of="popup_departed" name={departed} />}>
          <p>{t('popup_departed_next')}</p>
          <ActionButton name="dismiss" action={() => call('phone/dismiss', null)}>
            {t('common_close')}
          </ActionButton>
        </Notice>
      )}
      <SiteAccess withheld={withheld} />
      {joined && (
        <Notice tone="warn" title={<Sentence of="popup_joined" name={joined.phone} />}>
          <p>
            <Sentence of="popup_joined_next" name={joined.other} />
          </p>
          <ActionButton name="dismiss" action={() => call('phone/dismiss', null)}>
            {t('common_close')}
          </ActionButton>
        </Notice>
      )}
      <MissedRings tests={ringTests} />
      <p class="muted">{t('popup_idle_what')}</p>
      {phones && <Phones phones={phones} />}
      {front !== null && <SiteInFront key={front} host={front} />}
      <Button data-action="settings" wide onClick={() => browser.runtime.openOptionsPage()}>
        {t('popup_settings')}
      </Button>
    </Screen>
  );
}

/** A page of a site's own that speaks to Tandem is listened to only where the person says so. */
function SiteInFront({ host }: { host: string }) {
  return (
    <section class="stack">
      <p class="muted">
        <Sentence of="popup_front_what" name={host} />
      </p>
      <ActionButton name="allow-front" wide action={() => allowHost(host)}>
        {t('popup_front_allow')}
      </ActionButton>
    </section>
  );
}

function Phones({ phones }: { phones: NonNullable<View['phones']> }) {
  if (phones.length === 0) {
    return (
      <>
        <p>{t('popup_no_phones')}</p>
        <ActionButton name="pair" kind="primary" wide action={() => call('pairing/begin', null)}>
          {t('popup_pair')}
        </ActionButton>
      </>
    );
  }
  return (
    <>
      <h2>{t('popup_phones')}</h2>
      <PhoneList
        phones={phones}
        details={(phone) =>
          phone.ended ? (
            <Parting phone={phone} />
          ) : (
            <ActionButton
              name="ring-test"
              label={t('popup_ring_why_name', phone.name)}
              action={() => call('ring-test/begin', { pairing: phone.pairing })}
            >
              {t('popup_ring_why')}
            </ActionButton>
          )
        }
      />
      <ActionButton name="pair" wide action={() => call('pairing/begin', null)}>
        {t('popup_pair_another')}
      </ActionButton>
    </>
  );
}
