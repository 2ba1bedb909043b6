import { setImmediate as endOfTurn } from 'node:timers/promises';
import { relayLimits } from '../../limits.ts';
import type { LateRecord } from '../records.ts';

/** What becomes durable together. */
export class CommitGroup {
  readonly records: LateRecord[] = [];
  /** Which one it is. */
  readonly turn: number;
  /** How often anything was asked of it. */
  #asked = 0;
  #isAwaited = false;
  #hurried: () => void = () => undefined;
  /** Made when somebody asks: of most groups nobody has more than records, which are told. */
  #durable: Promise<void> | null = null;
  #settle: { resolve(): void; reject(cause: unknown): void } | null = null;

  constructor(turn: number) {
    this.turn = turn;
  }

  add(record: LateRecord): void {
    this.#asked++;
    if (record.group !== this) {
      record.group = this;
      this.records.push(record);
    }
    if (record.isAwaited) this.hurry();
  }

  /** Somebody waits for it. */
  hurry(): void {
    if (this.#isAwaited) return;
    this.#isAwaited = true;
    this.#hurried();
  }

  /** Resolves once it is durable; rejects with what `end` was given. Whoever does not care need not handle it. */
  get durable(): Promise<void> {
    if (!this.#durable) {
      this.#durable = new Promise((resolve, reject) => {
        this.#settle = { resolve, reject };
      });
      this.#durable.catch(() => undefined);
    }
    return this.#durable;
  }

  /**
   * Resolves once somebody waits for it, or when it has waited for that long enough; and then after a turn in which nothing was
   * asked of it, or when it has gathered for long enough.
   */
  async ripe(): Promise<void> {
    if (!this.#isAwaited) await this.#due();
    const sinceMs = performance.now();
    let asked = 0;
    do {
      asked = this.#asked;
      await endOfTurn();
    } while (asked !== this.#asked && performance.now() - sinceMs < relayLimits.gatherMs);
  }

  /** Tells everybody what came of it: null for that it is durable, or why it is not. */
  end(failure: unknown): void {
    for (const record of this.records) {
      if (record.group === this) record.group = null;
      record.written(failure === null);
    }
    if (failure === null) this.#settle?.resolve();
    else this.#settle?.reject(failure);
  }

  #due(): Promise<void> {
    return new Promise((resolve) => {
      const late = setTimeout(resolve, relayLimits.unawaitedMs);
      this.#hurried = () => {
        clearTimeout(late);
        resolve();
      };
    });
  }
}
