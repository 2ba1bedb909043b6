import type { Signal } from '@preact/signals';
import { base64url } from '../core/bytes.ts';
import { codeOf, type ErrorCode } from '../core/errors.ts';
import { inTurn } from '../core/in-turn.ts';
import { derivePairingSecrets, type PairingLink } from '../core/pairing-link.ts';
import type { Post } from '../relay-client/post.ts';
import type { OtherLink, PairingProgress } from './pairing-progress.ts';
import type { PhoneParts } from './parts.ts';
import {
  type Comparing,
  forgetPendingPairing,
  type Joining,
  loadPendingPairing,
  type PendingPairing,
  savePendingPairing,
} from './storage/pending-pairing.ts';

/** The pairing under way: kept for the next start, shown, and ended by hand, by the relay or by time. */
export class PairingState {
  /** In which all that changes it is done. */
  readonly inTurn = inTurn();
  readonly #parts: PhoneParts;
  readonly #post: () => Promise<Post>;
  readonly #progress: Signal<PairingProgress | null>;
  #pending: PendingPairing | null = null;
  /** A link that was opened meanwhile, until the person has said which of the two goes on. */
  #other: PairingLink | null = null;
  #cancelDeadline: () => void = () => undefined;

  constructor(parts: PhoneParts, post: () => Promise<Post>, progress: Signal<PairingProgress | null>) {
    this.#parts = parts;
    this.#post = post;
    this.#progress = progress;
  }

  /** Reads what is stored; `isPaired`: whether one counts already, of which nothing is under way. Throws `key-storage-broken`. */
  async load(isPaired: (pairing: string) => boolean): Promise<void> {
    const pending = await loadPendingPairing(this.#parts.vault);
    const isDone = pending?.stage === 'comparing' && isPaired(pending.pairing.pairing);
    if (isDone) await forgetPendingPairing(this.#parts.vault);
    else this.#take(pending);
  }

  get pending(): PendingPairing | null {
    return this.#pending;
  }

  get other(): PairingLink | null {
    return this.#other;
  }

  /** Whether a channel is that of the pairing under way. */
  concerns(pairing: string): boolean {
    return this.#pending !== null && nameOf(this.#pending) === pairing;
  }

  /** The one under way, where it is of that name and its channel is being joined. */
  joining(pairing: string): Joining | null {
    return this.#pending?.stage === 'joining' && this.concerns(pairing) ? this.#pending : null;
  }

  async save(pending: PendingPairing): Promise<void> {
    await savePendingPairing(this.#parts.vault, pending);
    this.#take(pending);
  }

  /** Nothing is under way any more. */
  async forget(): Promise<void> {
    await forgetPendingPairing(this.#parts.vault);
    this.#take(null);
  }

  /** Has the person say whether another link takes the place of the one under way. */
  ask(link: PairingLink): void {
    this.#other = link;
    this.#show('asks');
  }

  /** What was asked about another link, or said of it, was answered or read. */
  closeOther(): void {
    this.#other = null;
    this.#show(null);
  }

  /** Says what is wrong with a link, beside the one under way where there is one. */
  refuse(code: ErrorCode): void {
    this.#other = null;
    if (this.#pending) this.#show(code);
    else this.#progress.value = { stage: 'failed', code };
  }

  /** The failure was read. */
  dismiss(): void {
    if (this.#progress.value?.stage === 'failed') this.#progress.value = null;
  }

  /** Ends what is under way, if anything, and says why. `close`: for the browser as well. */
  async end(code: ErrorCode | null, close: boolean): Promise<void> {
    const pending = this.#pending;
    // It may have been confirmed while its end waited for its turn: what stands is not ended.
    if (!pending) return;
    this.#cancelDeadline();
    const post = await this.#post();
    const client = post.client(this.#parts.relay);
    const { channel } = pending.stage === 'comparing' ? pending.pairing : derivePairingSecrets(pending.link.secret);
    if (pending.stage === 'comparing') await post.remove(pending.pairing.pairing, close);
    else if (close) client.close(channel);
    else client.detach(channel);
    await this.forget();
    if (code) this.#progress.value = { stage: 'failed', code };
  }

  /** As `end`, in its turn, for the browser as well. */
  endInTurn(code: ErrorCode | null): Promise<void> {
    return this.inTurn(() => this.end(code, true));
  }

  /** It lasts no longer than this from now, ms. */
  setDeadline(afterMs: number): void {
    this.#cancelDeadline();
    this.#cancelDeadline = this.#parts.clock.after(Math.max(0, afterMs), () => {
      this.endInTurn('pairing-unfinished').catch((thrown: unknown) => {
        this.#progress.value = { stage: 'failed', code: codeOf(thrown) };
      });
    });
  }

  cancelDeadline(): void {
    this.#cancelDeadline();
  }

  #take(pending: PendingPairing | null): void {
    this.#pending = pending;
    if (!pending) this.#other = null;
    this.#show(this.#other && 'asks');
  }

  #show(other: OtherLink): void {
    this.#progress.value = this.#pending && progressOf(this.#pending, other);
  }
}

function nameOf(pending: PendingPairing): string {
  return pending.stage === 'comparing'
    ? pending.pairing.pairing
    : base64url(derivePairingSecrets(pending.link.secret).channel);
}

function progressOf(pending: Joining | Comparing, other: OtherLink): PairingProgress {
  if (pending.stage === 'joining') return { stage: 'joining', other };
  const { pairing, digits, here } = pending;
  return { stage: 'comparing', digits, browser: pairing.peerName, confirmed: here, other };
}
