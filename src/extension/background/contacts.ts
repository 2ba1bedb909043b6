import type { ErrorCode } from '../../core/errors.ts';
import type { PeerState } from '../../core/frames.ts';
import { inTurn } from '../../core/in-turn.ts';
import { limits } from '../../core/limits.ts';
import { labelOf, nameOf, type Pairing, type PairingBook } from '../../vault/pairing-book.ts';
import type { PhoneView } from '../messaging/view.ts';
import type { PhoneNews } from './phone-news.ts';

const here: ReadonlySet<PeerState> = new Set<PeerState>(['here', 'joined']);
const away: ReadonlySet<PeerState> = new Set<PeerState>(['away', 'awaited']);

/** When a phone is heard of again, it is stored no sooner than this after the last time, ms. */
const seenEveryMs = 5 * 60_000;

/** The phones that this browser is paired with, and what is known of them for now. */
export class Contacts {
  readonly #changed: () => void;
  #book: PairingBook | null = null;
  #all: readonly Pairing[] = [];
  /** Those of which nothing but this can be read. */
  #unreadable: readonly string[] = [];
  readonly #online = new Set<string>();
  readonly #ended = new Map<string, ErrorCode>();
  readonly #now: () => number;
  readonly #news: PhoneNews;
  #leaving: Map<string, number> = new Map();
  readonly #parting = new Map<string, Pairing>();
  /** The book is changed by one after the other: what takes its time sealing would come back after it was removed. */
  readonly #inTurn = inTurn();

  /** `now`: ms since 1970. */
  constructor({ changed, now, news }: { changed: () => void; now: () => number; news: PhoneNews }) {
    this.#changed = changed;
    this.#now = now;
    this.#news = news;
  }

  /** Gives whom to listen to: those that are still to be told that their pairing is over, too. Throws `key-storage-broken`. */
  async load(book: PairingBook): Promise<readonly Pairing[]> {
    const { pairings: all, leaving, unreadable } = await book.all(this.#now());
    this.#leaving = leaving;
    this.#unreadable = unreadable;
    this.#all = all.filter(({ pairing }) => !this.#leaving.has(pairing));
    for (const phone of all) if (this.#leaving.has(phone.pairing)) this.#parting.set(phone.pairing, phone);
    this.#book = book;
    this.#changed();
    return all;
  }

  /** Those that were ended, when, ms since 1970, and whose phones are still to be told, or their channels to be closed. */
  get leaving(): ReadonlyMap<string, number> {
    return this.#leaving;
  }

  /** One that is `leaving`. */
  parting(pairing: string): Pairing | undefined {
    return this.#parting.get(pairing);
  }

  /** Oldest first; none before `load`. */
  get all(): readonly Pairing[] {
    return this.#all;
  }

  /** Those that the relay still has a channel for, as far as it said. */
  get open(): readonly Pairing[] {
    return this.#all.filter(({ pairing }) => !this.#ended.has(pairing));
  }

  isUnreadable(pairing: string): boolean {
    return this.#unreadable.includes(pairing);
  }

  find(pairing: string): Pairing | undefined {
    return this.#all.find((contact) => contact.pairing === pairing);
  }

  /** Throws `key-storage-broken`. */
  async add(contact: Pairing): Promise<void> {
    await this.#inTurn(async () => {
      await this.#book?.add(contact);
      this.#all = [...this.#all.filter(({ pairing }) => pairing !== contact.pairing), contact];
      this.#changed();
    });
    await this.#news.phoneAdded();
  }

  /** Forgets a phone and its keys. */
  remove(pairing: string): Promise<void> {
    this.#drop(pairing);
    return this.#inTurn(async () => {
      this.#leaving.delete(pairing);
      this.#parting.delete(pairing);
      await this.#book?.remove(pairing);
    });
  }

  /** From now on it is none of the phones; its keys are kept for telling it so. Throws `key-storage-broken`. */
  leave(pairing: string): Promise<void> {
    return this.#leave(pairing, this.#now());
  }

  /** Is `leaving`, and there is nothing left to tell its phone; its keys are kept for closing its channel. Throws `key-storage-broken`. */
  told(pairing: string): Promise<void> {
    // As if the word had waited for as long as the relay keeps one.
    return this.#leave(pairing, this.#now() - limits.messageLifeMs);
  }

  /** Calls a phone something else; an empty name: what it calls itself. */
  rename(pairing: string, typed: string): Promise<void> {
    return this.#update(pairing, { label: labelOf(typed) });
  }

  /** Something of the phone was heard just now. */
  async seen(pairing: string): Promise<void> {
    const before = this.find(pairing)?.seenAt ?? 0;
    if (Math.abs(this.#now() - before) >= seenEveryMs) await this.#update(pairing, { seenAt: this.#now() });
  }

  /** The phone was paired with another browser: the person is told. */
  async pairedElsewhere(pairing: string, other: string): Promise<void> {
    const phone = this.find(pairing);
    if (phone) await this.#news.phoneJoined(nameOf(phone), other);
  }

  /** A phone that ended the pairing itself: the person is told. Throws `key-storage-broken`. */
  async depart(pairing: string): Promise<void> {
    const phone = this.find(pairing);
    if (phone) await this.#news.phoneDeparted(nameOf(phone));
    await this.told(pairing);
  }

  presence(pairing: string, event: PeerState): void {
    this.#ended.delete(pairing);
    if (here.has(event)) this.#online.add(pairing);
    if (away.has(event)) this.#online.delete(pairing);
    this.#changed();
  }

  /** The relay's word that a pairing is over. It may be wrong or lie, so the keys are kept. */
  ended(pairing: string, code: ErrorCode): void {
    this.#ended.set(pairing, code);
    this.#online.delete(pairing);
    this.#changed();
  }

  endOf(pairing: string): ErrorCode | null {
    return this.#ended.get(pairing) ?? null;
  }

  /** Null before they are loaded. */
  view(): PhoneView[] | null {
    if (!this.#book) return null;
    const known = this.#all.map((phone) => ({
      pairing: phone.pairing,
      name: nameOf(phone),
      pairedAt: phone.pairedAt,
      seenAt: phone.seenAt ?? phone.pairedAt,
      online: this.#online.has(phone.pairing),
      ended: this.endOf(phone.pairing),
    }));
    const unread = { name: '', pairedAt: 0, seenAt: 0, online: false, ended: 'pairing-unreadable' } as const;
    return [...known, ...this.#unreadable.map((pairing) => ({ pairing, ...unread }))];
  }

  #leave(pairing: string, leftAt: number): Promise<void> {
    return this.#inTurn(async () => {
      const phone = this.find(pairing) ?? this.#parting.get(pairing);
      if (!phone) return;
      await this.#book?.leave(pairing, leftAt);
      this.#leaving.set(pairing, leftAt);
      this.#parting.set(pairing, phone);
      this.#drop(pairing);
    });
  }

  #update(pairing: string, change: Partial<Pairing>): Promise<void> {
    return this.#inTurn(async () => {
      const before = this.find(pairing);
      if (!before) return;
      const after = { ...before, ...change };
      this.#all = this.#all.map((phone) => (phone === before ? after : phone));
      this.#changed();
      await this.#book?.add(after);
    });
  }

  #drop(pairing: string): void {
    this.#all = this.#all.filter((contact) => contact.pairing !== pairing);
    this.#unreadable = this.#unreadable.filter((one) => one !== pairing);
    this.#online.delete(pairing);
    this.#ended.delete(pairing);
    this.#changed();
  }
}
