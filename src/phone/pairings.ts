import { signal } from '@preact/signals';
import type { ErrorCode } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import type { Post, Sent } from '../relay-client/post.ts';
import { type Pairing, PairingBook } from '../vault/pairing-book.ts';
import { inTurn } from './in-turn.ts';
import type { PhoneParts } from './parts.ts';
import { forgetNews, loadNews, type News, newsRecord } from './storage/news.ts';

/** The relay says these of a mailbox that it will open a little later. */
const passing: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['too-many-requests', 'storage-full']);

const leavingPrefix = 'leaving:';

export interface PairingEntry {
  readonly pairing: string;
  /** What the browser calls itself. */
  readonly browser: string;
  /** ms since 1970. */
  readonly pairedAt: number;
  /** Why the relay will have no more of it; only the relay's word, so the keys are kept. */
  readonly ended: ErrorCode | null;
}

/** The browsers that this phone is paired with. */
export class Pairings {
  readonly entries = signal<readonly PairingEntry[]>([]);
  readonly news = signal<News | null>(null);
  readonly #parts: PhoneParts;
  readonly #book: PairingBook;
  readonly #post: () => Promise<Post>;
  readonly #inTurn = inTurn();
  /** Unpaired here, and the browser is still to be told. */
  readonly #leaving = new Set<string>();

  constructor(parts: PhoneParts, post: () => Promise<Post>) {
    this.#parts = parts;
    this.#book = new PairingBook(parts.vault);
    this.#post = post;
  }

  /** Reads what is stored; gives whom to listen to. Throws `key-storage-broken` or `malformed-message`. */
  async load(): Promise<Pairing[]> {
    const { vault } = this.#parts;
    const pairings = await this.#book.all();
    for (const [name] of await vault.entries(leavingPrefix)) this.#leaving.add(name.slice(leavingPrefix.length));
    this.news.value = await loadNews(vault);
    this.entries.value = pairings.filter(({ pairing }) => !this.#leaving.has(pairing)).map(entryOf);
    return pairings;
  }

  /** Goes on with what was left undone. */
  async resume(): Promise<void> {
    for (const pairing of this.#leaving) await this.#sayGoodbye(pairing);
  }

  /** Undefined for one that is not confirmed, or no more. */
  find(pairing: string): PairingEntry | undefined {
    return this.entries.value.find((entry) => entry.pairing === pairing);
  }

  async add(pairing: Pairing): Promise<void> {
    await this.#book.add(pairing);
    await this.tell({ what: 'paired', browser: pairing.peerName });
    this.entries.value = [...this.entries.value.filter((entry) => entry.pairing !== pairing.pairing), entryOf(pairing)];
  }

  async tell(news: News): Promise<void> {
    await this.#parts.vault.set(newsRecord(news));
    this.news.value = news;
  }

  async dismissNews(): Promise<void> {
    this.news.value = null;
    await forgetNews(this.#parts.vault);
  }

  /** Ends a pairing from here: the browser is told as soon as the relay can be reached, then the keys are deleted. */
  unpair(pairing: string): Promise<void> {
    return this.#inTurn(async () => {
      const entry = this.find(pairing);
      if (!entry) return;
      const news: News = { what: 'unpaired-here', browser: entry.browser };
      await this.#parts.vault.set({ [leavingPrefix + pairing]: {}, ...newsRecord(news) });
      this.#leaving.add(pairing);
      this.news.value = news;
      this.#drop(entry);
      if (entry.ended) await this.#forget(pairing, false);
      else await this.#sayGoodbye(pairing);
    });
  }

  /** The browser has ended the pairing. */
  unpaired(pairing: string): Promise<void> {
    return this.#inTurn(async () => {
      const entry = this.find(pairing);
      if (!entry) return;
      await this.tell({ what: 'unpaired-there', browser: entry.browser });
      this.#drop(entry);
      await this.#forget(pairing, false);
    });
  }

  /** How far a message of ours has come; `null` when it never arrives. */
  async progress({ pairing }: Sent, step: 'stored' | 'received' | null): Promise<void> {
    if (step === 'received' || !this.#leaving.has(pairing)) return;
    await this.#inTurn(() => this.#forget(pairing, true));
  }

  async ended(pairing: string, code: ErrorCode): Promise<void> {
    if (passing.has(code)) return;
    if (this.#leaving.has(pairing)) await this.#inTurn(() => this.#forget(pairing, false));
    else this.#mark(pairing, code);
  }

  attached(pairing: string): void {
    this.#mark(pairing, null);
  }

  async #sayGoodbye(pairing: string): Promise<void> {
    const post = await this.#post();
    await post.begin(pairing, { kind: 'unpair' }, limits.messageLifeMs);
  }

  async #forget(pairing: string, close: boolean): Promise<void> {
    this.#leaving.delete(pairing);
    const post = await this.#post();
    await post.remove(pairing, close);
    await this.#book.remove(pairing);
    await this.#parts.vault.remove([leavingPrefix + pairing]);
  }

  #drop(gone: PairingEntry): void {
    this.entries.value = this.entries.value.filter((entry) => entry.pairing !== gone.pairing);
  }

  #mark(pairing: string, ended: ErrorCode | null): void {
    const marked = this.find(pairing);
    if (!marked || marked.ended === ended) return;
    this.entries.value = this.entries.value.map((entry) => (entry === marked ? { ...entry, ended } : entry));
  }
}

function entryOf({ pairing, peerName, pairedAt }: Pairing): PairingEntry {
  return { pairing, browser: peerName, pairedAt, ended: null };
}
