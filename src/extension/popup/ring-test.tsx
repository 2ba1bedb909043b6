import type { ErrorCode } from '../../core/errors.ts';
import { type Hop, Hops } from '../../ui/hops.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Sentence } from '../../ui/sentence.tsx';
import { t } from '../../ui/text.ts';
import { call } from '../messaging/call.ts';
import type { RingTestView } from '../messaging/view.ts';
import { ActionButton } from '../screens/action-button.tsx';
import { Screen } from '../screens/screen.tsx';

const hops: readonly Hop[] = ['worker', 'relay', 'push', 'phone', 'shown', 'opened'];
/** What pairing the phone once more mends: its channel, or the relay's knowledge of how to wake it. */
const mendable: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'channel-closed',
  'unknown-channel',
  'bad-signature',
  'push-expired',
  'push-lost',
]);

/** What a phone that has lost all that it kept is heard of: nothing. It cannot know by itself that it was paired. */
const clearable: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['push-expired', 'push-lost']);

/** "Why didn't my phone ring?" */
export function RingTest({ test }: { test: RingTestView }) {
  return (
    <Screen name="ring-test" title={t('popup_ring_why')} data={{ 'data-failed': test.failed }}>
      <RingTestOf test={test} />
      <ActionButton name="close" wide action={() => call('ring-test/close', null)}>
        {t('common_close')}
      </ActionButton>
    </Screen>
  );
}

/** What a test found that ran by itself and was not read while its request was shown: where nothing is wrong, nothing. */
export function MissedRings({ tests }: { tests: readonly RingTestView[] }) {
  const failed = tests.filter((test) => test.failed !== null);
  if (failed.length === 0) return null;
  return (
    <section class="card stack">
      <h2>{t('popup_ring_why')}</h2>
      <p class="muted">{t('popup_ring_missed')}</p>
      {failed.map((test) => (
        <RingTestOf key={test.pairing} test={test} />
      ))}
      <ActionButton name="close-ring-tests" wide action={() => call('ring-test/close', null)}>
        {t('common_close')}
      </ActionButton>
    </section>
  );
}

export function RingTestOf({ test }: { test: RingTestView }) {
  return (
    <>
      <p class="muted">
        <Sentence of="popup_ring_testing" name={test.phone} />
      </p>
      <RingTestResult test={test} />
    </>
  );
}

/** How far the test has come, and what mends what stopped it. */
function RingTestResult({ test: { pairing, passed, failed } }: { test: RingTestView }) {
  return (
    <>
      <Hops hops={hops} passed={passed} failed={failed} />
      {passed.shown !== undefined && passed.opened === undefined ? (
        <Notice tone="plain" title={t('popup_ring_tap')} />
      ) : null}
      {passed.opened === undefined ? null : <Notice tone="good" title={t('popup_ring_works')} />}
      {failed !== null && clearable.has(failed) ? <p class="muted">{t('popup_ring_cleared')}</p> : null}
      {failed !== null && mendable.has(failed) ? (
        <ActionButton name="update-phone" kind="primary" wide action={() => call('pairing/update', { pairing })}>
          {t('popup_ring_update')}
        </ActionButton>
      ) : null}
    </>
  );
}
