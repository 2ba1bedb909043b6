import { Button } from '../../ui/button.tsx';
import { ErrorNotice, Notice } from '../../ui/notice.tsx';
import { Question } from '../../ui/question.tsx';
import { Sentence } from '../../ui/sentence.tsx';
import { t } from '../../ui/text.ts';
import { useAsking } from '../../ui/use-asking.ts';
import { browser } from '../messaging/browser.ts';
import { call } from '../messaging/call.ts';
import type { View } from '../messaging/view.ts';
import { ActionButton } from '../screens/action-button.tsx';
import { allowHost } from '../screens/allow-host.ts';
import { PhoneList, shownName } from '../screens/phone-list.tsx';
import { Screen } from '../screens/screen.tsx';
import { SiteAccess } from '../screens/site-access.tsx';
import { useAction } from '../screens/use-action.ts';
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

/** Asks once more: that the pairing is over is the relay's word alone. */
function Removing({ pairing, name }: { pairing: string; name: string }) {
  const asking = useAsking();
  const { run, busy, failure } = useAction(() => call('phone/unpair', { pairing }));
  if (asking.isOpen) {
    return (
      <Question
        asks={<Sentence of="popup_remove_ask" name={name} />}
        yes={t('popup_remove')}
        busy={busy}
        onYes={run}
        onNo={asking.close}
      >
        {failure && <ErrorNotice code={failure} />}
      </Question>
    );
  }
  return (
    <Button kind="danger" data-action="remove" aria-label={`${t('popup_remove')}: ${name}`} {...asking.opener}>
      {t('popup_remove')}
    </Button>
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
        details={({ pairing, name, ended }) =>
          ended ? (
            <Removing pairing={pairing} name={shownName({ name, ended })} />
          ) : (
            <ActionButton
              name="ring-test"
              label={t('popup_ring_why_name', name)}
              action={() => call('ring-test/begin', { pairing })}
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
