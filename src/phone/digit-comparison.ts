import { codeOf, type ErrorCode } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import type { Post } from '../relay-client/post.ts';
import type { Pairing } from '../vault/pairing-book.ts';
import { pairingGraceMs } from './pairing-grace.ts';
import type { PairingState } from './pairing-state.ts';
import type { Pairings } from './pairings.ts';
import type { PhoneParts } from './parts.ts';
import type { PersonCheck } from './person-check.ts';
import type { Comparing } from './storage/pending-pairing.ts';

/** Six digits on both screens: the browser is paired once both people have said that they are the same. */
export class DigitComparison {
  readonly #parts: PhoneParts;
  readonly #pairings: Pairings;
  readonly #post: () => Promise<Post>;
  readonly #state: PairingState;
  readonly #person: PersonCheck;

  constructor(
    parts: PhoneParts,
    pairings: Pairings,
    post: () => Promise<Post>,
    state: PairingState,
    person: PersonCheck,
  ) {
    this.#parts = parts;
    this.#pairings = pairings;
    this.#post = post;
    this.#state = state;
    this.#person = person;
  }

  /** The handshake has given them, in the turn of who calls. */
  async begin(pairing: Pairing, digits: string): Promise<void> {
    const since = this.#parts.clock.now();
    await this.#state.save({ stage: 'comparing', pairing, digits, since, here: false, there: false });
    const post = await this.#post();
    post.add(pairing);
    this.#state.setDeadline(limits.comparingMs);
  }

  /** Goes on with what was under way. */
  async resume({ since, pairing }: Comparing): Promise<void> {
    (await this.#post()).add(pairing);
    this.#state.setDeadline(since + limits.comparingMs - this.#parts.clock.now());
  }

  /** As `PairingDesk.match`. */
  async match(): Promise<void> {
    if (!(await this.#person.passes())) return;
    await this.#state.inTurn(async () => {
      const { pending } = this.#state;
      if (pending?.stage !== 'comparing' || pending.here) return;
      const post = await this.#post();
      await post.reply(pending.pairing.pairing, { kind: 'confirm' }, limits.comparingMs);
      await this.#confirmed({ ...pending, here: true });
    });
  }

  /** The browser's person says that the digits are the same. */
  confirmedThere(pairing: string): Promise<void> {
    return this.#state.inTurn(async () => {
      const { pending } = this.#state;
      if (pending?.stage !== 'comparing' || !this.#state.concerns(pairing)) return;
      await this.#confirmed({ ...pending, there: true });
    });
  }

  /** Why it ended, where the relay says `code` of its channel. A browser whose time is over closes that as well. */
  endOf({ since }: Comparing, code: ErrorCode): ErrorCode {
    const isRefusal =
      code === 'channel-closed' && this.#parts.clock.now() - since < limits.comparingMs - pairingGraceMs;
    return isRefusal ? 'digits-refused' : 'pairing-unfinished';
  }

  async #confirmed(pending: Comparing): Promise<void> {
    await this.#state.save(pending);
    if (!pending.here || !pending.there) return;
    this.#state.cancelDeadline();
    await this.#pairings.add(pending.pairing);
    await this.#state.forget();
    await this.#tellOthers(pending.pairing);
  }

  /** The browsers that were there before hear of the new one. */
  async #tellOthers({ pairing, peerName: name }: Pairing): Promise<void> {
    const post = await this.#post();
    for (const other of this.#pairings.entries.value) {
      if (other.pairing === pairing || other.ended !== null) continue;
      await post.begin(other.pairing, { kind: 'paired', name }, limits.messageLifeMs).catch(unlessGone);
    }
  }
}

/** A browser whose pairing has ended meanwhile need not hear of another. */
function unlessGone(thrown: unknown): void {
  if (codeOf(thrown) !== 'no-phone') throw thrown;
}
