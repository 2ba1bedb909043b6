import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setImmediate as endOfTurn } from 'node:timers/promises';
import { open, type RootDatabase } from 'lmdb';
import { text } from '../../core/bytes.ts';
import { relayLimits } from '../limits.ts';
import { name } from '../name.ts';
import { DiskRoom, type FreeBytes, freeOnDisk } from './disk-room.ts';
import { Journal, type JournalBase } from './journal.ts';
import { settingKey } from './layout.ts';
import { checkLmdbFile } from './lmdb-file.ts';
import type { MailboxStore } from './mailbox-store.ts';
import { RecordStore, type StoreEvents } from './record-store.ts';
import { type Change, FixedRecord, type LateRecord, type Records } from './records.ts';
import { syncDirectory } from './sync-directory.ts';

/** lmdb's promise of a commit, with the one of its flush (`separateFlushed`). */
type Commit = Promise<boolean> & { readonly flushed: Promise<unknown> };

/** What becomes durable together. */
class Group {
  readonly records: LateRecord[] = [];
  /** How often anything was asked of it. */
  asked = 0;
  readonly done: Promise<void>;
  #isAwaited = false;
  #hurried: () => void = () => undefined;

  constructor(begin: (group: Group) => Promise<void>) {
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

/** Of the last of the journal's segments that is in LMDB as a whole. */
const epochKey = settingKey('journal');

/** Puts what the journal gives it into LMDB, a part at a time, so that delivery never waits for long. */
class LmdbBase implements JournalBase {
  readonly #db: RootDatabase<Buffer, Uint8Array>;

  constructor(db: RootDatabase<Buffer, Uint8Array>) {
    this.#db = db;
  }

  get settledEpoch(): number {
    const kept = this.#db.get(epochKey);
    return kept === undefined ? 0 : Number(text(kept));
  }

  async apply(changes: Iterable<Change>, epoch: number): Promise<void> {
    let part: Change[] = [];
    for (const change of changes) {
      if (part.push(change) < relayLimits.changesAtOnce) continue;
      await this.#commit(part);
      part = [];
    }
    part.push({ key: epochKey, value: Buffer.from(String(epoch)) });
    await this.#commit(part);
  }

  async #commit(changes: readonly Change[]): Promise<void> {
    try {
      const commit = this.#db.batch(() => {
        for (const { key, value } of changes) {
          if (value === null) this.#db.remove(key);
          else this.#db.put(key, value as Buffer);
        }
      }) as Commit;
      await commit;
      await commit.flushed;
    } catch (cause) {
      reasonOf(cause)?.catch(() => undefined);
      throw cause;
    }
  }
}

/**
 * A journal before LMDB. What is written while a group is made durable is the next one, so that at a busy time a sync is for
 * many messages. A commit of LMDB that meets a full disk corrupts its memory, so that nothing is begun when little is left.
 */
class LmdbRecords implements Records {
  readonly #db: RootDatabase<Buffer, Uint8Array>;
  readonly #journal: Journal;
  readonly #room: DiskRoom;
  readonly #trouble: (thrown: unknown) => void;
  /** What the next commit writes; null while there is nothing. */
  #next: Group | null = null;
  /** Never rejects. */
  #committed: Promise<void> = Promise.resolve();
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
    checkLmdbFile(path);
    const db = open<Buffer, Uint8Array>({
      path,
      encoding: 'binary',
      keyEncoding: 'binary',
      separateFlushed: true,
      // It leaves a rejected promise behind that nobody can handle when a commit fails.
      eventTurnBatching: false,
    });
    const journal = await Journal.open(directory, new LmdbBase(db), trouble);
    // All files are made by now, and nothing was said to be durable yet.
    await syncDirectory(directory);
    await syncDirectory(dirname(resolve(directory)));
    return new LmdbRecords(db, journal, room, trouble);
  }

  get turn(): number {
    return this.#turn;
  }

  get settledTurn(): number {
    return this.#journal.settledTurn;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const written = this.#journal.get(name(key));
    return written === undefined ? this.#db.get(key) : (written ?? undefined);
  }

  *range(from: Uint8Array, to: Uint8Array, most = Number.POSITIVE_INFINITY) {
    let count = 0;
    for (const { key, value } of this.#db.getRange({ start: from, end: to })) {
      if (this.#journal.get(name(key)) === null) continue;
      yield { key, value };
      if (++count >= most) return;
    }
  }

  set(key: Uint8Array, value: Uint8Array | null): Promise<void> {
    return this.save(new FixedRecord(key, value));
  }

  save(record: LateRecord): Promise<void> {
    const group = this.#next ?? this.#begin();
    group.asked++;
    if (record.group !== group) {
      record.group = group;
      group.records.push(record);
    }
    if (record.isAwaited) group.hurry();
    return group.done;
  }

  async settle(): Promise<void> {
    await this.#room.check();
    await this.#journal.settle();
  }

  async close(): Promise<void> {
    this.#next?.hurry();
    await this.#committed;
    // What is in the journal is durable there, and LMDB must not be asked on a full disk.
    await this.settle().catch(this.#trouble);
    await this.#journal.close();
    await this.#db.close();
  }

  #begin(): Group {
    const turn = ++this.#turn;
    const group = new Group(async (begun) => {
      await this.#committed;
      await begun.due();
      await begun.ripe();
      await this.#commit(begun, turn);
    });
    this.#next = group;
    this.#committed = group.done.then(
      () => group.tell(true),
      () => group.tell(false),
    );
    return group;
  }

  async #commit(group: Group, turn: number): Promise<void> {
    this.#next = null;
    await this.#room.check();
    await this.#journal.append(group.records, turn);
  }
}

/** lmdb says why a commit failed by a promise that rejects, and that counts as unhandled when nobody looks. */
function reasonOf(cause: unknown): Promise<never> | undefined {
  return (cause as { commitError?: Promise<never> } | null)?.commitError;
}

export interface LmdbOptions extends StoreEvents {
  freeBytes?: FreeBytes;
  /** Hears of what failed where nobody waits for it. */
  trouble?(thrown: unknown): void;
}

/**
 * The embedded store, in a directory that is made where it is missing. Only one process may have it open. It refuses
 * with `storage-full` while less than the reserve of `limits.ts` is free there.
 */
export async function lmdbStore(
  directory: string,
  clock: { now(): number },
  { freeBytes = freeOnDisk, trouble = () => undefined, ...events }: LmdbOptions = {},
): Promise<MailboxStore> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const room = new DiskRoom(directory, freeBytes, trouble);
  // Before anything is opened: on a full disk LMDB ends the process.
  await room.ask();
  await room.check();
  const records = await LmdbRecords.open(directory, room, trouble);
  return RecordStore.open(records, clock, events);
}
