import type { ErrorCode } from '../../core/errors.ts';
import { Button } from '../../ui/button.tsx';
import { Hops } from '../../ui/hops.tsx';
import { ErrorNotice, Notice } from '../../ui/notice.tsx';
import { t } from '../../ui/text.ts';
import { ringHops } from '../ring-test.ts';
import type { Ringing as Ring } from '../ringing.ts';
import type { ScreenProps } from './app.tsx';
import { Back } from './back.tsx';
import { HowToPair } from './how-to-pair.tsx';
import { AskToRing, Install } from './ring-notice.tsx';
import { Screen } from './screen.tsx';

/** What a new subscription mends, unless it is the relay that refuses it. */
const mendable: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'push-expired',
  'push-unavailable',
  'push-unreachable',
  'push-lost',
  'push-refused',
]);

/** Whether this phone rings, and "Why didn't my phone ring?". */
export function Ringing({ actions, ringing }: ScreenProps<'ringing'>) {
  return (
    <Screen name="ringing" title={t('phone_ring_why')} actions={<Back actions={actions} />}>
      {ringing ? <Tested ringing={ringing} actions={actions} /> : <ErrorNotice code="push-unavailable" />}
    </Screen>
  );
}

function Tested({ ringing, actions }: { ringing: Ring; actions: ScreenProps<'ringing'>['actions'] }) {
  const { subscriptions, test } = ringing;
  const state = subscriptions.state.value;
  if (state.is === 'unpaired') {
    return (
      <>
        <p class="muted">{t('phone_browsers_none')}</p>
        <HowToPair onScan={() => actions.go('scan')} onLink={actions.openLink} />
      </>
    );
  }
  if (state.is === 'asks') return <AskToRing ringing={ringing} />;
  if (state.is === 'install') return <Install />;
  const now = test.state.value;
  const off = state.is === 'off' ? state.code : null;
  const failed = now === null ? (off ?? test.failure.value) : (now.failed ?? off);
  const canRenew = failed !== null && mendable.has(failed) && off !== 'push-refused';
  const update = () => {
    subscriptions.refresh(true).then(() => test.run());
  };
  return (
    <>
      <p class="muted">{t('phone_ring_test_text')}</p>
      {now ? <Hops hops={ringHops} passed={now.passed} failed={now.failed} /> : null}
      {now === null && failed !== null ? <ErrorNotice code={failed} tone="warn" /> : null}
      {now?.passed.opened !== undefined ? <Notice tone="good" title={t('phone_ring_works')} /> : null}
      {now?.passed.shown !== undefined && now.passed.opened === undefined ? (
        <Notice tone="plain" title={t('phone_ring_tap')} />
      ) : null}
      {canRenew ? (
        <Button kind="primary" wide onClick={update}>
          {t('phone_ring_update')}
        </Button>
      ) : null}
      <Button wide aria-disabled={test.isUnderWay} onClick={() => (test.isUnderWay ? undefined : test.run())}>
        {t(now === null ? 'phone_ring_test' : 'common_try_again')}
      </Button>
    </>
  );
}
