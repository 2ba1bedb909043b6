import { relayLimits } from '../limits.ts';
import {
  entriesPerPage,
  type GoneMessage,
  type PageRecords,
  type RememberedMessage,
  RememberedPage,
} from './remembered-page.ts';

const mostPages = relayLimits.rememberedMessages / entriesPerPage;

function headOf(id: string): number {
  return ((id.charCodeAt(0) << 24) | (id.charCodeAt(1) << 16) | (id.charCodeAt(2) << 8) | id.charCodeAt(3)) >>> 0;
}

/**
 * The last messages of one mailbox that are gone, by pages: as a record each they would be most of what the storage
 * writes, and as an object each most of what the collector looks at.
 */
export class Remembered {
  readonly #records: PageRecords;
  readonly #pages: RememberedPage[] = [];
  /** Of the page that was last begun. None comes again: what is written later of one that is gone must not be of another. */
  #lastNumber = -1;
  /** The first four bytes of each id, page after page: to look through few cache lines for one. As long as the pages need, at most twice. */
  #heads = new Uint32Array(entriesPerPage);

  constructor(records: PageRecords) {
    this.#records = records;
  }

  /** A page that is in the storage, in the order of their numbers. */
  load(number: number, value: Uint8Array): void {
    const page = new RememberedPage(this.#records, number, value);
    const from = this.#hold(page);
    this.#lastNumber = number;
    for (let entry = 0; entry < page.count; entry++) this.#heads[from + entry] = headOf(page.at(entry).id);
  }

  /** The longest known have to go for it. */
  add(message: GoneMessage, state: RememberedMessage['state']): void {
    let page = this.#pages.at(-1);
    if (!page || page.isFull) {
      if (this.#pages.length >= mostPages) this.#dropFirst();
      page = new RememberedPage(this.#records, ++this.#lastNumber, null);
      this.#hold(page);
    }
    this.#heads[(this.#pages.length - 1) * entriesPerPage + page.count] = headOf(message.id);
    page.add(message, state);
    this.#records.save(page);
  }

  /** The message with this id, unless it has expired. */
  find(id: string, nowMs: number): RememberedMessage | null {
    const message = this.#find(id);
    return message && message.expiresMs > nowMs ? message : null;
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

  #find(id: string): RememberedMessage | null {
    const head = headOf(id);
    const heads = this.#heads;
    for (let place = heads.indexOf(head); place >= 0; place = heads.indexOf(head, place + 1)) {
      const entry = place % entriesPerPage;
      const page = this.#pages[(place - entry) / entriesPerPage];
      if (page?.has(entry, id)) return page.at(entry);
    }
    return null;
  }

  /** Gives where the heads of this page begin. */
  #hold(page: RememberedPage): number {
    const from = this.#pages.length * entriesPerPage;
    this.#pages.push(page);
    if (from < this.#heads.length) return from;
    const heads = new Uint32Array(from * 2);
    heads.set(this.#heads);
    this.#heads = heads;
    return from;
  }

  #dropFirst(): number[] {
    const page = this.#pages.shift() as RememberedPage;
    this.#heads.copyWithin(0, entriesPerPage);
    page.isDropped = true;
    this.#records.save(page);
    return page.seqs();
  }
}
