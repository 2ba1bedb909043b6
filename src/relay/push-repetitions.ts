import type { RelayLimits } from './limits.ts';
import { type Attempt, bothOf, keyOf, type Target, tell } from './push-attempt.ts';

interface Repetition {
  readonly timer: NodeJS.Timeout;
  readonly job: Attempt;
  /** The endpoint of a phone that was woken too often; null for any other reason. */
  readonly crowded: string | null;
}

/** Pushes that wait to be said again: one for each mailbox, and so many at most for one phone that is woken too often. */
export class PushRepetitions {
  readonly #limits: Pick<RelayLimits, 'pushesWaiting' | 'pushesPerPhoneMinute'>;
  readonly #due: (job: Attempt) => void;
  /** By mailbox. */
  readonly #waiting = new Map<string, Repetition>();
  /** How many of them are crowded, by the phone's endpoint. */
  readonly #crowded = new Map<string, number>();

  constructor(limits: Pick<RelayLimits, 'pushesWaiting' | 'pushesPerPhoneMinute'>, due: (job: Attempt) => void) {
    this.#limits = limits;
    this.#due = due;
  }

  /** Whether one that waits for the same mailbox goes for this one too, or lets it go without. */
  join(job: Attempt): boolean {
    const before = this.#waiting.get(keyOf(job))?.job;
    if (!before) return false;
    // A test, which is for somebody who looks at it now, takes no message's place.
    return bothOf(before, job) !== null || !job.again;
  }

  /** Says it again after so long, unless too many wait. `crowded`: as in `Repetition`. */
  add(job: Attempt, waitMs: number, crowded: string | null): void {
    const key = keyOf(job);
    this.#forget(key);
    const ofPhone = crowded === null ? 0 : (this.#crowded.get(crowded) ?? 0);
    // Each of these wakes the phone for all of them.
    if (this.#waiting.size >= this.#limits.pushesWaiting || ofPhone >= this.#limits.pushesPerPhoneMinute) return;
    const timer = setTimeout(() => {
      this.#forget(key);
      this.#due(job);
    }, waitMs);
    this.#waiting.set(key, { timer: timer.unref(), job, crowded });
    if (crowded !== null) this.#crowded.set(crowded, ofPhone + 1);
  }

  /** Somebody is there, and is given what waits. */
  awake(of: Target): void {
    const job = this.#waiting.get(keyOf(of))?.job;
    if (!job) return;
    job.causes = job.causes.filter(({ wanted }) => wanted() === 'still');
    if (job.causes.length === 0) this.#forget(keyOf(of));
  }

  /** A phone that was woken finds all that waits. */
  woke(of: Target): void {
    const repetition = this.#waiting.get(keyOf(of));
    if (repetition) tell(repetition.job, 'taken');
    this.#forget(keyOf(of));
  }

  clear(): void {
    for (const key of this.#waiting.keys()) this.#forget(key);
  }

  #forget(key: string): void {
    const repetition = this.#waiting.get(key);
    if (!repetition) return;
    clearTimeout(repetition.timer);
    this.#waiting.delete(key);
    const { crowded } = repetition;
    if (crowded === null) return;
    const left = (this.#crowded.get(crowded) ?? 1) - 1;
    if (left === 0) this.#crowded.delete(crowded);
    else this.#crowded.set(crowded, left);
  }
}
