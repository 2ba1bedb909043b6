import type { ErrorCode } from '../core/errors.ts';
import { ErrorNotice } from './notice.tsx';
import { seconds } from './seconds.ts';
import { type MessageKey, t } from './text.ts';

const names = {
  worker: 'common_hop_worker',
  relay: 'common_hop_relay',
  subscribed: 'common_hop_subscribed',
  push: 'common_hop_push',
  phone: 'common_hop_phone',
  shown: 'common_hop_shown',
  opened: 'common_hop_opened',
} as const satisfies Record<string, MessageKey>;
export type Hop = keyof typeof names;

interface Props {
  hops: readonly Hop[];
  /** When each was passed, ms after the test began. */
  passed: Readonly<Partial<Record<Hop, number | undefined>>>;
  /** Why it came no further. */
  failed: ErrorCode | null;
}

/** The way of a test push, hop by hop, each with its time, and what stopped it with the one thing to do about that. */
export function Hops({ hops, passed, failed }: Props) {
  // One that was passed has passed those before it, whose word may be late or never come.
  const reached = hops.findLastIndex((hop) => passed[hop] !== undefined);
  return (
    <>
      <ol class="steps" aria-live="polite">
        {hops.map((hop, at) => {
          const isStuck = failed !== null && at === reached + 1;
          return (
            <li
              key={hop}
              class={hopClass(at - reached, isStuck)}
              data-hop={hop}
              data-passed={at <= reached ? '' : undefined}
              data-failed={isStuck ? failed : undefined}
              aria-current={at === reached + 1 ? 'step' : undefined}
            >
              <span class="step-mark" aria-hidden="true" />
              <span>{t(names[hop])}</span>
              <span class="step-time" dir="ltr">
                {passed[hop] === undefined ? '' : seconds(passed[hop])}
              </span>
            </li>
          );
        })}
      </ol>
      {failed ? <ErrorNotice code={failed} tone="warn" /> : null}
    </>
  );
}

function hopClass(ahead: number, isStuck: boolean): string {
  if (ahead <= 0) return 'step step-done';
  if (ahead > 1) return 'step';
  return isStuck ? 'step step-now step-stuck' : 'step step-now';
}
