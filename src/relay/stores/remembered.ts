import { relayLimits } from '../limits.ts';
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

type GoneMessage = Omit<RememberedMessage, 'state'>;

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
/** What was taken back, as it could not be stored. */
const states = { none: 0, received: 1, replaced: 2 } as const;
/** Few enough that writing a page anew for each message is cheap, and enough that it is seldom a new record. */
const entriesPerPage = 16;
const mostPages = relayLimits.rememberedMessages / entriesPerPage;

/** Some messages that are gone, in the order of their going, as they lie in the storage. */
class Page implements LateRecord {
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
    return entry < this.count && this.#bytes[at] !== states.none;
  }

  /** An entry; null for one that was taken back. */
  at(entry: number): RememberedMessage | null {
    const at = entry * entryBytes;
    const state = this.#bytes[at];
    if (state === states.none) return null;
    return {
      state: state === states.received ? 'received' : 'replaced',
      seq: this.#bytes.readUIntBE(at + places.seq, 6),
      expiresMs: this.#bytes.readUIntBE(at + places.expires, 6),
      id: nameAt(this.#bytes, at + places.id),
    };
  }

  takeBack(entry: number): void {
    this.#bytes[entry * entryBytes] = states.none;
  }

  /** Those that were not taken back. */
  *[Symbol.iterator](): Generator<RememberedMessage> {
    for (let entry = 0; entry < this.count; entry++) {
      const message = this.at(entry);
      if (message) yield message;
    }
  }

  /** The numbers of those that were not taken back. */
  seqs(): number[] {
    const seqs: number[] = [];
    for (let entry = 0; entry < this.count; entry++) {
      const at = entry * entryBytes;
      if (this.#bytes[at] !== states.none) seqs.push(this.#bytes.readUIntBE(at + places.seq, 6));
    }
    return seqs;
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

function headOf(id: string): number {
  return ((id.charCodeAt(0) << 24) | (id.charCodeAt(1) << 16) | (id.charCodeAt(2) << 8) | id.charCodeAt(3)) >>> 0;
}

/**
 * The last messages of one mailbox that are gone, by pages: as a record each they would be most of what the storage
 * writes, and as an object each most of what the collector looks at.
 */
export class Remembered {
  readonly #records: PageRecords;
  readonly #pages: Page[] = [];
  /** Of the page that was last begun. None comes again: what is written later of one that is gone must not be of another. */
  #lastNumber = -1;
  /** The first four bytes of each id, a page's at its number's place: to look through few cache lines for one. */
  readonly #heads = new Uint32Array(mostPages * entriesPerPage);

  constructor(records: PageRecords) {
    this.#records = records;
  }

  /** A page that is in the storage, in the order of their numbers. */
  load(number: number, value: Uint8Array): void {
    const page = new Page(this.#records, number, value);
    this.#pages.push(page);
    this.#lastNumber = number;
    for (let entry = 0; entry < page.count; entry++) {
      const message = page.at(entry);
      if (message) this.#heads[this.#place(page, entry)] = headOf(message.id);
    }
  }

  /** The longest known have to go for it. */
  add(message: GoneMessage, state: RememberedMessage['state']): void {
    let page = this.#pages.at(-1);
    if (!page || page.isFull) {
      if (this.#pages.length >= mostPages) this.#dropFirst();
      page = new Page(this.#records, ++this.#lastNumber, null);
      this.#pages.push(page);
    }
    this.#heads[this.#place(page, page.count)] = headOf(message.id);
    page.add(message, state);
    this.#records.save(page);
  }

  /** The message with this id, unless it has expired. */
  find(id: string, nowMs: number): RememberedMessage | null {
    const found = this.#find(id);
    const message = found?.page.at(found.entry);
    return message && message.expiresMs > nowMs ? message : null;
  }

  takeBack(id: string): void {
    const found = this.#find(id);
    if (!found) return;
    found.page.takeBack(found.entry);
    this.#records.save(found.page);
  }

  /** Forgets pages that have expired as a whole, and gives the numbers of their messages. */
  expire(nowMs: number): number[] {
    const forgotten: number[] = [];
    while (this.nextExpiryMs() <= nowMs) forgotten.push(...this.#dropFirst());
    return forgotten;
  }

  /** When the next page expires, ms since 1970; Infinity when there is none. */
  nextExpiryMs(): number {
    return this.#pages[0]?.untilMs ?? Number.POSITIVE_INFINITY;
  }

  *[Symbol.iterator](): Generator<RememberedMessage> {
    for (const page of this.#pages) yield* page;
  }

  clear(): void {
    while (this.#pages.length > 0) this.#dropFirst();
  }

  #find(id: string): { page: Page; entry: number } | null {
    const head = headOf(id);
    const heads = this.#heads;
    for (let place = heads.indexOf(head); place >= 0; place = heads.indexOf(head, place + 1)) {
      const entry = place % entriesPerPage;
      const page = this.#pages.find((each) => this.#place(each, entry) === place && each.has(entry, id));
      if (page) return { page, entry };
    }
    return null;
  }

  #place({ number }: Page, entry: number): number {
    return (number % mostPages) * entriesPerPage + entry;
  }

  #dropFirst(): number[] {
    const page = this.#pages.shift() as Page;
    page.isDropped = true;
    this.#records.save(page);
    return page.seqs();
  }
}
