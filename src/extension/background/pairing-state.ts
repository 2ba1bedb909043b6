import { base64url } from '../../core/bytes.ts';
import { AppError, type ErrorCode } from '../../core/errors.ts';
import { pairingUrl } from '../../core/pairing-link.ts';
import { encodedBytes } from '../../core/parse.ts';
import type { Post, PostStore } from '../../relay-client/post.ts';
import type { PairingView } from '../messaging/view.ts';
import {
  channelOf,
  type Handshake,
  linkOf,
  type Offer,
  type PairingEnd,
  parseEnd,
  parseHandshake,
  parseOffer,
} from './pending-pairing.ts';
import type { RelayHealth } from './relay-health.ts';
import type { WakeUp } from './wake-up.ts';

/** How long the next worker waits for whoever looked at how a pairing went, ms. */
const lookerReturnMs = 5_000;

/** How far a pairing is. */
export type PairingStep =
  | { step: 'none' }
  | { step: 'starting' }
  | { step: 'offer'; offer: Offer; notice: ErrorCode | null }
  | { step: 'digits'; handshake: Handshake }
  | PairingEnd;

export interface PairingStateOptions {
  store: PostStore;
  /** Rejects with `key-storage-broken`. */
  post: () => Promise<Pick<Post, 'client' | 'remove'>>;
  relays: Pick<RelayHealth, 'troubleOf'>;
  wakeUp: Pick<WakeUp, 'set'>;
  changed: () => void;
}

/** How far the one pairing is. It is put in `storage.session`, so that it goes on when the worker is ended. */
export class PairingState {
  readonly #options: PairingStateOptions;
  #current: PairingStep = { step: 'none' };
  #replaces: string | null = null;
  /** When it is forgotten how the pairing went, ms since 1970; null while somebody looks, or may. */
  #forgetAt: number | null = null;

  constructor(options: PairingStateOptions) {
    this.#options = options;
  }

  get current(): PairingStep {
    return this.#current;
  }

  /** The pairing whose place this one takes. */
  get replaces(): string | null {
    return this.#replaces;
  }

  /** Whether something is awaited from a phone. */
  get active(): boolean {
    return this.#current.step === 'offer' || this.#current.step === 'digits';
  }

  /** The pairing, once a relay knows of it. */
  get channel(): string | null {
    const current = this.#current;
    if (current.step === 'offer') return base64url(channelOf(current.offer));
    return current.step === 'digits' ? current.handshake.channel : null;
  }

  /** When what is pending is over, or how it went is forgotten, ms since 1970. */
  get dueAt(): number | null {
    const current = this.#current;
    if (current.step === 'offer') return current.offer.expiresAt;
    return current.step === 'digits' ? current.handshake.expiresAt : this.#forgetAt;
  }

  /** Takes up what the worker before left. `now`: ms since 1970. */
  async restore(now: number): Promise<void> {
    const { store } = this.#options;
    const { offer, digits, end, replaces } = Object.fromEntries(await store.entries(''));
    try {
      if (replaces !== undefined) this.#replaces = encodedBytes(16)(replaces, 'replaces');
      // Where several are left, the worker was ended on the way from one to the next.
      if (end !== undefined) {
        this.#current = parseEnd(end, 'end');
        this.#forgetAt = now + lookerReturnMs;
      } else if (digits !== undefined) this.#current = { step: 'digits', handshake: parseHandshake(digits, 'digits') };
      else if (offer !== undefined) this.#current = { step: 'offer', offer: parseOffer(offer, 'offer'), notice: null };
    } catch (thrown) {
      if (!(thrown instanceof AppError)) throw thrown;
      await store.remove([...keys, 'replaces']);
    }
    this.schedule();
  }

  view(): PairingView | null {
    const current = this.#current;
    if (current.step === 'none') return null;
    if (current.step === 'offer') {
      const { offer, notice } = current;
      const trouble = this.#options.relays.troubleOf(offer.relay);
      return { step: 'offer', link: pairingUrl(linkOf(offer)), expiresAt: offer.expiresAt, notice, trouble };
    }
    if (current.step !== 'digits') return current;
    const { channel: pairing, digits, peerName: phone, confirmedHere } = current.handshake;
    return { step: confirmedHere ? 'waiting' : 'digits', pairing, digits, phone };
  }

  /** Whether digits of this pairing are compared: also whether it still is so, after something was waited for. */
  isComparing(pairing: string): boolean {
    return this.#current.step === 'digits' && this.#current.handshake.channel === pairing;
  }

  /** As `isComparing`. */
  isOffering(offer: Offer): boolean {
    return this.#current.step === 'offer' && this.#current.offer === offer;
  }

  /** `pairing`: the one that ends once the new one counts, or null. */
  replace(pairing: string | null): Promise<void> {
    const { store } = this.#options;
    this.#replaces = pairing;
    return pairing === null ? store.remove(['replaces']) : store.set({ replaces: pairing });
  }

  async become(next: PairingStep): Promise<void> {
    const { store, changed } = this.#options;
    this.#current = next;
    this.#forgetAt = null;
    changed();
    this.schedule();
    const kept = keptOf(next);
    if (kept) await store.set(kept);
    await store.remove(keys.filter((key) => !kept || !(key in kept)));
  }

  /** Closes the channel of what is pending, for both sides. */
  async close(): Promise<void> {
    const current = this.#current;
    if (current.step === 'offer') {
      const post = await this.#options.post();
      post.client(current.offer.relay).close(channelOf(current.offer));
    }
    if (current.step === 'digits') {
      const post = await this.#options.post();
      await post.remove(current.handshake.channel, true);
    }
  }

  /** Puts an end to what is pending, for both sides. */
  fail(code: ErrorCode): Promise<void> {
    return this.end({ step: 'failed', code });
  }

  /** As `fail`, to become `next`: also where nothing can be closed or stored, as it would be shown with no way out. */
  async end(next: PairingStep): Promise<void> {
    try {
      await this.close();
    } finally {
      await this.become(next);
    }
  }

  /** Somebody looks, and sees how it went for as long as they do. */
  looked(): void {
    this.#forgetAt = null;
    this.schedule();
  }

  /** This worker or another is there when something is due. */
  schedule(): void {
    this.#options.wakeUp.set(this.dueAt);
  }
}

const keys = ['offer', 'digits', 'end'];

/** What the next worker needs of a step, by one of `keys`; null where it begins anew. */
function keptOf(of: PairingStep): Record<string, unknown> | null {
  if (of.step === 'offer') return { offer: of.offer };
  if (of.step === 'digits') return { digits: of.handshake };
  return of.step === 'paired' || of.step === 'failed' ? { end: of } : null;
}
