import type { Post, Sent } from '../../relay-client/post.ts';
import type { Clock } from '../../relay-client/socket.ts';
import type { Contacts } from './contacts.ts';

/** How long the relay may take to store the farewell before the channel is closed without it, ms. */
const farewellMs = 3_000;
/** How long the farewell waits for the phone, ms. */
const farewellLifeMs = 24 * 3_600_000;

export interface UnpairingOptions {
  /** Rejects with `key-storage-broken`. */
  post: Promise<Pick<Post, 'begin' | 'remove'>>;
  contacts: Contacts;
  clock: Clock;
}

/** Ends pairings: keys are deleted here at once, the phone is told, and the relay closes the channel for good. */
export class Unpairing {
  readonly #options: UnpairingOptions;
  /** What is done once a farewell is stored, by its message id. */
  readonly #waiting = new Map<string, () => void>();

  constructor(options: UnpairingOptions) {
    this.#options = options;
  }

  /** Throws `key-storage-broken`. */
  async unpair(pairing: string): Promise<void> {
    const { contacts, clock } = this.#options;
    const post = await this.#options.post;
    if (!contacts.find(pairing)) return;
    const toldAlready = contacts.endOf(pairing) !== null;
    await contacts.remove(pairing);
    if (!toldAlready) {
      const { id } = await post.begin(pairing, { kind: 'unpair' }, farewellLifeMs);
      await new Promise<void>((resolve) => {
        const cancel = clock.after(farewellMs, resolve);
        this.#waiting.set(id, () => {
          cancel();
          resolve();
        });
      });
      this.#waiting.delete(id);
    }
    await post.remove(pairing, true);
  }

  /** A message of ours was stored. */
  stored({ id }: Sent): void {
    this.#waiting.get(id)?.();
  }

  /** The phone has ended the pairing. */
  async unpaired(pairing: string): Promise<void> {
    await this.#options.contacts.depart(pairing);
    const post = await this.#options.post;
    await post.remove(pairing, true);
  }
}
