import { Button } from '../../ui/button.tsx';
import { t } from '../../ui/text.ts';
import { repairOf } from '../storage/registration.ts';
import type { ScreenProps } from './app.tsx';
import { HowToPair } from './how-to-pair.tsx';
import { later } from './later.tsx';
import { Screen } from './screen.tsx';

const Told = later(async () => (await import('./told.tsx')).Told, null);
const RingNotice = later(async () => (await import('./ring-notice.tsx')).RingNotice, null);

export function Home({ view, actions, ringing }: ScreenProps<'home'>) {
  const { pairings } = view;
  const isPaired = pairings.length > 0;
  return (
    <Screen name="home" title={t(isPaired ? 'phone_home' : 'phone_home_unpaired')}>
      {view.news ? <Told news={view.news} onRead={actions.dismissNews} /> : null}
      {isPaired && ringing ? <RingNotice ringing={ringing} onWhy={() => actions.go('ringing')} /> : null}
      {isPaired ? (
        <p class="muted">{t(ringing?.rings ? 'phone_ring_home' : 'phone_home_text')}</p>
      ) : (
        <>
          <HowToPair onScan={() => actions.go('scan')} onLink={actions.openLink} />
          {view.news ? null : <p class="muted">{t('phone_cleared')}</p>}
        </>
      )}
      {isPaired && view.registrations.length === 0 ? <p class="muted">{t('phone_no_registrations')}</p> : null}
      <Ways view={view} actions={actions} />
    </Screen>
  );
}

/** Ways to what lies behind the home screen. */
function Ways({ view: { pairings, registrations }, actions }: Pick<ScreenProps<'home'>, 'view' | 'actions'>) {
  const endedPairings = pairings.filter(({ ended }) => ended !== null).length;
  const toMend = registrations.filter((one) => repairOf(one) !== null).length;
  return (
    <nav class="ways" aria-label={t('phone_ways')}>
      {pairings.length > 0 ? (
        <Button wide onClick={() => actions.go('browsers')}>
          {t('phone_browsers')}
          <span class="badge">{pairings.length}</span>
          {endedPairings > 0 ? <span class="badge badge-warn">{t('phone_to_mend', endedPairings)}</span> : null}
        </Button>
      ) : null}
      <Button wide onClick={() => actions.go('accounts')}>
        {t('phone_registrations')}
        <span class="badge">{registrations.length}</span>
        {toMend > 0 ? <span class="badge badge-warn">{t('phone_to_mend', toMend)}</span> : null}
      </Button>
      <Button wide onClick={() => actions.go('history')}>
        {t('phone_history')}
      </Button>
      <Button wide onClick={() => actions.go('ringing')}>
        {t('phone_ringing')}
      </Button>
      <Button wide onClick={() => actions.go('mend')}>
        {t('phone_mend')}
      </Button>
    </nav>
  );
}
