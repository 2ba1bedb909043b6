import { limits } from '../../core/limits.ts';
import { name } from '../name.ts';
import { MailboxMessage } from './mailbox-message.ts';
import type { NewMessage } from './mailbox-store.ts';
import type { LateRecord } from './records.ts';
import { Remembered } from './remembered.ts';
import type { PageRecords, RememberedMessage } from './remembered-page.ts';

/** A message as it lies in the storage. */
export interface StoredMessage {
  readonly seq: number;
  readonly state: 'waiting' | 'mark';
  readonly id: string;
  readonly expiresMs: number;
  readonly collapse: Uint8Array | null;
}

/** Where the messages of one mailbox are kept, and who has it open. */
export interface MessageRecords extends PageRecords {
  /** In the order of their numbers. */
  load(): Iterable<StoredMessage>;
  pages(): Iterable<{ number: number; value: Uint8Array }>;
  writeKey(seq: number, into: Buffer, at: number): void;
  /** The body of one that was written. */
  body(seq: number): Uint8Array;
  save(record: LateRecord): void;
  /** Whether somebody has the mailbox open. */
  readonly isHere: boolean;
  /** One was acknowledged: the other side is told. */
  received(id: string): void;
  /** One expired that nobody had acknowledged. */
  expired(): void;
}

const noId = name(new Uint8Array(16));

/** One mailbox as it is in memory while it is in use. */
export class Mailbox {
  /** The last number that was given out. */
  lastSeq: number;
  readonly records: MessageRecords;
  /** Waiting or not yet durable, in the order of their numbers. Few, so that a map would cost more than to look through them. */
  readonly #current: MailboxMessage[] = [];
  /** How many of them wait. */
  #waiting = 0;
  /** Received or replaced; null while there are none. */
  #remembered: Remembered | null = null;
  /** Whose record is there only so that its number is not given out again; null for none. */
  #mark: MailboxMessage | null = null;

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
      if (message.state === 'mark') {
        // A crash may have left one that was to go.
        this.#dropMark();
        this.#mark = this.#markOf(message.seq);
      } else this.#add(MailboxMessage.recorded(this, message, message.seq));
    }
  }

  get isHere(): boolean {
    return this.records.isHere;
  }

  /** A message that is waiting or on its way to the storage. */
  current(id: string): MailboxMessage | undefined {
    return this.#current.find((message) => message.id === id);
  }

  /** A message that is gone, while it is remembered. */
  remembered(id: string, nowMs: number): RememberedMessage | null {
    return this.#remembered?.find(id, nowMs) ?? null;
  }

  /** What is to be delivered after number `since`, oldest first. */
  *after(since: number, nowMs: number): Generator<MailboxMessage> {
    for (const message of this.#current) {
      if (message.state === 'waiting' && message.seq > since && message.expiresMs > nowMs) yield message;
    }
  }

  /** Ids of messages that were acknowledged and are not yet expired. */
  *received(nowMs: number): Generator<string> {
    for (const { state, expiresMs, id } of this.#remembered ?? []) {
      if (state === 'received' && expiresMs > nowMs) yield id;
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
    const kept = MailboxMessage.put(this, message, ++this.lastSeq);
    kept.replaced = replaced ?? null;
    this.#add(kept);
    this.records.save(kept);
    this.#dropMark();
    return kept;
  }

  /** The first write of a message is done. One that waits and could not be made durable is taken back, and what it replaced waits again; one that is gone stays remembered. */
  settle(message: MailboxMessage, isDurable: boolean): void {
    const isWaiting = message.state === 'waiting';
    if ((isDurable && isWaiting) || !this.#remove(message) || !isWaiting) return;
    const { collapse } = message;
    this.#waiting--;
    this.#forget(message);
    this.#restore(message.replaced, collapse);
  }

  /** All up to this number; the other side is told of each, in order. */
  acknowledge(seq: number): void {
    for (let at = 0; at < this.#current.length; ) {
      const message = this.#current[at] as MailboxMessage;
      if (message.seq > seq) break;
      if (message.state === 'waiting') {
        this.#end(message, 'received');
        this.records.received(message.id);
      }
      if (this.#current[at] === message) at++;
    }
  }

  expire(nowMs: number): void {
    for (const message of [...this.#current]) {
      if (message.expiresMs > nowMs || message.isPending) continue;
      this.#remove(message);
      this.#waiting--;
      this.records.expired();
      this.#forget(message);
    }
    if (this.#remembered?.expire(nowMs).includes(this.lastSeq)) {
      this.#mark = this.#markOf(this.lastSeq);
      this.records.save(this.#mark);
    }
  }

  /** When the next of what waits expires, ms since 1970; Infinity when nothing does. */
  nextExpiryMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { expiresMs } of this.#current) next = Math.min(next, expiresMs);
    return next;
  }

  /** When `expire` next has something to do, ms since 1970; Infinity for never. */
  nextDueMs(): number {
    return Math.min(this.nextExpiryMs(), this.#remembered?.nextExpiryMs() ?? Number.POSITIVE_INFINITY);
  }

  /** Removes everything. */
  clear(): void {
    for (const message of this.#current) this.#drop(message);
    this.#remembered?.clear();
    this.#dropMark();
    this.#current.length = 0;
    this.#waiting = 0;
  }

  #sameCollapse(collapse: Uint8Array | null): MailboxMessage | undefined {
    if (collapse === null) return undefined;
    const wanted = name(collapse);
    for (const message of this.#current) {
      if (message.collapse !== null && name(message.collapse) === wanted) return message;
    }
    return undefined;
  }

  /** It is remembered at once, and known as current until its first write is done. */
  #end(message: MailboxMessage, state: RememberedMessage['state']): void {
    message.end(state);
    this.#waiting--;
    this.records.save(message);
    if (!message.isPending) this.#remove(message);
    this.#remembered ??= new Remembered(this.records);
    this.#remembered.add(message, state);
  }

  #add(message: MailboxMessage): void {
    this.#current.push(message);
    this.#waiting++;
  }

  /** What a message was to take the place of waits again; of several that did so one after the other, the last that the storage has. */
  #restore(replaced: MailboxMessage | null, collapse: Uint8Array | null): void {
    let stored = replaced;
    while (stored && !stored.isStored) stored = stored.replaced;
    if (stored?.state !== 'replaced') return;
    stored.restore(collapse);
    const { seq } = stored;
    const later = this.#current.findIndex((message) => message.seq > seq);
    this.#current.splice(later < 0 ? this.#current.length : later, 0, stored);
    this.#waiting++;
  }

  /** Whether it was there. */
  #remove(message: MailboxMessage): boolean {
    const at = this.#current.indexOf(message);
    if (at >= 0) this.#current.splice(at, 1);
    return at >= 0;
  }

  #forget(message: MailboxMessage): void {
    const isLast = message.seq === this.lastSeq;
    message.end(isLast ? 'mark' : 'over');
    this.records.save(message);
    if (isLast) this.#mark = message;
  }

  #drop(message: MailboxMessage): void {
    message.end('over');
    this.records.save(message);
  }

  #dropMark(): void {
    if (this.#mark) this.#drop(this.#mark);
    this.#mark = null;
  }

  #markOf(seq: number): MailboxMessage {
    const mark = MailboxMessage.recorded(this, { id: noId, expiresMs: 0, collapse: null }, seq);
    mark.end('mark');
    return mark;
  }
}
