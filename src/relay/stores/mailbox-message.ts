import { relayLimits } from '../limits.ts';
import { messageBytes, writeMessage } from './layout.ts';
import type { Mailbox } from './mailbox.ts';
import type { Message, NewMessage } from './mailbox-store.ts';
import { type LateRecord, noValue } from './records.ts';

/** `mark`: its record is there for its number alone. `over`: nothing of it is to be left. */
type State = 'waiting' | 'received' | 'replaced' | 'mark' | 'over';

const nothing = new Uint8Array(0);

/** A message in memory: while it waits, and until its first write is durable. */
export class MailboxMessage implements LateRecord, Message {
  readonly seq: number;
  readonly id: string;
  readonly expiresMs: number;
  collapse: Uint8Array | null;
  state: State = 'waiting';
  group: object | null = null;
  /** What it took the place of, until it is durable itself. */
  replaced: MailboxMessage | null = null;
  /** Whether the storage has it whole, unless what removes it was written. */
  isStored: boolean;
  /** Until it is durable; from then on it is read where it lies, so that what waits long takes little memory. */
  #body: Uint8Array;
  /** Whether the storage has a record of it, as far as is known. */
  #isRecorded: boolean;
  /** Who put it, until its first write is done; null for one that was read from the storage. */
  #put: NewMessage | null;
  /** Who put the same meanwhile. */
  #repeats: NewMessage[] | null = null;
  readonly #mailbox: Mailbox;

  private constructor(
    mailbox: Mailbox,
    { id, expiresMs, collapse }: Pick<NewMessage, 'id' | 'expiresMs' | 'collapse'>,
    seq: number,
    put: NewMessage | null,
  ) {
    this.#mailbox = mailbox;
    this.seq = seq;
    this.id = id;
    this.expiresMs = expiresMs;
    this.collapse = collapse;
    this.#body = put?.body ?? nothing;
    this.#isRecorded = put === null;
    this.isStored = put === null;
    this.#put = put;
  }

  static put(mailbox: Mailbox, message: NewMessage, seq: number): MailboxMessage {
    return new MailboxMessage(mailbox, message, seq, message);
  }

  /** One of which the storage has a record. */
  static recorded(
    mailbox: Mailbox,
    message: Pick<NewMessage, 'id' | 'expiresMs' | 'collapse'>,
    seq: number,
  ): MailboxMessage {
    return new MailboxMessage(mailbox, message, seq, null);
  }

  /** Whether its first write is under way. */
  get isPending(): boolean {
    return this.#put !== null;
  }

  get body(): Uint8Array {
    return this.state === 'waiting' && !this.isPending ? this.#mailbox.records.body(this.seq) : this.#body;
  }

  /** It waits no more, and has no body. */
  end(state: State): void {
    if (state === 'received') this.#put?.received();
    this.state = state;
    this.#body = nothing;
    this.collapse = null;
  }

  /** It waits again, under the same key: what took its place could not be made durable, and neither could that it is gone. */
  restore(collapse: Uint8Array | null): void {
    this.state = 'waiting';
    this.collapse = collapse;
  }

  /** The same was put again: whoever did is told with the first, or at once. */
  repeated(put: NewMessage): void {
    if (!this.isPending) this.#tell(put, true);
    else if (this.#repeats) this.#repeats.push(put);
    else this.#repeats = [put];
  }

  get keyBytes(): number {
    return this.#mailbox.records.keyBytes;
  }

  writeKey(into: Buffer, at: number): void {
    this.#mailbox.records.writeKey(this.seq, into, at);
  }

  /** Whoever put it waits for its first write, and nobody for what is written of it afterwards. */
  get isAwaited(): boolean {
    return this.isPending && this.state === 'waiting';
  }

  isNew(): boolean {
    return !this.#isRecorded;
  }

  size(): number {
    if (this.state === 'waiting') return this.isPending ? messageBytes(this.collapse, this.#body) : noValue.unchanged;
    if (this.state === 'mark') return messageBytes(null, nothing);
    return this.#isRecorded ? noValue.removed : noValue.unchanged;
  }

  writeValue(into: Buffer, at: number): void {
    this.#isRecorded = true;
    const state = this.state === 'mark' ? 'mark' : 'waiting';
    writeMessage(state, this.id, this.expiresMs, this.collapse, this.#body, into, at);
  }

  written(isDurable: boolean): void {
    const put = this.#put;
    if (!put) {
      if (!isDurable) this.#mailbox.records.retry(this);
      return;
    }
    const repeats = this.#repeats;
    this.#put = null;
    this.#repeats = null;
    this.#body = nothing;
    this.isStored = isDurable && this.#isRecorded;
    if (isDurable) this.replaced = null;
    this.#mailbox.settle(this, isDurable);
    // What waits no more nobody need say again, or be woken for.
    const isGone = this.state === 'received' || this.state === 'replaced';
    const isKept = isDurable || isGone;
    this.#tell(put, isKept);
    if (repeats) for (const repeat of repeats) this.#tell(repeat, isKept);
  }

  #tell(put: NewMessage, isKept: boolean): void {
    if (isKept) put.stored(this.seq, this.state === 'waiting', this.#mailbox.isHere);
    else put.refused('storage-full', relayLimits.storageRetryMs);
  }
}
