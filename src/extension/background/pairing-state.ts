import { base64url } from '../../core/bytes.ts';
import { AppError, type ErrorCode } from '../../core/errors.ts';
import { pairingUrl } from '../../core/pairing-link.ts';
import { encodedBytes } from '../../core/parse.ts';
import type { Post, PostStore } from '../../relay-client/post.ts';
import type { PairingView } from '../messaging/view.ts';
import { channelOf, type Handshake, linkOf, type Offer, parseHandshake, parseOffer } from './pending-pairing.ts';
import type { RelayHealth } from './relay-health.ts';
import type { WakeUp } from './wake-up.ts';

/** How far a pairing is. */
export type PairingStep =
  | { step: 'none' }
  | { step: 'starting' }
  | { step: 'offer'; offer: Offer; notice: ErrorCode | null }
  | { step: 'digits'; handshake: Handshake }
  | { step: 'paired'; phone: string }
  | { step: 'failed'; code: ErrorCode };

export interface PairingStateOptions {
  store: PostStore;
  /** Rejects with `key-storage-broken`. */
  post: () => Promise<Pick<Post, 'client' | 'remove'>>;
  relays: Pick<RelayHealth, 'troubleOf'>;
  wakeUp: Pick<WakeUp, 'set'>;
  changed: () => void;
}

/**
 * How far the one pairing is. That for which a phone is awaited is put in `storage.session`, so that it goes on when the
 * worker is ended.
 */
export class PairingState {
  readonly #options: PairingStateOptions;
  #current: PairingStep = { step: 'none' };
  #replaces: string | null = null;

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

  /** Takes up what the worker before left. */
  async restore(): Promise<void> {
    const { store } = this.#options;
    const { offer, digits, replaces } = Object.fromEntries(await store.entries(''));
    try {
      if (replaces !== undefined) this.#replaces = encodedBytes(16)(replaces, 'replaces');
      // Where both are left, the worker was ended on the way from the first to the second.
      if (digits !== undefined) this.#current = { step: 'digits', handshake: parseHandshake(digits, 'digits') };
      else if (offer !== undefined) this.#current = { step: 'offer', offer: parseOffer(offer, 'offer'), notice: null };
    } catch (thrown) {
      if (!(thrown instanceof AppError)) throw thrown;
      await store.remove(['offer', 'digits', 'replaces']);
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
    changed();
    this.schedule();
    if (next.step === 'offer') await store.set({ offer: next.offer });
    if (next.step === 'digits') await store.set({ digits: next.handshake });
    await store.remove(['offer', 'digits'].filter((key) => key !== next.step));
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
  async fail(code: ErrorCode): Promise<void> {
    await this.close();
    await this.become({ step: 'failed', code });
  }

  /** This worker or another is there when what is pending is over. */
  schedule(): void {
    const current = this.#current;
    if (current.step === 'offer') this.#options.wakeUp.set(current.offer.expiresAt);
    else this.#options.wakeUp.set(current.step === 'digits' ? current.handshake.expiresAt : null);
  }
}
