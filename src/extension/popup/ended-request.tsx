import type { ErrorCode } from '../../core/errors.ts';
import type { End } from '../../core/request.ts';
import { ErrorNotice, Notice } from '../../ui/notice.tsx';
import { type MessageKey, t, textOf } from '../../ui/text.ts';
import { call } from '../messaging/call.ts';
import type { RequestView, RingTestView } from '../messaging/view.ts';
import { ActionButton } from '../screens/action-button.tsx';
import { Screen } from '../screens/screen.tsx';
import { RequestFacts } from './request-facts.tsx';
import { RingTestOf } from './ring-test.tsx';

interface Ending {
  tone: Parameters<typeof Notice>[0]['tone'];
  /** What to do now. */
  next: MessageKey;
}

const endings: Record<End, Ending> = {
  approved: { tone: 'good', next: 'popup_next_approved' },
  denied: { tone: 'warn', next: 'popup_next_denied' },
  mismatched: { tone: 'bad', next: 'popup_next_mismatched' },
  'timed-out': { tone: 'warn', next: 'popup_next_timed_out' },
  superseded: { tone: 'plain', next: 'popup_next_superseded' },
  password: { tone: 'plain', next: 'popup_next_password' },
  gone: { tone: 'plain', next: 'popup_next_gone' },
  failed: { tone: 'bad', next: 'popup_next_failed' },
};
const reasons = { 'not-me': 'popup_not_me', 'by-mistake': 'popup_by_mistake' } as const;
/** Failures that pairing a phone mends. */
const wantPairing: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['no-phone', 'channel-closed', 'unknown-channel']);

/** How a request ended, and what to do now: the password, unless the page that asked may be a fake. */
export function EndedRequest({ request, ringTests }: { request: RequestView; ringTests: readonly RingTestView[] }) {
  const { phase, reason, code } = request.life;
  const end = phase as End;
  const { tone, next } = endings[end];
  return (
    <Screen
      name="ended"
      title={textOf('end', end)}
      data={{ 'data-end': end, 'data-reason': reason ?? null, 'data-code': code ?? null }}
    >
      {code ? (
        <>
          <ErrorNotice code={code} />
          {code !== 'wrong-origin' && <p>{t(next)}</p>}
        </>
      ) : (
        <Notice tone={tone} title={t(next)}>
          {reason && <p>{t(reasons[reason])}</p>}
        </Notice>
      )}
      <RequestFacts request={request} />
      {end === 'timed-out' && ringTests.length > 0 && (
        <section class="stack">
          <h2>{t('popup_ring_why')}</h2>
          <p class="muted">{t('popup_ring_missed')}</p>
          {ringTests.map((test) => (
            <RingTestOf key={test.pairing} test={test} />
          ))}
        </section>
      )}
      {code && wantPairing.has(code) && (
        <ActionButton name="pair" kind="primary" wide action={() => call('pairing/begin', null)}>
          {t('popup_pair')}
        </ActionButton>
      )}
      <ActionButton name="close" wide action={() => call('request/dismiss', null)}>
        {t('common_close')}
      </ActionButton>
    </Screen>
  );
}
