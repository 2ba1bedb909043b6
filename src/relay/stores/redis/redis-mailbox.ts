import type { Refusal } from '../../../core/frames.ts';
import { relayLimits } from '../../limits.ts';
import { name } from '../../name.ts';
import { type NewMessage, type OpenMailbox, otherSide, type Side, type Watcher } from '../mailbox-store.ts';
import type { Reply } from './connection.ts';
import { decodeWaiting, dueKey, encodeWaiting, letters, mailboxKeys, type WaitingMessage } from './keys.ts';
import type { RedisStore } from './redis-store.ts';

/** Where a mailbox is in the map of those that are open. */
export function openName(channel: string, side: Side): string {
  return letters[side] + channel;
}

/** One side of a channel while this process has it open. */
export class RedisMailbox implements OpenMailbox {
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
  /** The last put: in a cluster the next waits for it, as one that moves a slot may take two in the wrong order. */
  #lastPut: Promise<unknown> | null = null;
  /** By id, until they are stored, whether they were received: nobody hears that before `stored`. */
  readonly #storing = new Map<string, { isReceived: boolean }>();

  constructor(store: RedisStore, channel: string, side: Side, watcher: Watcher, token: string) {
    this.#store = store;
    this.channel = channel;
    this.side = side;
    this.watcher = watcher;
    this.token = token;
  }

  put(message: NewMessage): void {
    const before = this.#store.keepsOrder ? null : this.#lastPut;
    const put = before ? before.then(() => this.#put(message)) : this.#put(message);
    this.#store.inBackground(put);
    if (this.#store.keepsOrder) return;
    const done = () => {
      if (this.#lastPut === over) this.#lastPut = null;
    };
    const over: Promise<void> = put.then(done, done);
    this.#lastPut = over;
  }

  #put(message: NewMessage): Promise<void> {
    const to = otherSide(this.side);
    const { id, expiresMs, collapse } = message;
    const keys = [this.channel, ...mailboxKeys(this.channel, to), dueKey(this.channel)];
    const args = [
      letters[to],
      Buffer.from(id, 'latin1'),
      String(expiresMs),
      collapse ? asBuffer(collapse) : '',
      encodeWaiting(message),
    ];
    const storing = { isReceived: false };
    this.#storing.set(id, storing);
    return this.#store.run('put', keys, args).then(
      (reply) => this.#answered(message, storing, reply),
      (thrown: unknown) => {
        this.#store.trouble(thrown);
        this.#over(id, storing);
        message.refused('storage-full', relayLimits.storageRetryMs);
      },
    );
  }

  #answered(message: NewMessage, storing: { isReceived: boolean }, reply: readonly Reply[]): void {
    const [outcome, number, here, before, expired] = reply.map(String) as [string, string, string?, string?, string?];
    if (expired !== undefined && expired !== '0') this.#store.expired(Number(expired));
    this.#over(message.id, storing);
    if (outcome !== 'stored' && outcome !== 'repeated') {
      message.refused(outcome as Refusal, Number(number));
      return;
    }
    const seq = Number(number);
    const isHere =
      here === 'local' ? this.#store.deliverHere(this, seq, Number(before ?? seq), message) : here === 'here';
    message.stored(seq, outcome === 'stored', isHere);
    if (storing.isReceived) this.watcher.received(message.id);
  }

  #over(id: string, storing: { isReceived: boolean }): void {
    if (this.#storing.get(id) === storing) this.#storing.delete(id);
  }

  acknowledge(seq: number): void {
    this.#acknowledge(seq).catch((thrown: unknown) => {
      this.#unheardAck = Math.max(this.#unheardAck, seq);
      this.#store.trouble(thrown);
    });
  }

  async #acknowledge(seq: number): Promise<void> {
    const keys = [this.channel, ...mailboxKeys(this.channel, this.side)];
    await this.#store.run('acknowledge', keys, [letters[this.side], String(seq)]);
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
    this.watcher.deliver({ seq, id: message.id, expiresMs: message.expiresMs, body: message.body });
  }

  /** The other side acknowledged a message of this side's. */
  received(id: string): void {
    const storing = this.#storing.get(id);
    if (storing) storing.isReceived = true;
    else this.watcher.received(id);
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
      if (this.#unheardAck > 0) await this.#acknowledge(this.#unheardAck);
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

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
