import type { PushOutcome } from '../core/frames.ts';
import { name } from './name.ts';
import type { Side } from './stores/mailbox-store.ts';

/**
 * Whether a push is still of use. `until-there`: who would hear that its message was acknowledged is gone, so that it is of use until
 * its phone has the mailbox open.
 */
export type Wanted = 'still' | 'until-there' | 'no';

/** What a push is for. */
export interface WakeUp {
  /** A `deliver` frame, or `ringing`; null where the push only wakes. */
  frame: (() => Uint8Array) | null;
  /** ms since 1970. */
  readonly expiresMs: number;
  /** 16 bytes: the push service keeps only the newest with the same (RFC 8030 §5.4). */
  readonly collapse: Uint8Array | null;
  /** Asked before each attempt. */
  readonly wanted: () => Wanted;
  readonly done: (outcome: PushOutcome) => void;
}

/** Where a push goes. */
export interface Target {
  readonly channel: Uint8Array;
  readonly side: Side;
}

export interface Job extends WakeUp, Target {
  /** Whether it is worth saying again later: a message is, a test that somebody looks at is not. */
  readonly again: boolean;
}

/** Something to wake a phone for, and what was last said of it. */
export interface Cause extends WakeUp {
  told?: PushOutcome;
}

/** One push for all that waits for the same phone in a channel. */
export interface Attempt extends Target {
  readonly again: boolean;
  causes: Cause[];
  attempt: number;
  /** Set by the queue. */
  service?: string;
}

/** Of so many messages that one push is for, the last, the bodies are kept: what it says is that of the last that is wanted. */
const bodiesKept = 4;

/** One push for two of the same channel, of which the second came later; null where they are not for one phone, or test it. */
export function bothOf(one: Attempt, other: Attempt): Attempt | null {
  if (one.side !== other.side || !one.again || !other.again) return null;
  one.causes = [...one.causes.filter(({ wanted }) => wanted() !== 'no'), ...other.causes];
  for (const cause of one.causes.slice(0, -bodiesKept)) cause.frame = null;
  return one;
}

/** Says what became of it to all that it is for and that have not heard so. */
export function tell({ causes }: Attempt, outcome: PushOutcome): void {
  for (const cause of causes) {
    if (cause.told === outcome) continue;
    cause.told = outcome;
    cause.done(outcome);
  }
}

/** Of a mailbox. */
export function keyOf({ channel, side }: Target): string {
  return `${side} ${name(channel)}`;
}
