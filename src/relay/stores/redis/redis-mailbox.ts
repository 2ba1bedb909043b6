import type { Refusal } from '../../../core/frames.ts';
import { limits } from '../../../core/limits.ts';
import { relayLimits } from '../../limits.ts';
import { name } from '../../name.ts';
import { type NewMessage, type OpenMailbox, otherSide, type Side, type Watcher } from '../mailbox-store.ts';
import type { Reply } from './connection.ts';
import { decodeWaiting, dueKey, encodeWaiting, letters, mailboxKeys, type WaitingMessage } from './keys.ts';
import type { Part, Source } from './outgoing.ts';
import type { RedisStore } from './redis-store.ts';

/** One side of a channel while this process has it open. */
export class RedisMailbox implements OpenMailbox, Source {
  readonly channel: string;
  readonly side: Side;
  readonly watcher: Watcher;
  /** Says in Redis that it is this one that has it open: the process, and a number within it. */
  readonly token: string;
  /** When the channel expires, as it was last heard; ms since 1970, 0 for not known. */
  untilMs = 0;
  lookedMs = 0;
  readonly #store: RedisStore;
  /** The last number that was given out, as far as was heard here; what is up to it was delivered or is over. */
  #lastSeq = 0;
  #isLooking = false;
  /** The look that has to follow the one under way; null for none. */
  #nextLook: { withReceived: boolean } | null = null;
  /** What was acknowledged while Redis was away, and is said again with the next look; 0 for nothing. */
  #unheardAck = 0;
  /** Put, and not said to Redis yet. */
  #gathered: NewMessage[] = [];
  /** What Redis was asked to store, and has not answered; null while there is nothing. */
  #asked: readonly NewMessage[] | null = null;
  /** Acknowledged up to this number, and not said to Redis yet; 0 for nothing. */
  #acknowledged = 0;

  constructor(store: RedisStore, channel: string, side: Side, watcher: Watcher, token: string) {
    this.#store = store;
    this.channel = channel;
    this.side = side;
    this.watcher = watcher;
    this.token = token;
  }

  put(message: NewMessage): void {
    if (this.#gathered.push(message) === 1) this.#store.outgoing.add(this);
  }

  takePut(): Part | null {
    // The next waits for the last: a Redis that has forgotten the scripts, or that moves a slot, may take two in the wrong order.
    if (this.#gathered.length === 0 || this.#asked) return null;
    const messages = this.#gathered.slice(0, limits.waitingMessages);
    this.#gathered = this.#gathered.slice(messages.length);
    this.#asked = messages;
    const ended = () => {
      this.#asked = null;
      if (this.#gathered.length > 0) this.#store.outgoing.add(this);
    };
    const to = otherSide(this.side);
    return {
      keys: [this.channel, ...mailboxKeys(this.channel, to), dueKey(this.channel)],
      args: [letters[to], String(messages.length), ...messages.map(encodeWaiting)],
      answered: (reply) => {
        ended();
        this.#answered(messages, reply);
      },
      failed: () => {
        // What was said behind them would come before them.
        const refused = [...messages, ...this.#gathered.splice(0)];
        ended();
        for (const message of refused) message.refused('storage-full', relayLimits.storageRetryMs);
      },
    };
  }

  #answered(messages: readonly NewMessage[], [where, before, expired, ...became]: readonly Reply[]): void {
    if (String(where) === 'closed') {
      for (const message of messages) message.refused('channel-closed', 0);
      return;
    }
    this.#store.expired(Number(expired));
    let last = Number(before);
    for (const [at, message] of messages.entries()) {
      const what = String(became[2 * at]);
      const number = Number(became[2 * at + 1]);
      if (what === 'stored' || what === 'waiting' || what === 'gone') {
        // Before one that was there already nothing is known: where it was not heard of it is looked up.
        this.#stored(message, number, what === 'stored' ? last : number, what !== 'gone', String(where));
        if (what === 'stored') last = number;
      } else message.refused(what as Refusal, number);
    }
  }

  #stored(message: NewMessage, seq: number, before: number, waits: boolean, where: string): void {
    const isHere = where === 'local' ? this.#store.deliverHere(this, seq, before, message) : where === 'here';
    message.stored(seq, waits, isHere);
  }

  acknowledge(seq: number): void {
    this.#acknowledged = Math.max(this.#acknowledged, seq);
    this.#store.outgoing.add(this);
  }

  takeAcknowledgement(): Part | null {
    const seq = this.#acknowledged;
    if (seq === 0) return null;
    this.#acknowledged = 0;
    return {
      keys: [this.channel, ...mailboxKeys(this.channel, this.side)],
      args: [letters[this.side], String(seq)],
      answered: () => undefined,
      failed: () => {
        this.#unheardAck = Math.max(this.#unheardAck, seq);
      },
    };
  }

  async subscribe(subscription: string): Promise<void> {
    await this.#store.run('subscribe', [this.channel], [letters[this.side], subscription]);
  }

  async close(): Promise<void> {
    await this.#store.closeChannel(this.channel);
  }

  leave(): void {
    this.#store.leave(this);
  }

  /** What the store said when it was opened: what waits is delivered, and what was received told. */
  opened(since: number, [, untilMs, last, presence, waiting, received, gone]: readonly Reply[]): void {
    this.untilMs = Number(untilMs);
    this.#lastSeq = since;
    const lastSeq = Number(last);
    this.watcher.opened(lastSeq, String(presence) as 'awaited' | 'away' | 'here');
    this.#caughtUp(lastSeq, waiting as readonly Buffer[], received as readonly Buffer[]);
    if (String(gone) !== '') this.watcher.unsubscribed(String(gone));
  }

  /** A message that was put, and the number of the one before it: where that was not heard of, what lies between is looked up. */
  arrived(seq: number, before: number, message: WaitingMessage): void {
    if (seq <= this.#lastSeq) return;
    if (before > this.#lastSeq) {
      this.look();
      return;
    }
    this.#lastSeq = seq;
    const { id, expiresMs, body } = message;
    // Redis may have taken its time.
    if (expiresMs > this.#store.now()) this.watcher.deliver({ seq, id, expiresMs, body });
  }

  /** The other side acknowledged what was put; that may be heard before Redis answers that it is stored. */
  received(id: string): void {
    for (const message of this.#asked ?? []) if (message.id === id) message.received();
    this.watcher.received(id);
  }

  /** Reads what nobody has told; `withReceived`: also what was received, as that may be what was missed. */
  look(withReceived = false): Promise<void> {
    if (this.#isLooking) {
      this.#nextLook = { withReceived: withReceived || (this.#nextLook?.withReceived ?? false) };
      return Promise.resolve();
    }
    this.#isLooking = true;
    return this.#look(withReceived).catch((thrown: unknown) => this.#store.trouble(thrown));
  }

  async #look(withReceived: boolean): Promise<void> {
    this.lookedMs = this.#store.now();
    try {
      if (this.#unheardAck > 0) this.acknowledge(this.#unheardAck);
      this.#unheardAck = 0;
      const reply = await this.#store.look(this, this.#lastSeq, withReceived);
      if (!this.#store.isOpen(this)) return;
      if (reply === 'displaced' || reply === 'closed') {
        this.#store.forget(this);
        this.watcher[reply]();
        return;
      }
      const [, untilMs, last, , waiting, received] = reply;
      this.untilMs = Number(untilMs);
      this.#caughtUp(Number(last), waiting as readonly Buffer[], received as readonly Buffer[]);
    } finally {
      const next = this.#nextLook;
      this.#nextLook = null;
      this.#isLooking = false;
      if (next) await this.look(next.withReceived);
    }
  }

  /** `waiting`: a number and a message, by turns. */
  #caughtUp(lastSeq: number, waiting: readonly Buffer[], received: readonly Buffer[]): void {
    const nowMs = this.#store.now();
    for (let at = 0; at < waiting.length; at += 2) {
      const seq = Number.parseInt(String(waiting[at]), 10);
      const { id, expiresMs, body } = decodeWaiting(waiting[at + 1] as Buffer);
      if (seq <= this.#lastSeq) continue;
      this.#lastSeq = seq;
      if (expiresMs > nowMs) this.watcher.deliver({ seq, id, expiresMs, body });
    }
    this.#lastSeq = Math.max(this.#lastSeq, lastSeq);
    for (const id of received) this.received(name(id));
  }
}
