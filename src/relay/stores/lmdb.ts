import { mkdirSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as endOfTurn } from 'node:timers/promises';
import { open, type RootDatabase } from 'lmdb';
import { AppError } from '../../core/errors.ts';
import { relayLimits } from '../limits.ts';
import { name } from '../name.ts';
import type { MailboxStore } from './mailbox-store.ts';
import { RecordStore, type StoreEvents } from './record-store.ts';
import type { LateRecord, Records } from './records.ts';

/** lmdb's promise of a commit, with the one of its flush (`separateFlushed`). */
type Commit = Promise<boolean> & { readonly flushed: Promise<unknown> };

/** What one commit writes. */
class Group {
  /** By key, as of two writes of one record only the later counts. */
  readonly writes = new Map<string, { key: Uint8Array; value: Uint8Array | null }>();
  readonly late: LateRecord[] = [];
  /** How often anything was asked of it. */
  asked = 0;
  /** Becomes durable, or not. */
  readonly done: Promise<void>;

  constructor(begin: (group: Group) => Promise<void>) {
    this.done = begin(this);
  }

  /** All that is to be written, as it is now. */
  *[Symbol.iterator](): Generator<{ key: Uint8Array; value: Uint8Array | null }> {
    yield* this.writes.values();
    for (const record of this.late) {
      const value = record.value();
      if (value !== undefined) yield { key: record.key(), value };
    }
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
    for (const record of this.late) {
      if (record.group === this) record.group = null;
      record.written(isDurable);
    }
  }
}

/** Bytes that are free where a directory is. */
export type FreeBytes = (directory: string) => Promise<number>;

const freeOnDisk: FreeBytes = async (directory) => {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
};

/**
 * LMDB: what is written while one transaction is committed and flushed, in lmdb's own thread, is the next one; at a busy
 * time most messages are acknowledged before their turn comes, and never reach the disk with their body. They are gathered here
 * and not by lmdb's `eventTurnBatching`, which leaves a rejected promise behind that nobody can handle when a commit
 * fails. A commit that meets a full disk corrupts lmdb's memory, so that nothing is begun when little is left.
 */
class LmdbRecords implements Records {
  readonly #db: RootDatabase<Buffer, Uint8Array>;
  readonly #directory: string;
  readonly #freeBytes: FreeBytes;
  readonly #trouble: (thrown: unknown) => void;
  /** What the next commit writes; null while there is nothing. */
  #next: Group | null = null;
  /** Never rejects. */
  #committed: Promise<void> = Promise.resolve();
  #hasRoom = true;
  #checking: Promise<void> | null = null;
  #checkedMs = 0;

  constructor(directory: string, freeBytes: FreeBytes, trouble: (thrown: unknown) => void) {
    this.#directory = directory;
    this.#freeBytes = freeBytes;
    this.#trouble = trouble;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.#db = open({
      path: join(directory, 'relay.mdb'),
      encoding: 'binary',
      keyEncoding: 'binary',
      separateFlushed: true,
      eventTurnBatching: false,
    });
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#db.get(key);
  }

  *range(from: Uint8Array, to: Uint8Array, most?: number) {
    for (const { key, value } of this.#db.getRange({ start: from, end: to, ...(most && { limit: most }) })) {
      yield { key, value };
    }
  }

  set(key: Uint8Array, value: Uint8Array | null): Promise<void> {
    const group = this.#group();
    group.writes.set(name(key), { key, value });
    return group.done;
  }

  save(record: LateRecord): Promise<void> {
    const group = this.#group();
    if (record.group !== group) {
      record.group = group;
      group.late.push(record);
    }
    return group.done;
  }

  #group(): Group {
    if (this.#next) {
      this.#next.asked++;
      return this.#next;
    }
    const next = new Group((group) => this.#committed.then(() => group.ripe()).then(() => this.#commit(group)));
    this.#next = next;
    this.#committed = next.done.then(
      () => next.tell(true),
      () => next.tell(false),
    );
    return next;
  }

  async close(): Promise<void> {
    await this.#committed;
    await this.#db.close();
  }

  async #commit(group: Group): Promise<void> {
    this.#next = null;
    if (!this.#hasRoom) await this.#checkRoom();
    else if (performance.now() - this.#checkedMs > relayLimits.diskCheckMs) this.#checkRoom();
    if (!this.#hasRoom) throw new AppError('storage-full', 'the disk is nearly full');
    try {
      const commit = this.#db.batch(() => {
        for (const { key, value } of group) {
          if (value === null) this.#db.remove(key);
          else this.#db.put(key, value as Buffer);
        }
      }) as Commit;
      await commit;
      await commit.flushed;
    } catch (cause) {
      reasonOf(cause)?.catch(() => undefined);
      throw new AppError('storage-full', 'the disk refused a write', { cause });
    }
  }

  /** Never rejects: what was known before holds while the disk does not say. */
  #checkRoom(): Promise<void> {
    this.#checking ??= this.#freeBytes(this.#directory)
      .then(
        (bytes) => {
          this.#hasRoom = bytes >= relayLimits.diskReserveBytes;
        },
        (thrown: unknown) => this.#trouble(thrown),
      )
      .finally(() => {
        this.#checkedMs = performance.now();
        this.#checking = null;
      });
    return this.#checking;
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
export function lmdbStore(
  directory: string,
  clock: { now(): number },
  { freeBytes = freeOnDisk, trouble = () => undefined, ...events }: LmdbOptions = {},
): Promise<MailboxStore> {
  return RecordStore.open(new LmdbRecords(directory, freeBytes, trouble), clock, events);
}
