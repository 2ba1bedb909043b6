import { randomBytes } from 'node:crypto';
import { AppError } from '../../../core/errors.ts';
import { relayLimits } from '../../limits.ts';
import type { Change, LateRecord } from '../records.ts';
import { groupBytes, JournalSegment } from './journal-segment.ts';

/** Where what is durable in a journal is put in order, later. */
export interface JournalBase {
  /** It has all of the segments up to this epoch; 0 for none. */
  readonly settledEpoch: number;
  /**
   * Resolves once they are durable, all of them, and, not before them, the epoch up to which it now has all. What the values
   * are in may change afterwards.
   */
  apply(changes: Iterable<Change>, epoch: number): Promise<void>;
}

/**
 * What was written lately, appended to a file and synced: durable in a third of the time that an ordered map takes, and most of
 * it is over before the map has to know. Two segments by turns: while one is filled, what the other holds goes into the
 * base. What the base does not have is read at start, the earlier first; to apply one twice changes nothing.
 */
export class Journal {
  readonly #base: JournalBase;
  #active: JournalSegment;
  #other: JournalSegment;
  #epoch: number;
  #settledTurn = 0;
  /** The way of the other segment into the base; never rejects, and says whether it got there. */
  #settling: Promise<boolean> = Promise.resolve(true);
  /** The base did not take the other segment. */
  #isStuck = false;
  readonly #trouble: (thrown: unknown) => void;
  /** What is done one after the other; never rejects. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(
    base: JournalBase,
    segments: readonly [JournalSegment, JournalSegment],
    epoch: number,
    trouble: (thrown: unknown) => void,
  ) {
    this.#base = base;
    [this.#active, this.#other] = segments;
    this.#epoch = epoch;
    this.#trouble = trouble;
    this.#begin(0);
  }

  /** Opens the journal in two files, once what it holds is in the base. `trouble` hears why something did not get there. */
  static async open(
    [one, other]: readonly [string, string],
    base: JournalBase,
    trouble: (thrown: unknown) => void,
  ): Promise<Journal> {
    const at = (path: string) => JournalSegment.open(path, relayLimits.journalBytes);
    const opened = [await at(one), await at(other)] as const;
    // What the base has is over: a part of it, or what came before a removal that is gone, would bring back what was removed.
    const found = opened.map(({ read }) => read).filter((read) => read.epoch > base.settledEpoch);
    found.sort((left, right) => left.epoch - right.epoch);
    const epoch = found.at(-1)?.epoch ?? base.settledEpoch;
    if (found.length > 0)
      await base.apply(
        found.flatMap(({ changes }) => changes),
        epoch,
      );
    return new Journal(base, [opened[0].segment, opened[1].segment], epoch, trouble);
  }

  /** The base has all up to this turn. */
  get settledTurn(): number {
    return this.#settledTurn;
  }

  /** What was last written under a key: null when it was removed, undefined when the base knows. */
  get(key: Uint8Array): Uint8Array | null | undefined {
    const found = this.#active.get(key);
    return found === undefined ? this.#other.get(key) : found;
  }

  /** Makes a group durable, which is the `turn`-th. Rejects with `storage-full`. */
  append(records: readonly LateRecord[], turn: number): Promise<void> {
    return this.#next(async () => {
      // What is to be written may grow while the segments change over.
      while (!this.#active.hasRoom(groupBytes(records))) await this.#changeOver(groupBytes(records));
      try {
        await this.#active.append(records);
      } catch (cause) {
        throw new AppError('storage-full', 'the disk refused a write', { cause });
      }
      this.#active.turn = turn;
    });
  }

  /** Brings all that is durable into the base; what is appended meanwhile does not wait for that. Rejects with `storage-full`. */
  async settle(): Promise<void> {
    const { settling, turn } = await this.#next(async () => {
      if (this.#isStuck) await this.#settled();
      if (!this.#active.isEmpty) await this.#changeOver(0);
      // Of what is empty nothing is left to settle.
      return { settling: this.#settling, turn: this.#active.isEmpty ? this.#active.turn : 0 };
    });
    if (!(await settling)) throw new AppError('storage-full', 'the disk takes no more');
    this.#settledTurn = Math.max(this.#settledTurn, turn);
  }

  /** Once what was begun is done. What is not in the base by then is brought there at the next start. */
  async close(): Promise<void> {
    await this.#last;
    await this.#settling;
    await Promise.all([this.#active.close(), this.#other.close()]);
  }

  #next<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #changeOver(leastBytes: number): Promise<void> {
    await this.#settled();
    [this.#active, this.#other] = [this.#other, this.#active];
    this.#begin(leastBytes);
    this.#settling = this.#settle(this.#other);
  }

  #begin(leastBytes: number): void {
    this.#active.begin(++this.#epoch, randomBytes(16), leastBytes);
  }

  /** The other segment is in the base, which is tried once more when it did not get there. */
  async #settled(): Promise<void> {
    if (await this.#settling) return;
    this.#settling = this.#settle(this.#other);
    if (!(await this.#settling)) throw new AppError('storage-full', 'the disk takes no more');
  }

  async #settle(segment: JournalSegment): Promise<boolean> {
    try {
      if (segment.isWritten) await this.#base.apply(segment.changes(), segment.epoch);
    } catch (thrown) {
      this.#trouble(thrown);
      this.#isStuck = true;
      return false;
    }
    this.#isStuck = false;
    this.#settledTurn = Math.max(this.#settledTurn, segment.turn);
    segment.clear();
    return true;
  }
}
