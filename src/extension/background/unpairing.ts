import type { ErrorCode } from '../../core/errors.ts';
import { limits } from '../../core/limits.ts';
import type { Post, Sent } from '../../relay-client/post.ts';
import { isUnheard } from '../../vault/pairing-book.ts';
import type { Contacts } from './contacts.ts';
import type { WakeUp } from './wake-up.ts';

export interface UnpairingOptions {
  /** Rejects with `key-storage-broken`. */
  post: Promise<Pick<Post, 'add' | 'begin' | 'client' | 'remove'>>;
  contacts: Contacts;
  now: () => number;
  wakeUp: Pick<WakeUp, 'set'>;
}

/** After these a relay says the same to whoever asks again (docs/protocol.md §2.5). */
const forGood: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ...(['unknown-channel', 'channel-closed', 'already-joined', 'bad-signature'] as const),
]);
/** A relay that has not said that a channel is closed is told again after this, ms: it may have been full, or gone. */
const closeAgainMs = 10 * 60_000;

/**
 * Ends pairings: from that moment on they are none here, the phone is told, and the relay closes the channel for good.
 * The keys are kept until the phone has heard it and the relay says that the channel is closed, however long the relay is away and
 * whatever happens to this worker: a channel that is closed before takes the word that waits in it along, and one that is not
 * closed stays for months. A phone that stays away for longer than the relay keeps that word finds the channel closed.
 */
export class Unpairing {
  readonly #options: UnpairingOptions;
  /** Mailboxes that are open, and whether the phone is at its own. */
  readonly #open = new Map<string, boolean>();
  /** Pairings whose relay was told to close the channel, and when it is told again, ms since 1970. */
  readonly #closing = new Map<string, number>();

  constructor(options: UnpairingOptions) {
    this.#options = options;
  }

  /** Goes on with what the worker before left undone. */
  async resume(): Promise<void> {
    this.#schedule();
    const leaving = [...this.#options.contacts.leaving.keys()].filter((pairing) => !this.#isUnheard(pairing));
    // To each, whatever becomes of another.
    const said = await Promise.allSettled(leaving.map((pairing) => this.#sayGoodbye(pairing)));
    for (const each of said) if (each.status === 'rejected') throw each.reason;
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
    this.#schedule();
    await this.#sayGoodbye(pairing);
  }

  /** The mailbox is open. `isHere`: the phone is at its own. */
  async attached(pairing: string, isHere: boolean): Promise<void> {
    this.#open.set(pairing, isHere);
    if (this.#closing.has(pairing)) return this.#close(pairing);
    if (!this.#isUnheard(pairing)) return;
    await (isHere ? this.#sayGoodbye(pairing) : this.#close(pairing));
  }

  /** A relay is not there any more. */
  disconnected(): void {
    this.#open.clear();
  }

  /** Closes the channels of phones that have not heard it in time, as far as relays are there; else that waits for them. */
  async tick(): Promise<void> {
    for (const [pairing, isHere] of this.#open) await this.attached(pairing, isHere);
    for (const [pairing, again] of this.#closing) if (again <= this.#options.now()) await this.#attachAgain(pairing);
    this.#schedule();
  }

  /** The phone has a message of ours, or never will. */
  async settled({ pairing, collapse }: Sent): Promise<void> {
    if (collapse === pairing && this.#options.contacts.leaving.has(pairing)) await this.#close(pairing);
  }

  /** The relay will have no more of a channel, or refuses to close it; gives whether it was one that we were leaving. */
  async ended(pairing: string, code: ErrorCode): Promise<boolean> {
    if (!this.#options.contacts.leaving.has(pairing)) return false;
    if (forGood.has(code)) await this.#forget(pairing);
    return true;
  }

  /** The phone has ended the pairing. */
  async unpaired(pairing: string): Promise<void> {
    await this.#options.contacts.depart(pairing);
    await this.#close(pairing);
  }

  #isUnheard(pairing: string): boolean {
    const { contacts, now } = this.#options;
    return isUnheard(contacts.leaving.get(pairing) ?? Number.POSITIVE_INFINITY, now());
  }

  /** This worker or another is there when the first of them will not be heard any more, or its relay is to be told again. */
  #schedule(): void {
    const { contacts, now, wakeUp } = this.#options;
    const unheard = [...contacts.leaving.values()].map((leftAt) => leftAt + limits.messageLifeMs);
    const coming = [...unheard, ...this.#closing.values()].filter((time) => time > now());
    wakeUp.set(coming.length === 0 ? null : Math.min(...coming));
  }

  async #sayGoodbye(pairing: string): Promise<void> {
    const post = await this.#options.post;
    // One waits at a time, however often it is said, and is known by that.
    await post.begin(pairing, { kind: 'unpair' }, limits.messageLifeMs, pairing);
  }

  /** Has the relay close the channel, whose word that it is closed ends it here (`ended`). */
  async #close(pairing: string): Promise<void> {
    const { contacts, now } = this.#options;
    const phone = contacts.parting(pairing);
    if (!phone) return;
    const post = await this.#options.post;
    this.#open.delete(pairing);
    this.#closing.set(pairing, now() + closeAgainMs);
    post.client(phone.relay).close(phone.channel);
    this.#schedule();
    await contacts.told(pairing);
  }

  /** Opens a mailbox anew whose relay has not said that the channel is closed: it was let go of with that. */
  async #attachAgain(pairing: string): Promise<void> {
    const { contacts, now } = this.#options;
    const phone = contacts.parting(pairing);
    if (!phone) {
      this.#closing.delete(pairing);
      return;
    }
    const post = await this.#options.post;
    this.#closing.set(pairing, now() + closeAgainMs);
    post.add(phone);
  }

  /** Nothing of it is left at the relay. */
  async #forget(pairing: string): Promise<void> {
    const post = await this.#options.post;
    await post.remove(pairing, false);
    await this.#options.contacts.remove(pairing);
    this.#open.delete(pairing);
    this.#closing.delete(pairing);
    this.#schedule();
  }
}
