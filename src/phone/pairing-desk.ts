import { base64url } from '../core/bytes.ts';
import { AppError, type ErrorCode } from '../core/errors.ts';
import type { FrameOf } from '../core/frames.ts';
import { derivePairingSecrets, type PairingLink, parsePairingLink } from '../core/pairing-link.ts';
import type { Post } from '../relay-client/post.ts';
import { DigitComparison } from './digit-comparison.ts';
import { LinkJoining } from './link-joining.ts';
import type { ShownPairing } from './pairing-progress.ts';
import { PairingState } from './pairing-state.ts';
import type { Pairings } from './pairings.ts';
import type { PhoneParts } from './parts.ts';
import { PersonCheck } from './person-check.ts';

/** One pairing at a time, from the link to the confirmed digits. */
export class PairingDesk {
  readonly #relay: string;
  readonly #pairings: Pairings;
  readonly #person: PersonCheck;
  readonly #state: PairingState;
  readonly #comparison: DigitComparison;
  readonly #joining: LinkJoining;

  private constructor(
    parts: PhoneParts,
    pairings: Pairings,
    post: () => Promise<Post>,
    person: PersonCheck,
    state: PairingState,
  ) {
    this.#relay = parts.relay;
    this.#pairings = pairings;
    this.#person = person;
    this.#state = state;
    this.#comparison = new DigitComparison(parts, pairings, post, state, person);
    this.#joining = new LinkJoining(parts, post, state, this.#comparison);
  }

  /** Reads what is stored, and goes on with it. Throws `key-storage-broken`. */
  static async open(
    parts: PhoneParts,
    pairings: Pairings,
    post: () => Promise<Post>,
    { progress, personProblem }: ShownPairing,
  ): Promise<PairingDesk> {
    const person = await PersonCheck.load(parts, personProblem);
    const state = new PairingState(parts, post, progress);
    await state.load((pairing) => pairings.find(pairing) !== undefined);
    const desk = new PairingDesk(parts, pairings, post, person, state);
    const { pending } = state;
    if (pending?.stage === 'joining') await desk.#joining.resume(pending);
    if (pending?.stage === 'comparing') await desk.#comparison.resume(pending);
    return desk;
  }

  /** Whether a channel is that of the pairing under way. */
  concerns(pairing: string): boolean {
    return this.#state.concerns(pairing);
  }

  /**
   * Begins with a link that was opened or pasted. A pairing that is under way goes on, and the person is asked. What is
   * wrong with the link becomes the progress, or is told beside that of the one under way.
   */
  start(given: string): Promise<void> {
    return this.#state.inTurn(async () => {
      try {
        const link = parsePairingLink(given);
        if (link.relay !== this.#relay) throw new AppError('link-other-relay');
        await this.#begin(link);
      } catch (thrown) {
        if (!(thrown instanceof AppError)) throw thrown;
        this.#state.refuse(thrown.code);
      }
    });
  }

  /** The person has been asked about another link: `replaces`: it takes the place of the pairing under way. */
  answerOther(replaces: boolean): Promise<void> {
    return this.#state.inTurn(async () => {
      const { other } = this.#state;
      if (!replaces || !other) return this.#state.closeOther();
      await this.#state.end(null, true);
      await this.#begin(other);
    });
  }

  /**
   * The person says that the digits are the same, which counts once they are verified. To be called right in the handler
   * of the tap, which the authenticator asks for.
   */
  match(): Promise<void> {
    return this.#comparison.match();
  }

  /** The person says that they differ, or gives up. */
  async refuse(code: ErrorCode | null): Promise<void> {
    this.#person.cancel();
    await this.#state.endInTurn(code);
  }

  /** The failure was read. */
  dismiss(): void {
    this.#state.dismiss();
  }

  /** The browser's person says that the digits are the same. */
  confirmedThere(pairing: string): Promise<void> {
    return this.#comparison.confirmedThere(pairing);
  }

  /** Resolves once all that was begun so far is done. */
  settled(): Promise<void> {
    return this.#state.inTurn(async () => undefined);
  }

  /** The mailbox was opened at the relay, whose time is now known. */
  attached(pairing: string): Promise<void> {
    return this.#joining.attached(pairing);
  }

  /** A body that is no conversation's: the browser's half of the handshake. */
  unsealed(frame: FrameOf<'deliver'>): Promise<void> {
    return this.#joining.unsealed(frame);
  }

  /** The relay will have no more of the channel. */
  ended(pairing: string, code: ErrorCode): Promise<void> {
    return this.#state.inTurn(async () => {
      const { pending } = this.#state;
      if (!pending || !this.#state.concerns(pairing)) return;
      const isJoining = pending.stage === 'joining';
      await this.#state.end(isJoining ? this.#joining.endOf(code) : this.#comparison.endOf(pending, code), false);
    });
  }

  stop(): void {
    this.#state.cancelDeadline();
    this.#person.cancel();
  }

  async #begin(link: PairingLink): Promise<void> {
    const name = base64url(derivePairingSecrets(link.secret).channel);
    const known = this.#pairings.find(name);
    if (known) return this.#pairings.tell({ what: 'already-paired', browser: known.browser });
    if (this.#state.concerns(name)) return;
    if (this.#state.pending) this.#state.ask(link);
    else await this.#joining.begin(link);
  }
}
