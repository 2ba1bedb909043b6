import { limits } from '../../core/limits.ts';
import { name } from '../name.ts';
import type { MessageRecord } from './layout.ts';
import type { NewMessage } from './mailbox-store.ts';
import type { LateRecord } from './records.ts';
import { Remembered } from './remembered.ts';

/** A message as it lies in the storage. */
export interface StoredMessage extends MessageRecord {
  readonly seq: number;
}

/** Where the messages of one mailbox are kept. */
export interface MessageRecords {
  /** In the order of their numbers. */
  load(): Iterable<StoredMessage>;
  key(seq: number): Uint8Array;
  encode(message: MessageRecord): Uint8Array;
  save(record: LateRecord): void;
  drop(seq: number): void;
  /** One expired that nobody had acknowledged. */
  expired(): void;
}

const nothing = new Uint8Array(0);
/** Most mailboxes are empty most of the time: they share these instead of having their own. Never written to. */
const noMessages = new Map<string, MailboxMessage>();
const noneRemembered = new Remembered();
const noId = new Uint8Array(16);

/** A message in memory: while it waits, and until its first write is durable. */
export class MailboxMessage implements LateRecord, StoredMessage {
  readonly seq: number;
  readonly id: Uint8Array;
  readonly expiresMs: number;
  collapse: Uint8Array | null;
  body: Uint8Array;
  state: StoredMessage['state'] = 'waiting';
  group: object | null = null;
  /** Whether its first write is under way. */
  isPending: boolean;
  /** Who is told when that write is done. */
  #waiters: ((isDurable: boolean) => void)[] | null = null;
  readonly #mailbox: Mailbox;

  constructor(mailbox: Mailbox, { id, expiresMs, collapse, body }: NewMessage, seq: number, isPending: boolean) {
    this.#mailbox = mailbox;
    this.seq = seq;
    this.id = id;
    this.expiresMs = expiresMs;
    this.collapse = collapse;
    this.body = body;
    this.isPending = isPending;
  }

  /** Calls back once its first write is done, or at once when it is. */
  whenWritten(then: (isDurable: boolean) => void): void {
    if (!this.isPending) then(true);
    else if (this.#waiters) this.#waiters.push(then);
    else this.#waiters = [then];
  }

  key(): Uint8Array {
    return this.#mailbox.records.key(this.seq);
  }

  value(): Uint8Array {
    return this.#mailbox.records.encode(this);
  }

  written(isDurable: boolean): void {
    if (!this.isPending) return;
    this.isPending = false;
    const waiters = this.#waiters;
    this.#waiters = null;
    this.#mailbox.settle(this, isDurable);
    if (waiters) for (const waiter of waiters) waiter(isDurable);
  }
}

/** One mailbox as it is in memory while it is in use. */
export class Mailbox {
  /** The last number that was given out. */
  lastSeq: number;
  readonly records: MessageRecords;
  /** Waiting or not yet durable: by id, in the order of their numbers. */
  #current = noMessages;
  /** How many of them wait. */
  #waiting = 0;
  /** Received or replaced. */
  #remembered = noneRemembered;
  /** A record that is there only so that its number is not given out again; 0 for none. */
  #mark = 0;

  /** Numbers that were given out but not made durable before a crash must not come again: `floor` is above them. */
  constructor(records: MessageRecords, floor: number) {
    this.records = records;
    this.lastSeq = floor;
    for (const message of records.load()) {
      this.lastSeq = Math.max(this.lastSeq, message.seq);
      const { state, seq, id, expiresMs } = message;
      if (state === 'mark') this.#mark = seq;
      else if (state === 'waiting') this.#add(new MailboxMessage(this, message, seq, false));
      else this.#remember({ seq, id, expiresMs, state });
    }
  }

  /** A message that is waiting or on its way to the storage. */
  current(id: Uint8Array): MailboxMessage | undefined {
    return this.#current.get(name(id));
  }

  /** The number of a message that is gone; 0 when it is not remembered. */
  rememberedSeq(id: Uint8Array): number {
    return this.#remembered.seqOf(id);
  }

  /** What is to be delivered after number `since`, oldest first. */
  *after(since: number, nowMs: number): Generator<MailboxMessage> {
    for (const message of this.#current.values()) {
      if (message.state === 'waiting' && message.seq > since && message.expiresMs > nowMs) yield message;
    }
  }

  /** Ids of messages that were acknowledged and are not yet expired. */
  *received(nowMs: number): Generator<Uint8Array> {
    for (const { state, expiresMs, id } of this.#remembered) if (state === 'received' && expiresMs > nowMs) yield id;
  }

  /** Whether one more has room. What would be replaced makes room. */
  isFull(collapse: Uint8Array | null, nowMs: number): boolean {
    if (this.#waiting < limits.waitingMessages) return false;
    this.expire(nowMs);
    return this.#waiting >= limits.waitingMessages && !this.#sameCollapse(collapse);
  }

  put(message: NewMessage): MailboxMessage {
    const replaced = this.#sameCollapse(message.collapse);
    if (replaced) this.#end(replaced, 'replaced');
    const kept = new MailboxMessage(this, message, ++this.lastSeq, true);
    this.#add(kept);
    this.records.save(kept);
    if (this.#mark !== 0) {
      this.records.drop(this.#mark);
      this.#mark = 0;
    }
    return kept;
  }

  /** The first write of a message is done: it is what it is, or is taken back when it could not be made durable. */
  settle(message: MailboxMessage, isDurable: boolean): void {
    const { state, seq, id, expiresMs } = message;
    if (isDurable && state === 'waiting') return;
    const key = name(id);
    if (this.#current.get(key) !== message) return;
    this.#current.delete(key);
    if (state === 'waiting') this.#waiting--;
    if (!isDurable) this.#forget(seq);
    else if (state !== 'mark') this.#remember({ seq, id, expiresMs, state: state as 'received' | 'replaced' });
  }

  /** Gives what was acknowledged by this, in order. */
  acknowledge(seq: number): MailboxMessage[] {
    const acknowledged: MailboxMessage[] = [];
    for (const message of this.#current.values()) {
      if (message.seq > seq) break;
      if (message.state === 'waiting') acknowledged.push(message);
    }
    for (const message of acknowledged) this.#end(message, 'received');
    return acknowledged;
  }

  expire(nowMs: number): void {
    for (const [key, message] of this.#current) {
      if (message.expiresMs > nowMs || message.isPending) continue;
      this.#current.delete(key);
      this.#waiting--;
      this.records.expired();
      this.#forget(message.seq);
    }
    for (const { seq } of this.#remembered.remove(({ expiresMs }) => expiresMs <= nowMs)) this.#forget(seq);
  }

  /** When the next of its messages expires, ms since 1970; Infinity when it has none. */
  nextExpiryMs(): number {
    let next = this.#remembered.nextExpiryMs();
    for (const { expiresMs } of this.#current.values()) next = Math.min(next, expiresMs);
    return next;
  }

  /** Removes everything. */
  clear(): void {
    for (const { seq } of this.#current.values()) this.records.drop(seq);
    for (const { seq } of this.#remembered) this.records.drop(seq);
    if (this.#mark !== 0) this.records.drop(this.#mark);
    this.#current = noMessages;
    this.#waiting = 0;
    this.#remembered = noneRemembered;
    this.#mark = 0;
  }

  #sameCollapse(collapse: Uint8Array | null): MailboxMessage | undefined {
    if (collapse === null) return undefined;
    const wanted = name(collapse);
    for (const message of this.#current.values()) {
      if (message.collapse !== null && name(message.collapse) === wanted) return message;
    }
    return undefined;
  }

  /** What is not yet durable is remembered when it is. */
  #end(message: MailboxMessage, state: 'received' | 'replaced'): void {
    message.state = state;
    message.body = nothing;
    message.collapse = null;
    this.#waiting--;
    this.records.save(message);
    if (message.isPending) return;
    const { seq, id, expiresMs } = message;
    this.#current.delete(name(id));
    this.#remember({ seq, id, expiresMs, state });
  }

  #add(message: MailboxMessage): void {
    if (this.#current === noMessages) this.#current = new Map();
    this.#current.set(name(message.id), message);
    this.#waiting++;
  }

  #remember(message: Parameters<Remembered['add']>[0]): void {
    if (this.#remembered === noneRemembered) this.#remembered = new Remembered();
    if (this.#remembered.isFull) this.#forget(this.#remembered.shift());
    this.#remembered.add(message);
  }

  #forget(seq: number): void {
    if (seq !== this.lastSeq) {
      this.records.drop(seq);
      return;
    }
    this.#mark = seq;
    const mark = new MailboxMessage(this, { id: noId, expiresMs: 0, collapse: null, body: nothing }, seq, false);
    mark.state = 'mark';
    this.records.save(mark);
  }
}
