import { signal } from '@preact/signals';
import type { ErrorCode } from '../core/errors.ts';
import { inTurn } from '../core/in-turn.ts';
import { limits } from '../core/limits.ts';
import type { Post, Sent } from '../relay-client/post.ts';
import { isUnheard, labelOf, leavingRecord, nameOf, type Pairing, PairingBook } from '../vault/pairing-book.ts';
import type { PhoneParts } from './parts.ts';
import { loadNews, type News, newsRecord, withNews } from './storage/news.ts';

/** When a browser is heard of again, it is stored no sooner than this after the last time, ms. */
const seenEveryMs = 5 * 60_000;
/** How long after it was paired once more a browser may still end the pairing before, ms. */
const replacingMs = 10 * 60_000;
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
  readonly #parts: PhoneParts;
  readonly #book: PairingBook;
  readonly #post: () => Promise<Post>;
  readonly #inTurn = inTurn();
  readonly #newsInTurn = inTurn();
  readonly #all = new Map<string, Pairing>();
  /** Unpaired here, when, and the browser is still to be told. */
  readonly #leaving = new Map<string, number>();

  constructor(parts: PhoneParts, post: () => Promise<Post>) {
    this.#parts = parts;
    this.#book = new PairingBook(parts.vault);
    this.#post = post;
  }

  /** Reads what is stored; gives whom to listen to. Throws `key-storage-broken`. */
  async load(): Promise<Pairing[]> {
    const { vault, clock } = this.#parts;
    const { pairings, leaving, unreadable } = await this.#book.all(clock.now());
    for (const [pairing, leftAt] of leaving) this.#leaving.set(pairing, leftAt);
    this.news.value = await loadNews(vault);
    const staying = pairings.filter(({ pairing }) => !this.#leaving.has(pairing));
    for (const pairing of staying) this.#all.set(pairing.pairing, pairing);
    this.entries.value = [...staying.map((pairing) => entryOf(pairing)), ...unreadable.map(unreadableEntry)];
    return pairings;
  }

  /** Goes on with what was left undone. */
  async resume(): Promise<void> {
    for (const pairing of this.#leaving.keys()) if (!this.#isUnheard(pairing)) await this.#sayGoodbye(pairing);
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

  /** Ends a pairing from here: the browser is told as soon as the relay can be reached, then the keys are deleted. */
  unpair(pairing: string): Promise<void> {
    return this.#inTurn(async () => {
      const entry = this.find(pairing);
      if (!entry) return;
      if (entry.ended === 'pairing-unreadable') {
        this.#drop(entry);
        return this.#book.remove(pairing);
      }
      const news: News = { what: 'unpaired-here', browser: entry.browser };
      const now = this.#parts.clock.now();
      await this.#setNews((before) => withNews(news, before), leavingRecord(pairing, now));
      this.#leaving.set(pairing, now);
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
      if (!this.#isReplaced(pairing)) await this.tell({ what: 'unpaired-there', browser: entry.browser });
      this.#drop(entry);
      await this.#forget(pairing, true);
    });
  }

  /** How far a message of ours has come; `null` when it never arrives. */
  async progress({ pairing, collapse }: Sent, step: 'stored' | 'received' | null): Promise<void> {
    // A channel that is closed before takes the word that waits in it along.
    if (step === 'stored' || collapse !== pairing || !this.#leaving.has(pairing)) return;
    await this.#inTurn(() => this.#forget(pairing, true));
  }

  async ended(pairing: string, code: ErrorCode): Promise<void> {
    if (this.#leaving.has(pairing)) await this.#inTurn(() => this.#forget(pairing, false));
    else this.#mark(pairing, code);
  }

  /** The mailbox is open. `isHere`: the browser is at its own. */
  async attached(pairing: string, isHere: boolean): Promise<void> {
    this.#mark(pairing, null);
    if (!this.#isUnheard(pairing)) return;
    await this.#inTurn(() => (isHere ? this.#sayGoodbye(pairing) : this.#forget(pairing, true)));
  }

  /** Whether it was paired once more just now: the browser then ends what was there before, which is no news. */
  #isReplaced(pairing: string): boolean {
    const before = this.#all.get(pairing);
    const since = this.#parts.clock.now() - replacingMs;
    return [...this.#all.values()].some(
      (one) => one !== before && one.peerName === before?.peerName && one.pairedAt > since,
    );
  }

  #isUnheard(pairing: string): boolean {
    return isUnheard(this.#leaving.get(pairing) ?? Number.POSITIVE_INFINITY, this.#parts.clock.now());
  }

  /** `record`: stored together with them. */
  #setNews(next: (before: readonly News[]) => readonly News[], record: Record<string, unknown> = {}): Promise<void> {
    return this.#newsInTurn(async () => {
      const news = next(this.news.value);
      await this.#parts.vault.set({ ...record, ...newsRecord(news) });
      this.news.value = news;
    });
  }

  async #sayGoodbye(pairing: string): Promise<void> {
    const post = await this.#post();
    // One waits at a time, however often it is said, and is known by that.
    await post.begin(pairing, { kind: 'unpair' }, limits.messageLifeMs, pairing);
  }

  async #forget(pairing: string, close: boolean): Promise<void> {
    this.#leaving.delete(pairing);
    const post = await this.#post();
    await post.remove(pairing, close);
    await this.#book.remove(pairing);
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

  #drop(gone: PairingEntry): void {
    this.#all.delete(gone.pairing);
    this.entries.value = this.entries.value.filter((entry) => entry.pairing !== gone.pairing);
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
