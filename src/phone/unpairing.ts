import { inTurn } from '../core/in-turn.ts';
import { limits } from '../core/limits.ts';
import { Goodbyes, type Leavers } from '../relay-client/goodbyes.ts';
import type { Post } from '../relay-client/post.ts';
import { type Book, leavingRecord, type Pairing, type PairingBook } from '../vault/pairing-book.ts';
import type { PairingEntry, Pairings } from './pairings.ts';
import type { PhoneParts } from './parts.ts';
import type { PhoneActionsOptions } from './phone-actions.ts';
import { historyPrefix } from './storage/history-record.ts';

/** How long after it was paired once more a browser may still end the pairing before, ms. */
const replacingMs = 10 * 60_000;

export interface UnpairingOptions {
  parts: Pick<PhoneParts, 'clock'>;
  pairings: Pairings;
  book: PairingBook;
  post: Promise<Post>;
  /** Begins something whose failure is shown. */
  act: (work: () => Promise<void>) => void;
}

/** Ends pairings: from that moment on they are none here, and the browser and the relay are told, as long as this app leads. */
export class Unpairing implements Leavers {
  readonly leaving = new Map<string, number>();
  readonly goodbyes: Goodbyes;
  readonly #options: UnpairingOptions;
  readonly #parting = new Map<string, Pairing>();
  /** What takes its time sealing would come back after it was removed. */
  readonly #inTurn = inTurn();
  #cancel: () => void = () => undefined;

  constructor(options: UnpairingOptions) {
    const { parts, post } = options;
    this.#options = options;
    this.goodbyes = new Goodbyes({
      leavers: this,
      post,
      now: parts.clock.now,
      wakeUp: { set: (at) => this.#wake(at) },
    });
  }

  /** Takes up what was left undone. */
  load({ pairings, leaving }: Book): void {
    for (const [pairing, leftAt] of leaving) this.leaving.set(pairing, leftAt);
    for (const one of pairings) if (leaving.has(one.pairing)) this.#parting.set(one.pairing, one);
  }

  /** What is to be done later is left to whoever leads next. */
  stop(): void {
    this.#cancel();
  }

  /** Ends a pairing from here. Throws `key-storage-broken`. */
  async unpair(pairing: string): Promise<void> {
    const { pairings, parts } = this.#options;
    const entry = pairings.find(pairing);
    if (!entry) return;
    if (entry.ended === 'pairing-unreadable') {
      await this.remove(pairing);
      await pairings.take(pairing, null);
      return;
    }
    if (!(await this.#leave(entry, 'unpaired-here', parts.clock.now()))) return;
    await (entry.ended ? this.goodbyes.forget(pairing) : this.goodbyes.left(pairing));
  }

  /** Ends all of them, and forgets all registrations and what became of requests. Throws `key-storage-broken`. */
  async retire({ requests, book, vault }: Pick<PhoneActionsOptions, 'requests' | 'book' | 'vault'>): Promise<void> {
    const { pairings } = this.#options;
    await pairings.forgetNews();
    for (const { pairing } of pairings.entries.value) {
      await this.unpair(pairing);
      await requests.forget(pairing);
    }
    for (const registration of book.registrations.all.value) await requests.unregister(registration);
    await vault.remove(await vault.names(historyPrefix));
  }

  /** The browser has ended the pairing. Throws `key-storage-broken`. */
  async unpaired(pairing: string): Promise<void> {
    const entry = this.#options.pairings.find(pairing);
    if (!entry) return;
    await this.#leave(entry, this.#isReplaced(entry) ? null : 'unpaired-there', this.#toldAt());
    await this.goodbyes.close(pairing);
  }

  parting(pairing: string): Pairing | undefined {
    return this.#parting.get(pairing);
  }

  told(pairing: string): Promise<void> {
    return this.#inTurn(async () => {
      if (!this.leaving.has(pairing)) return;
      const at = this.#toldAt();
      await this.#options.book.leave(pairing, at);
      this.leaving.set(pairing, at);
    });
  }

  remove(pairing: string): Promise<void> {
    return this.#inTurn(async () => {
      this.leaving.delete(pairing);
      this.#parting.delete(pairing);
      await this.#options.book.remove(pairing);
    });
  }

  /** Gives whether it was there: its keys are kept for what is left to be said. */
  async #leave(
    { pairing, browser }: PairingEntry,
    what: 'unpaired-here' | 'unpaired-there' | null,
    leftAt: number,
  ): Promise<boolean> {
    const news = what && { what, browser };
    const taken = await this.#options.pairings.take(pairing, news, leavingRecord(pairing, leftAt));
    if (!taken) return false;
    this.leaving.set(pairing, leftAt);
    this.#parting.set(pairing, taken);
    return true;
  }

  /** As if the word had waited for as long as the relay keeps one. */
  #toldAt(): number {
    return this.#options.parts.clock.now() - limits.messageLifeMs;
  }

  /** Whether it was paired once more just now: the browser then ends what was there before, which is no news. */
  #isReplaced(before: PairingEntry): boolean {
    const { pairings, parts } = this.#options;
    const peerName = ({ system, browser }: PairingEntry) => system ?? browser;
    const since = parts.clock.now() - replacingMs;
    return pairings.entries.value.some(
      (one) => one !== before && peerName(one) === peerName(before) && one.pairedAt > since,
    );
  }

  #wake(at: number | null): void {
    const { parts, act } = this.#options;
    this.#cancel();
    this.#cancel = () => undefined;
    if (at === null) return;
    // By a clock that was set back it may be later than a browser's timers reach: too soon does no harm.
    const afterMs = Math.min(Math.max(0, at - parts.clock.now()), limits.messageLifeMs);
    this.#cancel = parts.clock.after(afterMs, () => act(() => this.goodbyes.tick()));
  }
}
