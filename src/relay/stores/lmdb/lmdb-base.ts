import type { RootDatabase } from 'lmdb';
import { text } from '../../../core/bytes.ts';
import { relayLimits } from '../../limits.ts';
import { settingKey } from '../layout.ts';
import { checkLayoutMark, layoutMark } from '../layout-mark.ts';
import type { Change } from '../records.ts';
import type { JournalBase } from './journal.ts';

/** lmdb's promise of a commit, with the one of its flush (`separateFlushed`). */
type Commit = Promise<boolean> & { readonly flushed: Promise<unknown> };

/** Of the last of the journal's segments that is in LMDB as a whole. */
const epochKey = settingKey('journal');
const markKey = settingKey(layoutMark.name);

/** Puts what the journal gives it into LMDB, a part at a time, so that delivery never waits for long. */
export class LmdbBase implements JournalBase {
  readonly #db: RootDatabase<Buffer, Uint8Array>;

  constructor(db: RootDatabase<Buffer, Uint8Array>) {
    this.#db = db;
  }

  /** Marks what has no mark yet, for good. Throws `unsupported-version`. `where`: for people. */
  async mark(where: string): Promise<void> {
    const found = this.#db.get(markKey);
    if (found === undefined) await this.#commit([{ key: markKey, value: Buffer.from(layoutMark.value) }]);
    else checkLayoutMark(found, where);
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

/** lmdb says why a commit failed by a promise that rejects, and that counts as unhandled when nobody looks. */
function reasonOf(cause: unknown): Promise<never> | undefined {
  return (cause as { commitError?: Promise<never> } | null)?.commitError;
}
