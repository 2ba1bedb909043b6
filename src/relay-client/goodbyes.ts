import type { ErrorCode } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import type { Contact, Post, Sent } from './post.ts';

/** The pairings that were ended here, whose keys are kept until nothing of them is left to be said. Reject with `key-storage-broken`. */
export interface Leavers {
  /** When each was ended, ms since 1970. */
  readonly leaving: ReadonlyMap<string, number>;
  /** One that is `leaving`. */
  parting(pairing: string): Contact | undefined;
  /** There is nothing left to tell the other side of one; only its channel is still to be closed. */
  told(pairing: string): Promise<void>;
  /** Forgets one and its keys. */
  remove(pairing: string): Promise<void>;
}

export interface GoodbyesOptions {
  leavers: Leavers;
  /** Rejects with `key-storage-broken`. */
  post: Promise<Pick<Post, 'add' | 'begin' | 'client' | 'remove'>>;
  now: () => number;
  /** Has `tick` called at a time, ms since 1970; null for never. */
  wakeUp: { set(at: number | null): void };
}

/** After these a relay says the same to whoever asks again (docs/protocol.md §2.5). */
const forGood: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ...(['unknown-channel', 'channel-closed', 'already-joined', 'bad-signature'] as const),
]);
/** A relay that has not said that a channel is closed is told again after this, ms: it may have been full, or gone. */
const closeAgainMs = 10 * 60_000;

/**
 * Tells the other side of each pairing that was ended here, and has the relay close the channel for good. The keys are kept until
 * that side has heard it and the relay says that the channel is closed, however long the relay is away and whatever happens to
 * this process: a channel that is closed before takes the word that waits in it along, and one that is not closed stays for months.
 * Who stays away for longer than the relay keeps that word finds the channel closed.
 */
export class Goodbyes {
  readonly #options: GoodbyesOptions;
  /** Mailboxes that are open, and whether the other side is at its own. */
  readonly #open = new Map<string, boolean>();
  /** Pairings whose relay was told to close the channel, and when it is told again, ms since 1970. */
  readonly #closing = new Map<string, number>();

  constructor(options: GoodbyesOptions) {
    this.#options = options;
  }

  /** Goes on with what the process before left undone. */
  async resume(): Promise<void> {
    this.#schedule();
    const leaving = [...this.#options.leavers.leaving.keys()].filter((pairing) => !this.#isUnheard(pairing));
    // To each, whatever becomes of another.
    const said = await Promise.allSettled(leaving.map((pairing) => this.#say(pairing)));
    for (const each of said) if (each.status === 'rejected') throw each.reason;
  }

  /** One was ended here: the other side is told. */
  async left(pairing: string): Promise<void> {
    this.#schedule();
    await this.#say(pairing);
    const contact = this.#options.leavers.parting(pairing);
    // Its mailbox may be open since before there was anybody here to hear of that; opened anew, it is heard of.
    if (contact && !this.#open.has(pairing)) (await this.#options.post).add(contact);
  }

  /** The mailbox is open. `isHere`: the other side is at its own. */
  async attached(pairing: string, isHere: boolean): Promise<void> {
    this.#open.set(pairing, isHere);
    if (this.#closing.has(pairing)) return this.close(pairing);
    if (!this.#isUnheard(pairing)) return;
    await (isHere ? this.#say(pairing) : this.close(pairing));
  }

  /** A relay is not there any more. */
  disconnected(): void {
    this.#open.clear();
  }

  /** Closes the channels of those that have not heard it in time, as far as relays are there; else that waits for them. */
  async tick(): Promise<void> {
    for (const [pairing, isHere] of this.#open) await this.attached(pairing, isHere);
    for (const [pairing, again] of this.#closing) if (again <= this.#options.now()) await this.#attachAgain(pairing);
    this.#schedule();
  }

  /** The other side has a message of ours, or never will. */
  async settled({ pairing, collapse }: Sent): Promise<void> {
    if (collapse === pairing && this.#options.leavers.leaving.has(pairing)) await this.close(pairing);
  }

  /** The relay will have no more of a channel, or refuses to close it; gives whether it was one that we were leaving. */
  async ended(pairing: string, code: ErrorCode): Promise<boolean> {
    if (!this.#options.leavers.leaving.has(pairing)) return false;
    if (forGood.has(code)) await this.forget(pairing);
    return true;
  }

  /** Has the relay close the channel of one that is leaving; its word that it is closed ends the pairing here (`ended`). */
  async close(pairing: string): Promise<void> {
    const { leavers, now } = this.#options;
    const contact = leavers.parting(pairing);
    if (!contact) return;
    const post = await this.#options.post;
    this.#open.delete(pairing);
    this.#closing.set(pairing, now() + closeAgainMs);
    post.client(contact.relay).close(contact.channel);
    this.#schedule();
    if (!this.#isUnheard(pairing)) await leavers.told(pairing);
  }

  /** Nothing of it is left at the relay. */
  async forget(pairing: string): Promise<void> {
    const post = await this.#options.post;
    await post.remove(pairing, false);
    await this.#options.leavers.remove(pairing);
    this.#open.delete(pairing);
    this.#closing.delete(pairing);
    this.#schedule();
  }

  /**
   * Whether the word has waited at the relay for as long as that keeps one: only the end of the channel, which is remembered
   * for longer, can then still tell the other side.
   */
  #isUnheard(pairing: string): boolean {
    const { leavers, now } = this.#options;
    const leftAt = leavers.leaving.get(pairing) ?? Number.POSITIVE_INFINITY;
    return leftAt + limits.messageLifeMs <= now();
  }

  /** This process or another is there when the first of them will not be heard any more, or its relay is to be told again. */
  #schedule(): void {
    const { leavers, now, wakeUp } = this.#options;
    const unheard = [...leavers.leaving.values()].map((leftAt) => leftAt + limits.messageLifeMs);
    const coming = [...unheard, ...this.#closing.values()].filter((time) => time > now());
    wakeUp.set(coming.length === 0 ? null : Math.min(...coming));
  }

  async #say(pairing: string): Promise<void> {
    const post = await this.#options.post;
    // One waits at a time, however often it is said, and is known by that.
    await post.begin(pairing, { kind: 'unpair' }, limits.messageLifeMs, pairing);
  }

  /** Opens a mailbox anew whose relay has not said that the channel is closed: it was let go of with that. */
  async #attachAgain(pairing: string): Promise<void> {
    const { leavers, now } = this.#options;
    const contact = leavers.parting(pairing);
    if (!contact) {
      this.#closing.delete(pairing);
      return;
    }
    const post = await this.#options.post;
    this.#closing.set(pairing, now() + closeAgainMs);
    post.add(contact);
  }
}
