import { fromBase64url } from '../../core/bytes.ts';
import { AppError, codeOf } from '../../core/errors.ts';
import { inTurn } from '../../core/in-turn.ts';
import { limits } from '../../core/limits.ts';
import type { Post } from '../../relay-client/post.ts';
import type { Clock } from '../../relay-client/socket.ts';
import type { Contacts } from './contacts.ts';
import type { PairingState } from './pairing-state.ts';
import { contactOf, type Handshake, pairingOf } from './pending-pairing.ts';

export interface DigitComparisonOptions {
  state: PairingState;
  /** Rejects with `key-storage-broken`. */
  post: () => Promise<Pick<Post, 'begin' | 'reply'>>;
  contacts: Pick<Contacts, 'add' | 'remove' | 'open'>;
  clock: Pick<Clock, 'now'>;
  /** A pairing that counts now has taken another's place. */
  replaced: (before: string, after: string) => Promise<void>;
}

/** Six digits on both screens: the phone is in the book once both people have said that they are the same. */
export class DigitComparison {
  readonly #options: DigitComparisonOptions;
  #isFinishing = false;
  /** One word at a time: the phone must have this person's before the pairing is over. */
  readonly #inTurn = inTurn();

  constructor(options: DigitComparisonOptions) {
    this.#options = options;
  }

  /** A phone has read the code. */
  async begin(post: Pick<Post, 'client' | 'add'>, handshake: Handshake): Promise<void> {
    const { state } = this.#options;
    await state.become({ step: 'digits', handshake });
    if (!state.isComparing(handshake.channel)) return;
    this.#putSecond(post, handshake);
    post.add(contactOf(handshake));
  }

  /** Says again what may not have left before the worker was ended. */
  async resume(post: Pick<Post, 'client' | 'reply'>, handshake: Handshake): Promise<void> {
    this.#putSecond(post, handshake);
    if (handshake.confirmedHere) await post.reply(handshake.channel, { kind: 'confirm' }, limits.comparingMs);
    await this.#finish();
  }

  /** The person says that the digits are the same. Throws `pairing-unfinished` when it is about another pairing. */
  confirm(pairing: string): Promise<void> {
    const { state } = this.#options;
    return this.#inTurn(async () => {
      const handshake = this.#comparing(pairing);
      await state.become({ step: 'digits', handshake: { ...handshake, confirmedHere: true } });
      const post = await this.#options.post();
      if (!state.isComparing(pairing)) return;
      await post.reply(pairing, { kind: 'confirm' }, limits.comparingMs);
      await this.#finish();
    });
  }

  /** The person says that they differ. Throws as `confirm`. */
  async refuse(pairing: string): Promise<void> {
    this.#comparing(pairing);
    await this.#options.state.fail('digits-refused');
  }

  /** The phone's person says that the digits are the same. */
  confirmed(pairing: string): Promise<void> {
    const { state } = this.#options;
    return this.#inTurn(async () => {
      const { current } = state;
      if (current.step !== 'digits' || current.handshake.channel !== pairing) return;
      await state.become({ step: 'digits', handshake: { ...current.handshake, confirmedThere: true } });
      await this.#finish();
    });
  }

  async #finish(): Promise<void> {
    const { state, contacts, clock, replaced } = this.#options;
    const { current } = state;
    if (current.step !== 'digits' || !current.handshake.confirmedHere || !current.handshake.confirmedThere) return;
    if (this.#isFinishing) return;
    const { channel } = current.handshake;
    this.#isFinishing = true;
    try {
      await contacts.add(pairingOf(current.handshake, clock.now()));
      // Before this is over, so that another worker does it again where this one is ended in between.
      if (state.replaces !== null && state.isComparing(channel)) await replaced(state.replaces, channel);
    } catch (thrown) {
      await state.fail(codeOf(thrown));
      return;
    } finally {
      this.#isFinishing = false;
    }
    // It was ended while it was put in the book.
    if (!state.isComparing(channel)) return contacts.remove(channel);
    await state.become({ step: 'paired', phone: current.handshake.peerName });
    await this.#tellOthers(current.handshake);
  }

  /** The phones that were there before hear of the new one. */
  async #tellOthers({ channel, peerName: name }: Handshake): Promise<void> {
    const post = await this.#options.post();
    for (const { pairing } of this.#options.contacts.open) {
      if (pairing === channel) continue;
      await post.begin(pairing, { kind: 'paired', name }, limits.messageLifeMs).catch(unlessGone);
    }
  }

  #comparing(pairing: string): Handshake {
    const { current } = this.#options.state;
    if (current.step !== 'digits' || current.handshake.channel !== pairing)
      throw new AppError('pairing-unfinished', 'over');
    return current.handshake;
  }

  #putSecond(post: Pick<Post, 'client'>, { relay, channel, second }: Handshake): void {
    post.client(relay).put({
      channel: fromBase64url(channel),
      id: fromBase64url(second.id),
      expiresMs: second.expiresMs,
      collapse: null,
      body: fromBase64url(second.body),
    });
  }
}

/** A phone whose pairing has ended meanwhile need not hear of another. */
function unlessGone(thrown: unknown): void {
  if (codeOf(thrown) !== 'no-phone') throw thrown;
}
