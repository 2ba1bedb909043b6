import type { ErrorCode } from '../../core/errors.ts';
import { Goodbyes } from '../../relay-client/goodbyes.ts';
import type { Post, Sent } from '../../relay-client/post.ts';
import type { Contacts } from './contacts.ts';
import type { WakeUp } from './wake-up.ts';

export interface UnpairingOptions {
  /** Rejects with `key-storage-broken`. */
  post: Promise<Pick<Post, 'add' | 'begin' | 'client' | 'remove'>>;
  contacts: Contacts;
  now: () => number;
  wakeUp: Pick<WakeUp, 'set'>;
}

/** Ends pairings: from that moment on they are none here, and the phone and the relay are told, as `Goodbyes` has it. */
export class Unpairing {
  readonly #options: UnpairingOptions;
  readonly #goodbyes: Goodbyes;

  constructor(options: UnpairingOptions) {
    this.#options = options;
    this.#goodbyes = new Goodbyes({ ...options, leavers: options.contacts });
  }

  /** Goes on with what the worker before left undone. */
  resume(): Promise<void> {
    return this.#goodbyes.resume();
  }

  /** Throws `key-storage-broken`. */
  async unpair(pairing: string): Promise<void> {
    const { contacts, post } = this.#options;
    // Before that, phones are not known.
    await post;
    if (contacts.isUnreadable(pairing)) return contacts.remove(pairing);
    if (!contacts.find(pairing)) return;
    if (contacts.endOf(pairing) !== null) return this.#goodbyes.forget(pairing);
    await contacts.leave(pairing);
    await this.#goodbyes.left(pairing);
  }

  /** The phone has ended the pairing. */
  async unpaired(pairing: string): Promise<void> {
    await this.#options.contacts.depart(pairing);
    await this.#goodbyes.close(pairing);
  }

  /** The mailbox is open. `isHere`: the phone is at its own. */
  attached(pairing: string, isHere: boolean): Promise<void> {
    return this.#goodbyes.attached(pairing, isHere);
  }

  /** A relay is not there any more. */
  disconnected(): void {
    this.#goodbyes.disconnected();
  }

  /** As the `wakeUp` that it was handed is to call it. */
  tick(): Promise<void> {
    return this.#goodbyes.tick();
  }

  /** The phone has a message of ours, or never will. */
  settled(sent: Sent): Promise<void> {
    return this.#goodbyes.settled(sent);
  }

  /** As `Goodbyes.ended`. */
  ended(pairing: string, code: ErrorCode): Promise<boolean> {
    return this.#goodbyes.ended(pairing, code);
  }
}
