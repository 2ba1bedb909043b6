import { signal } from '@preact/signals';
import { AppError, type ErrorCode } from '../core/errors.ts';
import { inTurn } from '../core/in-turn.ts';
import type { Post } from '../relay-client/post.ts';
import { labelOf, nameOf, type Pairing, PairingBook } from '../vault/pairing-book.ts';
import type { PhoneParts } from './parts.ts';
import { loadNews, type News, newsRecord, withNews } from './storage/news.ts';
import type { Unpairing } from './unpairing.ts';

/** When a browser is heard of again, it is stored no sooner than this after the last time, ms. */
const seenEveryMs = 5 * 60_000;
/** A pairing that was not used for so long, ms, is asked about before it goes on. */
export const unusedMs = 30 * 24 * 3_600_000;

export interface PairingEntry {
  readonly pairing: string;
  /** What the person calls the browser, or it itself; empty with `pairing-unreadable`. */
  readonly browser: string;
  /** What it calls itself, browser and system, where the person calls it something else. */
  readonly system: string | undefined;
  /** ms since 1970. */
  readonly pairedAt: number;
  /** When it was last heard of, ms since 1970. */
  readonly seenAt: number;
  /** When it was last used, ms since 1970. */
  readonly usedAt: number;
  /**
   * Why the relay will have no more of it; only the relay's word, so the keys are kept. `pairing-unreadable`: they
   * cannot be read.
   */
  readonly ended: ErrorCode | null;
}

/** The browsers that this phone is paired with. */
export class Pairings {
  readonly entries = signal<readonly PairingEntry[]>([]);
  /** What the person has not yet read, newest first. */
  readonly news = signal<readonly News[]>([]);
  /** Null while none was ended, or where it could not be loaded. */
  unpairing: Unpairing | null = null;
  readonly #parts: PhoneParts;
  readonly #book: PairingBook;
  readonly #post: () => Promise<Post>;
  readonly #act: (work: () => Promise<void>) => void;
  readonly #inTurn = inTurn();
  readonly #newsInTurn = inTurn();
  readonly #all = new Map<string, Pairing>();

  /** `act` begins something whose failure is shown. */
  constructor(parts: PhoneParts, post: () => Promise<Post>, act: (work: () => Promise<void>) => void) {
    this.#parts = parts;
    this.#book = new PairingBook(parts.vault);
    this.#post = post;
    this.#act = act;
  }

  /** Reads what is stored; gives whom to listen to. Throws `key-storage-broken`. */
  async load(): Promise<Pairing[]> {
    const { vault, clock } = this.#parts;
    const book = await this.#book.all(clock.now());
    const { pairings, leaving, unreadable } = book;
    // Before their mailboxes are open, of which it is to hear. What cannot be loaded takes them up at a later start.
    const unpairing = leaving.size > 0 ? await this.open().catch(() => null) : null;
    unpairing?.load(book);
    this.news.value = await loadNews(vault);
    const staying = pairings.filter(({ pairing }) => !leaving.has(pairing));
    for (const pairing of staying) this.#all.set(pairing.pairing, pairing);
    this.entries.value = [...staying.map((pairing) => entryOf(pairing)), ...unreadable.map(unreadableEntry)];
    return pairings;
  }

  /** Undefined for one that is not confirmed, or no more. */
  find(pairing: string): PairingEntry | undefined {
    return this.entries.value.find((entry) => entry.pairing === pairing);
  }

  /** Keeps a new pairing. */
  async add(pairing: Pairing): Promise<void> {
    await this.#book.add(pairing);
    await this.tell({ what: 'paired', browser: pairing.peerName });
    this.#all.set(pairing.pairing, pairing);
    const others = this.entries.value.filter((entry) => entry.pairing !== pairing.pairing);
    this.entries.value = [...others, entryOf(pairing)];
  }

  /** The browser was paired with another phone. */
  async pairedElsewhere(pairing: string, other: string): Promise<void> {
    const entry = this.find(pairing);
    if (entry) await this.tell({ what: 'paired-elsewhere', browser: entry.browser, other });
  }

  /** Calls a browser something else; an empty name: what it calls itself. */
  rename(pairing: string, typed: string): Promise<void> {
    return this.#inTurn(() => this.#update(pairing, { label: labelOf(typed) }));
  }

  /** Something of the browser was heard just now. */
  seen(pairing: string): Promise<void> {
    return this.#inTurn(async () => {
      const now = this.#parts.clock.now();
      const before = this.#all.get(pairing)?.seenAt ?? 0;
      if (Math.abs(now - before) >= seenEveryMs) await this.#update(pairing, { seenAt: now });
    });
  }

  /** The person looked at a request of the browser's, or said that the pairing goes on. */
  used(pairing: string): Promise<void> {
    return this.#inTurn(() => this.#update(pairing, { usedAt: this.#parts.clock.now() }));
  }

  tell(news: News): Promise<void> {
    return this.#setNews((before) => withNews(news, before));
  }

  /** What is shown of them was read; what is only being stored was not. */
  dismissNews(): Promise<void> {
    const [read] = this.news.value;
    return this.#setNews((before) => before.filter((one) => one !== read));
  }

  /** None of them need be read. */
  forgetNews(): Promise<void> {
    return this.#setNews(() => []);
  }

  /** What ends pairings. Throws `site-unreachable` when it cannot be loaded. */
  async open(): Promise<Unpairing> {
    const { Unpairing } = await import('./unpairing.ts').catch((cause: unknown) => {
      throw new AppError('site-unreachable', undefined, { cause });
    });
    this.unpairing ??= new Unpairing({
      parts: this.#parts,
      pairings: this,
      book: this.#book,
      post: this.#post(),
      act: this.#act,
    });
    return this.unpairing;
  }

  /** From now on it is none of them. `record`: stored together with what the person is told. Gives it, unless it cannot be read. */
  take(pairing: string, news: News | null, record: Record<string, unknown> = {}): Promise<Pairing | undefined> {
    return this.#inTurn(async () => {
      if (!this.find(pairing)) return undefined;
      await this.#setNews((before) => (news ? withNews(news, before) : before), record);
      const taken = this.#all.get(pairing);
      this.#all.delete(pairing);
      this.entries.value = this.entries.value.filter((entry) => entry.pairing !== pairing);
      return taken;
    });
  }

  async ended(pairing: string, code: ErrorCode): Promise<void> {
    if (!(await this.unpairing?.goodbyes.ended(pairing, code))) this.#mark(pairing, code);
  }

  /** The mailbox is open. `isHere`: the browser is at its own. */
  async attached(pairing: string, isHere: boolean): Promise<void> {
    this.#mark(pairing, null);
    await this.unpairing?.goodbyes.attached(pairing, isHere);
  }

  /** `record`: stored together with them. */
  #setNews(next: (before: readonly News[]) => readonly News[], record: Record<string, unknown> = {}): Promise<void> {
    return this.#newsInTurn(async () => {
      const news = next(this.news.value);
      await this.#parts.vault.set({ ...record, ...newsRecord(news) });
      this.news.value = news;
    });
  }

  async #update(pairing: string, change: Partial<Pairing>): Promise<void> {
    const before = this.#all.get(pairing);
    if (!before) return;
    const after = { ...before, ...change };
    await this.#book.add(after);
    this.#all.set(pairing, after);
    this.entries.value = this.entries.value.map((entry) =>
      entry.pairing === pairing ? entryOf(after, entry.ended) : entry,
    );
  }

  #mark(pairing: string, ended: ErrorCode | null): void {
    const marked = this.find(pairing);
    if (!marked || marked.ended === ended) return;
    this.entries.value = this.entries.value.map((entry) => (entry === marked ? { ...entry, ended } : entry));
  }
}

function unreadableEntry(pairing: string): PairingEntry {
  const never = { pairedAt: 0, seenAt: 0, usedAt: 0 };
  return { pairing, browser: '', system: undefined, ended: 'pairing-unreadable', ...never };
}

function entryOf(of: Pairing, ended: ErrorCode | null = null): PairingEntry {
  const { pairing, peerName, pairedAt, seenAt = pairedAt, usedAt = pairedAt } = of;
  const browser = nameOf(of);
  const system = browser === peerName ? undefined : peerName;
  return { pairing, browser, system, pairedAt, seenAt, usedAt, ended };
}
