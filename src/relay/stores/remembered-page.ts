import { nameAt, writeName } from '../name.ts';
import { type LateRecord, noValue } from './records.ts';

/** What is known of a message that is gone. */
export interface RememberedMessage {
  readonly seq: number;
  /** Of 16 bytes, as a name. */
  readonly id: string;
  readonly expiresMs: number;
  readonly state: 'received' | 'replaced';
}

export type GoneMessage = Omit<RememberedMessage, 'state'>;

/** Where the pages of one mailbox are kept. */
export interface PageRecords {
  readonly keyBytes: number;
  writePageKey(number: number, into: Buffer, at: number): void;
  save(record: LateRecord): void;
  /** A write failed: it is written again as it is then, later. */
  retry(record: LateRecord): void;
}

/** One entry: state, number, expiry, id. */
const places = { state: 0, seq: 1, expires: 7, id: 13 } as const;
const entryBytes = 29;
const states = { received: 1, replaced: 2 } as const;
/** Few enough that writing a page anew for each message is cheap, and enough that it is seldom a new record. */
export const entriesPerPage = 16;

/** Some messages that are gone, in the order of their going, as they lie in the storage. */
export class RememberedPage implements LateRecord {
  readonly isAwaited = false;
  readonly number: number;
  count = 0;
  group: object | null = null;
  isDropped = false;
  /** Whether the storage has a record of it, as far as is known. */
  #isRecorded: boolean;
  readonly #records: PageRecords;
  readonly #bytes = Buffer.alloc(entriesPerPage * entryBytes);

  constructor(records: PageRecords, number: number, value: Uint8Array | null) {
    this.#records = records;
    this.number = number;
    this.#isRecorded = value !== null;
    if (value === null) return;
    this.count = Math.min(entriesPerPage, Math.floor(value.length / entryBytes));
    this.#bytes.set(value.subarray(0, this.count * entryBytes));
  }

  get isFull(): boolean {
    return this.count === entriesPerPage;
  }

  add({ seq, id, expiresMs }: GoneMessage, state: RememberedMessage['state']): void {
    const at = this.count++ * entryBytes;
    this.#bytes[at] = states[state];
    this.#bytes.writeUIntBE(seq, at + places.seq, 6);
    this.#bytes.writeUIntBE(expiresMs, at + places.expires, 6);
    writeName(id, this.#bytes, at + places.id);
  }

  has(entry: number, id: string): boolean {
    const at = entry * entryBytes;
    for (let byte = 0; byte < id.length; byte++) {
      if (this.#bytes[at + places.id + byte] !== id.charCodeAt(byte)) return false;
    }
    return entry < this.count;
  }

  at(entry: number): RememberedMessage {
    const at = entry * entryBytes;
    return {
      state: this.#bytes[at] === states.received ? 'received' : 'replaced',
      seq: this.#bytes.readUIntBE(at + places.seq, 6),
      expiresMs: this.#bytes.readUIntBE(at + places.expires, 6),
      id: nameAt(this.#bytes, at + places.id),
    };
  }

  *[Symbol.iterator](): Generator<RememberedMessage> {
    for (let entry = 0; entry < this.count; entry++) yield this.at(entry);
  }

  seqs(): number[] {
    return [...this].map(({ seq }) => seq);
  }

  /** When the last of them expires, ms since 1970. */
  get untilMs(): number {
    let untilMs = 0;
    for (let entry = 0; entry < this.count; entry++) {
      untilMs = Math.max(untilMs, this.#bytes.readUIntBE(entry * entryBytes + places.expires, 6));
    }
    return untilMs;
  }

  get keyBytes(): number {
    return this.#records.keyBytes;
  }

  writeKey(into: Buffer, at: number): void {
    this.#records.writePageKey(this.number, into, at);
  }

  size(): number {
    if (!this.isDropped) return this.count * entryBytes;
    return this.#isRecorded ? noValue.removed : noValue.unchanged;
  }

  writeValue(into: Buffer, at: number): void {
    this.#isRecorded = true;
    this.#bytes.copy(into, at, 0, this.count * entryBytes);
  }

  isNew(): boolean {
    return false;
  }

  written(isDurable: boolean): void {
    // Whoever waits for it waits for the message.
    if (!isDurable) this.#records.retry(this);
  }
}
