import { signal } from '@preact/signals';
import { AppError, type ErrorCode } from '../core/errors.ts';
import { orNull } from '../core/or-null.ts';
import type { Post } from '../relay-client/post.ts';
import { type Pairing, parsePairing } from '../vault/pairing-book.ts';
import type { PairingDesk } from './pairing-desk.ts';
import type { PairingProgress, ShownPairing } from './pairing-progress.ts';
import type { Pairings } from './pairings.ts';
import type { PhoneParts } from './parts.ts';
import { pendingPlace } from './storage/pending-place.ts';

/** The pairing under way, as it is shown; the code that makes it is loaded when there is something to pair. */
export class PairingUnderWay implements ShownPairing {
  readonly progress = signal<PairingProgress | null>(null);
  readonly personProblem = signal<ErrorCode | null>(null);
  /** Null while there was nothing to pair, or where it could not be loaded. */
  desk: PairingDesk | null = null;
  readonly #parts: PhoneParts;
  readonly #pairings: Pairings;
  readonly #post: () => Promise<Post>;
  #isStored = false;
  #opening: Promise<PairingDesk> | null = null;

  constructor(parts: PhoneParts, pairings: Pairings, post: () => Promise<Post>) {
    this.#parts = parts;
    this.#pairings = pairings;
    this.#post = post;
  }

  /** Reads with whom digits are compared, if with anybody; `open` goes on with it. Throws `key-storage-broken`. */
  async load(): Promise<Pairing[]> {
    const pending = (await this.#parts.vault.get(pendingPlace)) as { pairing?: unknown } | undefined;
    this.#isStored = pending !== undefined;
    const pairing = orNull(() => parsePairing(pending?.pairing));
    return pairing ? [pairing] : [];
  }

  /** Whether there is one that was not gone on with: its code could not be loaded. */
  get isLeft(): boolean {
    return this.#isStored && !this.desk;
  }

  /** Goes on with what is stored, once. Throws `key-storage-broken`, and `site-unreachable` when the code cannot be loaded. */
  open(): Promise<PairingDesk> {
    this.#opening ??= this.#open().catch((thrown: unknown) => {
      this.#opening = null;
      throw thrown;
    });
    return this.#opening;
  }

  async #open(): Promise<PairingDesk> {
    const code = await import('./pairing-desk.ts').catch((cause: unknown) => {
      throw new AppError('site-unreachable', undefined, { cause });
    });
    this.desk = await code.PairingDesk.open(this.#parts, this.#pairings, this.#post, this);
    return this.desk;
  }
}
