import { signal } from '@preact/signals';
import { AppError, type ErrorCode } from '../core/errors.ts';
import type { Post } from '../relay-client/post.ts';
import type { Pairing } from '../vault/pairing-book.ts';
import type { PairingDesk } from './pairing-desk.ts';
import type { PairingProgress, ShownPairing } from './pairing-progress.ts';
import type { Pairings } from './pairings.ts';
import type { PhoneParts } from './parts.ts';
import { hasPendingPairing } from './storage/pending-place.ts';

/** The pairing under way, as it is shown; the code that makes it is loaded when there is something to pair. */
export class PairingUnderWay implements ShownPairing {
  readonly progress = signal<PairingProgress | null>(null);
  readonly personProblem = signal<ErrorCode | null>(null);
  /** Null while there was nothing to pair. */
  desk: PairingDesk | null = null;
  readonly #parts: PhoneParts;
  readonly #pairings: Pairings;
  readonly #post: () => Promise<Post>;

  constructor(parts: PhoneParts, pairings: Pairings, post: () => Promise<Post>) {
    this.#parts = parts;
    this.#pairings = pairings;
    this.#post = post;
  }

  /** Reads what is stored; gives whom to listen to. Throws `key-storage-broken`, `site-unreachable`. */
  async load(): Promise<Pairing[]> {
    return (await hasPendingPairing(this.#parts.vault)) ? (await this.open()).load() : [];
  }

  /** Throws `key-storage-broken`, and `site-unreachable` when the code cannot be loaded. */
  async open(): Promise<PairingDesk> {
    const code = await import('./pairing-desk.ts').catch((cause: unknown) => {
      throw new AppError('site-unreachable', undefined, { cause });
    });
    const desk = await code.PairingDesk.open(this.#parts, this.#pairings, this.#post, this);
    this.desk ??= desk;
    return this.desk;
  }
}
