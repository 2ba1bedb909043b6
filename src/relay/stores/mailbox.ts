import { limits } from '../../core/limits.ts';
import { name } from '../name.ts';
import type { MessageRecord } from './layout.ts';
import type { NewMessage } from './mailbox-store.ts';
import type { LateRecord } from './records.ts';
import { type PageRecords, Remembered, type RememberedMessage } from './remembered.ts';

/** A message as it lies in the storage. */
export interface StoredMessage extends MessageRecord {
  readonly seq: number;
}

/** Where the messages of one mailbox are kept. */
export interface MessageRecords extends PageRecords {
  /** In the order of their numbers. */
  load(): Iterable<StoredMessage>;
  pages(): Iterable<{ number: number; value: Uint8Array }>;
  key(seq: number): Uint8Array;
  /** The body of one that was written. */
  body(seq: number): Uint8Array;
  encode(message: MessageRecord): Uint8Array;
  drop(seq: number): void;
  /** One expired that nobody had acknowledged. */
  expired(): void;
}

type State = StoredMessage['state'] | RememberedMessage['state'] | 'over';

const nothing = new Uint8Array(0);
/** Most mailboxes are empty most of the time: they share this instead of having their own. Never written to. */
const noMessages = new Map<string, MailboxMessage>();
const noId = new Uint8Array(16);

/** A message in memory: while it waits, and until its first write is durable. */
export class MailboxMessage implements LateRecord {
  readonly seq: number;
  /** Its id as a name. */
  readonly name: string;
  readonly id: Uint8Array;
  readonly expiresMs: number;
  collapse: Uint8Array | null;
  state: State = 'waiting';
  group: object | null = null;
  /** Whether its first write is under way. */
  isPending: boolean;
  /** Who is told when that write is done. */
  #waiters: ((isDurable: boolean) => void)[] | null = null;
  /** Until it is durable; from then on it is read where it lies, so that what waits long takes little memory. */
  #body: Uint8Array;
  /** Whether the storage has a record of it, as far as is known. */
  #isRecorded: boolean;
  readonly #mailbox: Mailbox;

  constructor(mailbox: Mailbox, { id, expiresMs, collapse, body }: NewMessage, seq: number, isPending: boolean) {
    this.#mailbox = mailbox;
    this.#isRecorded = !isPending;
    this.seq = seq;
    this.id = id;
    this.name = name(id);
    this.expiresMs = expiresMs;
    this.collapse = collapse;
    this.#body = isPending ? body : nothing;
    this.isPending = isPending;
  }

  get body(): Uint8Array {
    return this.state === 'waiting' && !this.isPending ? this.#mailbox.records.body(this.seq) : this.#body;
  }

  /** It waits no more, and has no body. */
  end(state: State): void {
    this.state = state;
    this.#body = nothing;
    this.collapse = null;
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

  value(): Uint8Array | null | undefined {
    const { state, id, expiresMs, collapse } = this;
    if (state !== 'waiting' && state !== 'mark') return this.#isRecorded ? null : undefined;
    this.#isRecorded = true;
    return this.#mailbox.records.encode({ state, id, expiresMs, collapse, body: this.#body });
  }

  written(isDurable: boolean): void {
    if (!this.isPending) return;
    this.isPending = false;
    this.#body = nothing;
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
  /** Received or replaced; null while there are none. */
  #remembered: Remembered | null = null;
  /** A record that is there only so that its number is not given out again; 0 for none. */
  #mark = 0;

  /** Numbers that were given out but not made durable before a crash must not come again: `floor` is above them. */
  constructor(records: MessageRecords, floor: number) {
    this.records = records;
    this.lastSeq = floor;
    for (const { number, value } of records.pages()) {
      this.#remembered ??= new Remembered(records);
      this.#remembered.load(number, value);
    }
    for (const { seq } of this.#remembered ?? []) this.lastSeq = Math.max(this.lastSeq, seq);
    for (const message of records.load()) {
      this.lastSeq = Math.max(this.lastSeq, message.seq);
      if (message.state === 'mark') this.#mark = message.seq;
      else this.#add(new MailboxMessage(this, message, message.seq, false));
    }
  }

  /** A message that is waiting or on its way to the storage. */
  current(id: Uint8Array): MailboxMessage | undefined {
    return this.#current.get(name(id));
  }

  /** A message that is gone, while it is remembered. */
  remembered(id: Uint8Array, nowMs: number): RememberedMessage | null {
    return this.#remembered?.find(id, nowMs) ?? null;
  }

  /** What is to be delivered after number `since`, oldest first. */
  *after(since: number, nowMs: number): Generator<MailboxMessage> {
    for (const message of this.#current.values()) {
      if (message.state === 'waiting' && message.seq > since && message.expiresMs > nowMs) yield message;
    }
  }

  /** Ids of messages that were acknowledged and are not yet expired. */
  *received(nowMs: number): Generator<Uint8Array> {
    for (const { state, expiresMs, id } of this.#remembered ?? []) {
      if (state === 'received' && expiresMs > nowMs && !this.#current.has(name(id))) yield id;
    }
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

  /** The first write of a message is done; it is taken back when it could not be made durable. */
  settle(message: MailboxMessage, isDurable: boolean): void {
    const { state, id } = message;
    if ((isDurable && state === 'waiting') || this.#current.get(message.name) !== message) return;
    this.#current.delete(message.name);
    if (isDurable) return;
    if (state === 'waiting') this.#waiting--;
    else this.#remembered?.takeBack(id);
    this.#forget(message);
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
    for (const message of this.#current.values()) {
      if (message.expiresMs > nowMs || message.isPending) continue;
      this.#current.delete(message.name);
      this.#waiting--;
      this.records.expired();
      this.#forget(message);
    }
    if (this.#remembered?.expire(nowMs).includes(this.lastSeq)) this.#keepMark();
  }

  /** When the next of what waits expires, ms since 1970; Infinity when nothing does. */
  nextExpiryMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { expiresMs } of this.#current.values()) next = Math.min(next, expiresMs);
    return next;
  }

  /** When `expire` next has something to do, ms since 1970; Infinity for never. */
  nextDueMs(): number {
    return Math.min(this.nextExpiryMs(), this.#remembered?.nextExpiryMs() ?? Number.POSITIVE_INFINITY);
  }

  /** Removes everything. */
  clear(): void {
    for (const { seq } of this.#current.values()) this.records.drop(seq);
    this.#remembered?.clear();
    if (this.#mark !== 0) this.records.drop(this.#mark);
    this.#current = noMessages;
    this.#waiting = 0;
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

  /** It is remembered at once, and known as current until its first write is done. */
  #end(message: MailboxMessage, state: RememberedMessage['state']): void {
    const { seq, id, expiresMs } = message;
    message.end(state);
    this.#waiting--;
    this.records.save(message);
    if (!message.isPending) this.#current.delete(message.name);
    this.#remembered ??= new Remembered(this.records);
    this.#remembered.add({ seq, id, expiresMs, state });
  }

  #add(message: MailboxMessage): void {
    if (this.#current === noMessages) this.#current = new Map();
    this.#current.set(message.name, message);
    this.#waiting++;
  }

  #forget(message: MailboxMessage): void {
    message.end('over');
    this.records.save(message);
    if (message.seq === this.lastSeq) this.#keepMark();
  }

  #keepMark(): void {
    this.#mark = this.lastSeq;
    const mark = { id: noId, expiresMs: 0, collapse: null, body: nothing };
    const record = new MailboxMessage(this, mark, this.lastSeq, false);
    record.end('mark');
    this.records.save(record);
  }
}
