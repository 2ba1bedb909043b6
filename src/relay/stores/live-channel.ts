import { encode } from '../../core/binary.ts';
import { utf8 } from '../../core/bytes.ts';
import { relayLimits } from '../limits.ts';
import { ChannelMessages } from './channel-messages.ts';
import { type ChannelRecord, channelKey, channelRecord, dueKey, subscriptionKey } from './layout.ts';
import { LocalMailbox } from './local-mailbox.ts';
import { Mailbox } from './mailbox.ts';
import {
  type NewMessage,
  type OpenMailbox,
  otherSide,
  type Presence,
  type Side,
  sides,
  type Watcher,
} from './mailbox-store.ts';
import type { LateRecord } from './records.ts';

/** What a channel needs of the store that it is in. */
export interface ChannelStorage {
  now(): number;
  /** Numbers in mailboxes begin above this. */
  readonly floor: number;
  /** What is known to be there. */
  get(key: Uint8Array): Uint8Array;
  range(from: Uint8Array, to: Uint8Array): Iterable<{ key: Uint8Array; value: Uint8Array }>;
  write(channel: LiveChannel, key: Uint8Array, value: Uint8Array | null): Promise<void>;
  save(channel: LiveChannel, record: LateRecord): void;
  /** A write failed: it is written again later, and until then the channel is not read again from the storage. */
  retry(channel: LiveChannel, record: LateRecord): void;
  /** It could not be removed: what is in the storage counts. */
  forget(channel: LiveChannel): void;
  /** So many messages expired that nobody had acknowledged. */
  expired(count: number): void;
  /** Somebody has it open no more. */
  left(channel: LiveChannel): void;
}

const nothing = new Uint8Array(0);
const done = Promise.resolve();

/** A channel that is in use: its record, its two mailboxes as far as they were needed, and who has them open. */
export class LiveChannel {
  readonly id: Uint8Array;
  record: ChannelRecord | null;
  readonly watchers: Record<Side, Watcher | null> = { creator: null, joiner: null };
  /** The turn of its last write; what has not settled must not be read again from the storage. */
  turn = 0;
  /** What its record says is durable; rejects with `storage-full` when that failed, and then it says so no more. */
  durable: Promise<void> = done;
  readonly #storage: ChannelStorage;
  readonly #mailboxes: Record<Side, Mailbox | null> = { creator: null, joiner: null };
  /** The earliest time that is known to be marked as due. */
  #dueMs = Number.POSITIVE_INFINITY;

  constructor(storage: ChannelStorage, id: Uint8Array, record: ChannelRecord | null) {
    this.#storage = storage;
    this.id = id;
    this.record = record;
  }

  /** Its record; null for one that nobody created, or that expired. */
  current(): ChannelRecord | null {
    const { record } = this;
    if (!record || record.untilMs === 0 || record.untilMs > this.#storage.now()) return record;
    return mayLapse(record) && this.isWatched ? record : null;
  }

  get isOpen(): boolean {
    const record = this.current();
    return record !== null && record.state !== 'closed';
  }

  get isWatched(): boolean {
    return this.watchers.creator !== null || this.watchers.joiner !== null;
  }

  /** Replaces the record. When that cannot be made durable, the one before is back. */
  async save(record: ChannelRecord): Promise<void> {
    const before = this.record;
    this.record = record;
    const durable = this.#write(channelKey(this.id), encode(channelRecord, record));
    this.durable = durable;
    if (record.untilMs !== 0) this.#markDue(record.untilMs);
    try {
      await durable;
    } catch (cause) {
      if (this.record === record) this.record = before;
      if (this.durable === durable) this.durable = done;
      throw cause;
    }
  }

  open(side: Side, since: number, watcher: Watcher): OpenMailbox {
    const other = otherSide(side);
    const before = this.watchers[side];
    this.watchers[side] = watcher;
    this.#renew();
    before?.displaced();
    const mailbox = this.#mailbox(side);
    watcher.opened(mailbox.lastSeq, this.#presence(other));
    const nowMs = this.#storage.now();
    for (const message of mailbox.after(since, nowMs)) watcher.deliver(message);
    for (const id of this.#mailbox(other).received(nowMs)) watcher.received(id);
    if (!before) this.watchers[other]?.peer('here');
    return new LocalMailbox(this, side, watcher);
  }

  /** Drops what expired, the channel itself included. */
  expire(): void {
    this.#dueMs = Number.POSITIVE_INFINITY;
    if (!this.record) return;
    if (!this.current()) {
      this.#end();
      return;
    }
    if (this.isWatched) this.#renew();
    const nowMs = this.#storage.now();
    for (const side of sides) this.#mailbox(side).expire(nowMs);
    const nextMs = Math.min(
      this.record.untilMs || Number.POSITIVE_INFINITY,
      ...sides.map((side) => this.#mailbox(side).nextDueMs()),
    );
    if (nextMs !== Number.POSITIVE_INFINITY) this.#markDue(nextMs);
  }

  subscribe(side: Side, subscription: string): Promise<void> {
    return this.#write(subscriptionKey(this.id, side), utf8(subscription));
  }

  #end(): void {
    this.record = null;
    this.#write(channelKey(this.id), null).catch(() => {
      if (this.record === null) this.#storage.forget(this);
    });
    this.#empty();
    this.#dismiss();
  }

  put(to: Side, message: NewMessage): void {
    const nowMs = this.#storage.now();
    if (!this.isOpen) message.refused('channel-closed', 0);
    else if (message.expiresMs <= nowMs) message.refused('expired', 0);
    else this.#put(to, message, nowMs);
  }

  #put(to: Side, message: NewMessage, nowMs: number): void {
    const mailbox = this.#mailbox(to);
    const known = mailbox.current(message.id);
    const gone = known ? null : mailbox.remembered(message.id, nowMs);
    if (known) known.repeated(message);
    else if (gone) message.stored(gone.seq, false, mailbox.isHere);
    else if (mailbox.isFull(message.collapse, nowMs)) {
      message.refused('mailbox-full', Math.max(1, mailbox.nextExpiryMs() - nowMs));
    } else {
      const kept = mailbox.put(message);
      this.watchers[to]?.deliver(kept);
      this.#markDue(kept.expiresMs);
    }
  }

  acknowledge(side: Side, seq: number): void {
    this.#mailbox(side).acknowledge(seq);
  }

  async close(): Promise<void> {
    const record = this.current();
    if (!record || record.state === 'closed') return;
    await this.save({ ...record, state: 'closed', untilMs: this.#storage.now() + relayLimits.tombstoneMs });
    this.#empty();
    this.#dismiss();
  }

  #empty(): void {
    for (const side of sides) {
      this.#mailbox(side).clear();
      this.#write(subscriptionKey(this.id, side), null);
    }
  }

  #dismiss(): void {
    for (const side of sides) {
      const watcher = this.watchers[side];
      this.watchers[side] = null;
      watcher?.closed();
    }
    this.#storage.left(this);
  }

  leave(side: Side, watcher: Watcher): void {
    if (this.watchers[side] !== watcher) return;
    this.#renew();
    this.watchers[side] = null;
    this.watchers[otherSide(side)]?.peer('away');
    this.#storage.left(this);
  }

  /** Somebody is or was there, so it lapses later. It is due no later than before: whoever looks then finds out when it is next. */
  #renew(): void {
    const { record } = this;
    const untilMs = this.#storage.now() + relayLimits.lapseMs;
    if (!record || !mayLapse(record) || untilMs - record.untilMs < relayLimits.lapseStepMs) return;
    this.record = { ...record, untilMs };
    this.#write(channelKey(this.id), encode(channelRecord, this.record));
  }

  #presence(side: Side): Presence {
    if (side === 'joiner' && this.record?.joinerKey === null) return 'awaited';
    return this.watchers[side] ? 'here' : 'away';
  }

  #mailbox(side: Side): Mailbox {
    const mailbox =
      this.#mailboxes[side] ?? new Mailbox(new ChannelMessages(this.#storage, this, side), this.#storage.floor);
    this.#mailboxes[side] = mailbox;
    return mailbox;
  }

  #markDue(dueMs: number): void {
    if (dueMs >= this.#dueMs) return;
    this.#dueMs = dueMs;
    this.#write(dueKey(dueMs, this.id), nothing).catch(() => {
      this.#dueMs = Number.POSITIVE_INFINITY;
    });
  }

  #write(key: Uint8Array, value: Uint8Array | null): Promise<void> {
    return this.#storage.write(this, key, value);
  }
}

function mayLapse({ state, joinerKey }: ChannelRecord): boolean {
  return joinerKey !== null && state !== 'closed';
}
