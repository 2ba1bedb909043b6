import type { ErrorCode } from '../../core/errors.ts';
import type { peerEvents, peerPresence } from '../../core/frames.ts';
import type { Pairing, PairingBook } from '../../vault/pairing-book.ts';
import type { PhoneView } from '../messaging/view.ts';

type Presence = (typeof peerPresence)[number] | (typeof peerEvents)[number];

const here: ReadonlySet<Presence> = new Set<Presence>(['here', 'joined']);
const away: ReadonlySet<Presence> = new Set<Presence>(['away', 'awaited']);

/** The phones that this browser is paired with, and what is known of them for now. */
export class Contacts {
  readonly #changed: () => void;
  #book: PairingBook | null = null;
  #all: readonly Pairing[] = [];
  readonly #online = new Set<string>();
  readonly #ended = new Map<string, ErrorCode>();
  #departed: string | null = null;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Throws `key-storage-broken`. */
  async load(book: PairingBook): Promise<readonly Pairing[]> {
    this.#all = await book.all();
    this.#book = book;
    this.#changed();
    return this.#all;
  }

  /** Oldest first; none before `load`. */
  get all(): readonly Pairing[] {
    return this.#all;
  }

  /** Those that the relay still has a channel for, as far as it said. */
  get open(): readonly Pairing[] {
    return this.#all.filter(({ pairing }) => !this.#ended.has(pairing));
  }

  find(pairing: string): Pairing | undefined {
    return this.#all.find((contact) => contact.pairing === pairing);
  }

  /** Throws `key-storage-broken`. */
  async add(contact: Pairing): Promise<void> {
    await this.#book?.add(contact);
    this.#all = [...this.#all.filter(({ pairing }) => pairing !== contact.pairing), contact];
    this.#departed = null;
    this.#changed();
  }

  /** Forgets a phone and its keys. */
  async remove(pairing: string): Promise<void> {
    this.#all = this.#all.filter((contact) => contact.pairing !== pairing);
    this.#online.delete(pairing);
    this.#ended.delete(pairing);
    this.#changed();
    await this.#book?.remove(pairing);
  }

  /** A phone that ended the pairing itself: the person is told. */
  async depart(pairing: string): Promise<void> {
    this.#departed = this.find(pairing)?.peerName ?? this.#departed;
    await this.remove(pairing);
  }

  dismissDeparture(): void {
    this.#departed = null;
    this.#changed();
  }

  presence(pairing: string, event: Presence): void {
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

  get departed(): string | null {
    return this.#departed;
  }

  /** Null before they are loaded. */
  view(): PhoneView[] | null {
    if (!this.#book) return null;
    return this.#all.map(({ pairing, peerName, pairedAt }) => ({
      pairing,
      name: peerName,
      pairedAt,
      online: this.#online.has(pairing),
      ended: this.endOf(pairing),
    }));
  }
}
