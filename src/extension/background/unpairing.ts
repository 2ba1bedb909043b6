import { limits } from '../../core/limits.ts';
import type { Post, Sent } from '../../relay-client/post.ts';
import type { Contacts } from './contacts.ts';

export interface UnpairingOptions {
  /** Rejects with `key-storage-broken`. */
  post: Promise<Pick<Post, 'begin' | 'remove'>>;
  contacts: Contacts;
}

/**
 * Ends pairings: from that moment on they are none here, the phone is told, and the relay closes the channel for good.
 * The keys are kept until the phone has heard it, however long it or the relay is away and whatever happens to this worker:
 * a channel that is closed before takes the word that waits in it along.
 */
export class Unpairing {
  readonly #options: UnpairingOptions;

  constructor(options: UnpairingOptions) {
    this.#options = options;
  }

  /** Goes on with what the worker before left undone. */
  async resume(): Promise<void> {
    for (const pairing of this.#options.contacts.leaving) await this.#sayGoodbye(pairing);
  }

  /** Throws `key-storage-broken`. */
  async unpair(pairing: string): Promise<void> {
    const { contacts, post } = this.#options;
    // Before that, phones are not known.
    await post;
    if (contacts.isUnreadable(pairing)) return contacts.remove(pairing);
    if (!contacts.find(pairing)) return;
    if (contacts.endOf(pairing) !== null) return this.#forget(pairing);
    await contacts.leave(pairing);
    await this.#sayGoodbye(pairing);
  }

  /** The phone has a message of ours, or never will. */
  async settled({ pairing, collapse }: Sent): Promise<void> {
    if (collapse === pairing && this.#options.contacts.leaving.has(pairing)) await this.#forget(pairing);
  }

  /** The relay will have no more of a channel; gives whether it was one that we were leaving. */
  async ended(pairing: string): Promise<boolean> {
    if (!this.#options.contacts.leaving.has(pairing)) return false;
    await this.#forget(pairing);
    return true;
  }

  /** The phone has ended the pairing. */
  async unpaired(pairing: string): Promise<void> {
    const post = await this.#options.post;
    await this.#options.contacts.depart(pairing);
    await post.remove(pairing, true);
  }

  async #sayGoodbye(pairing: string): Promise<void> {
    const post = await this.#options.post;
    // One waits at a time, however often it is said, and is known by that.
    await post.begin(pairing, { kind: 'unpair' }, limits.messageLifeMs, pairing);
  }

  /** In this order: what is closed twice is closed, and what is forgotten cannot be closed. */
  async #forget(pairing: string): Promise<void> {
    const post = await this.#options.post;
    await post.remove(pairing, true);
    await this.#options.contacts.remove(pairing);
  }
}
