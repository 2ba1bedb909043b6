import { limits } from '../../core/limits.ts';
import { relayLimits } from '../limits.ts';
import { name } from '../name.ts';
import type { MessageRecord } from './layout.ts';
import type { NewMessage, Put } from './mailbox-store.ts';

export interface MailboxMessage extends MessageRecord {
  readonly seq: number;
  /** What its sender is going to hear, until that is known. */
  pending: Promise<Put> | null;
}

/** Where the messages of one mailbox are kept. */
export interface MessageRecords {
  /** In the order of their numbers. */
  load(): Iterable<MailboxMessage>;
  keep(message: MailboxMessage): Promise<void>;
  drop(seq: number): void;
  /** One expired that nobody had acknowledged. */
  expired(): void;
}

const nothing = new Uint8Array(0);
/** Most mailboxes are empty most of the time: they share this instead of having two of their own. Never written to. */
const noMessages = new Map<string, MailboxMessage>();
const noId = new Uint8Array(16);

/** One mailbox as it is in memory while it is in use. */
export class Mailbox {
  /** The last number that was given out. */
  lastSeq: number;
  readonly #records: MessageRecords;
  /** By id, in the order of their numbers. */
  #waiting = noMessages;
  /** Received or replaced: by id, the longest known first. */
  #remembered = noMessages;
  /** A record that is there only so that its number is not given out again; 0 for none. */
  #mark = 0;

  /** Numbers that were given out but not made durable before a crash must not come again: `floor` is above them. */
  constructor(records: MessageRecords, floor: number) {
    this.#records = records;
    this.lastSeq = floor;
    for (const message of records.load()) {
      this.lastSeq = Math.max(this.lastSeq, message.seq);
      if (message.state === 'mark') this.#mark = message.seq;
      else if (message.state === 'waiting') this.#addWaiting(message);
      else this.#addRemembered(message);
    }
  }

  /** A message that was put before, while it is remembered. */
  find(id: Uint8Array): MailboxMessage | undefined {
    const key = name(id);
    return this.#waiting.get(key) ?? this.#remembered.get(key);
  }

  /** What is to be delivered after number `since`, oldest first. */
  *after(since: number, nowMs: number): Generator<MailboxMessage> {
    for (const message of this.#waiting.values()) {
      if (message.seq > since && message.expiresMs > nowMs) yield message;
    }
  }

  /** Ids of messages that were acknowledged and are not yet expired. */
  *received(nowMs: number): Generator<Uint8Array> {
    for (const message of this.#remembered.values()) {
      if (message.state === 'received' && message.expiresMs > nowMs) yield message.id;
    }
  }

  /** Whether one more has room. What would be replaced makes room. */
  isFull(collapse: Uint8Array | null, nowMs: number): boolean {
    if (this.#waiting.size < limits.waitingMessages) return false;
    this.expire(nowMs);
    return this.#waiting.size >= limits.waitingMessages && !this.#sameCollapse(collapse);
  }

  put(message: NewMessage): { kept: MailboxMessage; durable: Promise<void> } {
    const replaced = this.#sameCollapse(message.collapse);
    if (replaced) this.#remember(replaced, 'replaced');
    const seq = ++this.lastSeq;
    const kept: MailboxMessage = { ...message, state: 'waiting', seq, pending: null };
    this.#addWaiting(kept);
    const durable = this.#records.keep(kept);
    if (this.#mark !== 0) {
      this.#records.drop(this.#mark);
      this.#mark = 0;
    }
    return { kept, durable };
  }

  /** Takes back what could not be made durable. */
  retract(message: MailboxMessage): void {
    const key = name(message.id);
    for (const messages of [this.#waiting, this.#remembered]) {
      if (messages.get(key) === message) messages.delete(key);
    }
    this.#forget(message);
  }

  /** Gives what was acknowledged by this, in order. */
  acknowledge(seq: number): MailboxMessage[] {
    const acknowledged: MailboxMessage[] = [];
    for (const message of this.#waiting.values()) {
      if (message.seq > seq) break;
      acknowledged.push(message);
    }
    for (const message of acknowledged) this.#remember(message, 'received');
    return acknowledged;
  }

  expire(nowMs: number): void {
    for (const messages of [this.#waiting, this.#remembered]) {
      for (const [key, message] of messages) {
        if (message.expiresMs > nowMs) continue;
        messages.delete(key);
        if (message.state === 'waiting') this.#records.expired();
        this.#forget(message);
      }
    }
  }

  /** When the next of its messages expires, ms since 1970; Infinity when it has none. */
  nextExpiryMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const messages of [this.#waiting, this.#remembered]) {
      for (const { expiresMs } of messages.values()) next = Math.min(next, expiresMs);
    }
    return next;
  }

  /** Removes everything. */
  clear(): void {
    for (const { seq } of [...this.#waiting.values(), ...this.#remembered.values()]) this.#records.drop(seq);
    if (this.#mark !== 0) this.#records.drop(this.#mark);
    this.#waiting.clear();
    this.#remembered.clear();
    this.#mark = 0;
  }

  #sameCollapse(collapse: Uint8Array | null): MailboxMessage | undefined {
    if (collapse === null) return undefined;
    const wanted = name(collapse);
    for (const message of this.#waiting.values()) {
      if (message.collapse !== null && name(message.collapse) === wanted) return message;
    }
    return undefined;
  }

  #remember(message: MailboxMessage, state: 'received' | 'replaced'): void {
    this.#waiting.delete(name(message.id));
    message.state = state;
    message.body = nothing;
    message.collapse = null;
    this.#addRemembered(message);
    this.#records.keep(message);
    const [oldest] = this.#remembered.values();
    if (this.#remembered.size > relayLimits.rememberedMessages && oldest) {
      this.#remembered.delete(name(oldest.id));
      this.#forget(oldest);
    }
  }

  #addWaiting(message: MailboxMessage): void {
    if (this.#waiting === noMessages) this.#waiting = new Map();
    this.#waiting.set(name(message.id), message);
  }

  #addRemembered(message: MailboxMessage): void {
    if (this.#remembered === noMessages) this.#remembered = new Map();
    this.#remembered.set(name(message.id), message);
  }

  #forget({ seq }: MailboxMessage): void {
    if (seq !== this.lastSeq) {
      this.#records.drop(seq);
      return;
    }
    this.#mark = seq;
    this.#records.keep({ state: 'mark', seq, id: noId, expiresMs: 0, collapse: null, body: nothing, pending: null });
  }
}
