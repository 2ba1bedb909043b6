import { dirname, join, resolve } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import { FixedRecord, type LateRecord, type Records } from '../records.ts';
import { CommitGroup } from './commit-group.ts';
import type { DiskRoom } from './disk-room.ts';
import { Journal } from './journal.ts';
import { LmdbBase } from './lmdb-base.ts';
import { checkJournal, checkLmdbFile } from './lmdb-file.ts';
import { syncPath } from './sync-path.ts';

const journalNames = ['journal-0', 'journal-1'] as const;

/**
 * A journal before LMDB. What is written while a group is made durable is the next one, so that at a busy time a sync is for
 * many messages. A commit of LMDB that meets a full disk corrupts its memory, so that nothing is begun when little is left.
 */
export class LmdbRecords implements Records {
  readonly #db: RootDatabase<Buffer, Uint8Array>;
  readonly #journal: Journal;
  readonly #room: DiskRoom;
  readonly #trouble: (thrown: unknown) => void;
  /** What the next commit writes; null while there is nothing. */
  #next: CommitGroup | null = null;
  /** One commit after the other; null while there is none. */
  #committing: Promise<void> | null = null;
  #turn = 0;

  private constructor(
    db: RootDatabase<Buffer, Uint8Array>,
    journal: Journal,
    room: DiskRoom,
    trouble: (thrown: unknown) => void,
  ) {
    this.#db = db;
    this.#journal = journal;
    this.#room = room;
    this.#trouble = trouble;
  }

  static async open(directory: string, room: DiskRoom, trouble: (thrown: unknown) => void): Promise<LmdbRecords> {
    const path = join(directory, 'relay.mdb');
    const journals = journalNames.map((each) => join(directory, each)) as [string, string];
    checkLmdbFile(path, journals);
    const db = open<Buffer, Uint8Array>({
      path,
      encoding: 'binary',
      keyEncoding: 'binary',
      separateFlushed: true,
      // It leaves a rejected promise behind that nobody can handle when a commit fails.
      eventTurnBatching: false,
    });
    const base = new LmdbBase(db);
    await base.mark(`in ${directory}`);
    // The first of them has held all that was ever settled first.
    if (base.settledEpoch > 0) checkJournal(journals[0]);
    const journal = await Journal.open(journals, base, trouble);
    // All files are made by now, and nothing was said to be durable yet. LMDB writes its first pages without a sync.
    await syncPath(path);
    await syncPath(directory);
    await syncPath(dirname(resolve(directory)));
    return new LmdbRecords(db, journal, room, trouble);
  }

  get turn(): number {
    return this.#turn;
  }

  get settledTurn(): number {
    return this.#journal.settledTurn;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const written = this.#journal.get(key);
    return written === undefined ? this.#db.get(key) : (written ?? undefined);
  }

  *range(from: Uint8Array, to: Uint8Array, most = Number.POSITIVE_INFINITY) {
    let count = 0;
    for (const { key, value } of this.#db.getRange({ start: from, end: to })) {
      if (this.#journal.get(key) === null) continue;
      yield { key, value };
      if (++count >= most) return;
    }
  }

  set(key: Uint8Array, value: Uint8Array | null): Promise<void> {
    const group = this.#next ?? this.#begin();
    group.add(new FixedRecord(key, value));
    return group.durable;
  }

  save(record: LateRecord): void {
    const group = this.#next ?? this.#begin();
    group.add(record);
  }

  async settle(): Promise<void> {
    await this.#room.check();
    await this.#journal.settle();
  }

  async close(): Promise<void> {
    this.#next?.hurry();
    await this.#committing;
    // What is in the journal is durable there, and LMDB must not be asked on a full disk.
    await this.settle().catch(this.#trouble);
    await this.#journal.close();
    await this.#db.close();
  }

  #begin(): CommitGroup {
    this.#next = new CommitGroup(++this.#turn);
    this.#committing ??= this.#commitAll();
    return this.#next;
  }

  async #commitAll(): Promise<void> {
    for (let group = this.#next; group; group = this.#next) {
      await group.ripe();
      this.#next = null;
      group.end(await this.#failure(group));
    }
    this.#committing = null;
  }

  /** Makes a group durable. Resolves with why that failed, or with null. */
  async #failure({ records, turn }: CommitGroup): Promise<unknown> {
    try {
      await this.#room.check();
      await this.#journal.append(records, turn);
      return null;
    } catch (thrown) {
      return thrown;
    }
  }
}
