import { setImmediate as endOfTurn } from 'node:timers/promises';
import { relayLimits } from '../../limits.ts';
import type { LateRecord } from '../records.ts';

/** What becomes durable together. */
export class CommitGroup {
  readonly records: LateRecord[] = [];
  /** How often anything was asked of it. */
  asked = 0;
  readonly done: Promise<void>;
  #isAwaited = false;
  #hurried: () => void = () => undefined;

  constructor(begin: (group: CommitGroup) => Promise<void>) {
    this.done = begin(this);
  }

  /** Somebody waits for it. */
  hurry(): void {
    if (this.#isAwaited) return;
    this.#isAwaited = true;
    this.#hurried();
  }

  /** Resolves once somebody waits for it, or when it has waited for that long enough. */
  async due(): Promise<void> {
    if (this.#isAwaited) return;
    await new Promise<void>((resolve) => {
      const late = setTimeout(resolve, relayLimits.unawaitedMs);
      this.#hurried = () => {
        clearTimeout(late);
        resolve();
      };
    });
  }

  /** Resolves after a turn in which nothing was asked of it, or when it has gathered for long enough. */
  async ripe(): Promise<void> {
    const sinceMs = performance.now();
    let asked = 0;
    do {
      asked = this.asked;
      await endOfTurn();
    } while (asked !== this.asked && performance.now() - sinceMs < relayLimits.gatherMs);
  }

  tell(isDurable: boolean): void {
    for (const record of this.records) {
      if (record.group === this) record.group = null;
      record.written(isDurable);
    }
  }
}
