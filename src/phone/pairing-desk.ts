import type { Signal } from '@preact/signals';
import { base64url } from '../core/bytes.ts';
import { AppError, codeOf, type ErrorCode } from '../core/errors.ts';
import type { FrameOf } from '../core/frames.ts';
import { inTurn } from '../core/in-turn.ts';
import { limits } from '../core/limits.ts';
import { newOwnKeys, type PhonePairing, pairAsPhone } from '../core/pairing.ts';
import { derivePairingSecrets, type PairingLink, parsePairingLink } from '../core/pairing-link.ts';
import type { Post } from '../relay-client/post.ts';
import type { Pairing } from '../vault/pairing-book.ts';
import type { OtherLink, PairingProgress, ShownPairing } from './pairing-progress.ts';
import type { Pairings } from './pairings.ts';
import type { PhoneParts } from './parts.ts';
import { PersonCheck } from './person-check.ts';
import {
  type Comparing,
  forgetPendingPairing,
  type Joining,
  loadPendingPairing,
  type PendingPairing,
  savePendingPairing,
} from './storage/pending-pairing.ts';

/** How far what is due at one time on both sides may be apart here, as it was on its way, ms. */
const graceMs = 10_000;

/** What the relay's refusals mean to who has scanned a code. */
const joinErrors: ReadonlyMap<ErrorCode, ErrorCode> = new Map<ErrorCode, ErrorCode>([
  ['unknown-channel', 'link-expired'],
  ['already-joined', 'link-used'],
  ['channel-closed', 'link-used'],
]);

/** One pairing at a time, from the link to the confirmed digits. */
export class PairingDesk {
  readonly progress: Signal<PairingProgress | null>;
  readonly #parts: PhoneParts;
  readonly #pairings: Pairings;
  readonly #post: () => Promise<Post>;
  readonly #person: PersonCheck;
  readonly #inTurn = inTurn();
  #pending: PendingPairing | null = null;
  #handshake: PhonePairing | null = null;
  /** A link that was opened while another pairing is under way, until the person has said which of the two goes on. */
  #other: PairingLink | null = null;
  #cancelDeadline: () => void = () => undefined;

  private constructor(
    parts: PhoneParts,
    pairings: Pairings,
    post: () => Promise<Post>,
    person: PersonCheck,
    progress: Signal<PairingProgress | null>,
  ) {
    this.progress = progress;
    this.#parts = parts;
    this.#pairings = pairings;
    this.#post = post;
    this.#person = person;
  }

  /** Throws `key-storage-broken`. */
  static async open(
    parts: PhoneParts,
    pairings: Pairings,
    post: () => Promise<Post>,
    { progress, personProblem }: ShownPairing,
  ): Promise<PairingDesk> {
    return new PairingDesk(parts, pairings, post, await PersonCheck.load(parts, personProblem), progress);
  }

  /** Reads what is stored; gives whom to listen to. Throws `key-storage-broken`. */
  async load(): Promise<Pairing[]> {
    const pending = await loadPendingPairing(this.#parts.vault);
    const isDone = pending?.stage === 'comparing' && this.#pairings.find(pending.pairing.pairing) !== undefined;
    if (isDone) await forgetPendingPairing(this.#parts.vault);
    else this.#take(pending);
    return this.#pending?.stage === 'comparing' ? [this.#pending.pairing] : [];
  }

  /** Goes on with what was under way. */
  async resume(): Promise<void> {
    const pending = this.#pending;
    if (pending?.stage === 'joining') await this.#join(pending);
    if (pending?.stage === 'comparing') this.#setDeadline(pending.since + limits.comparingMs - this.#parts.clock.now());
  }

  /** Whether a channel is that of the pairing under way. */
  concerns(pairing: string): boolean {
    return this.#pending !== null && nameOf(this.#pending) === pairing;
  }

  /**
   * Begins with a link that was opened or pasted. A pairing that is under way goes on, and the person is asked. What is
   * wrong with the link becomes the progress, or is told beside that of the one under way.
   */
  start(given: string): Promise<void> {
    return this.#inTurn(async () => {
      try {
        const link = parsePairingLink(given);
        if (link.relay !== this.#parts.relay) throw new AppError('link-other-relay');
        await this.#begin(link);
      } catch (thrown) {
        if (!(thrown instanceof AppError)) throw thrown;
        this.#other = null;
        this.progress.value = this.#pending
          ? progressOf(this.#pending, thrown.code)
          : { stage: 'failed', code: thrown.code };
      }
    });
  }

  /** The person has been asked about another link: `replaces`: it takes the place of the pairing under way. */
  answerOther(replaces: boolean): Promise<void> {
    return this.#inTurn(async () => {
      const link = this.#other;
      this.#other = null;
      if (!replaces || !link) return this.#take(this.#pending);
      await this.#end(null, true);
      await this.#begin(link);
    });
  }

  /**
   * The person says that the digits are the same, which counts once they are verified. To be called right in the handler
   * of the tap, which the authenticator asks for.
   */
  async match(): Promise<void> {
    if (!(await this.#person.passes())) return;
    await this.#inTurn(async () => {
      const pending = this.#pending;
      if (pending?.stage !== 'comparing' || pending.here) return;
      const post = await this.#post();
      await post.reply(pending.pairing.pairing, { kind: 'confirm' }, limits.comparingMs);
      await this.#confirmed({ ...pending, here: true });
    });
  }

  /** The person says that they differ, or gives up. */
  async refuse(code: ErrorCode | null): Promise<void> {
    this.#person.cancel();
    await this.#endInTurn(code);
  }

  /** The failure was read. */
  dismiss(): void {
    if (this.progress.value?.stage === 'failed') this.progress.value = null;
  }

  /** The browser's person says that the digits are the same. */
  confirmedThere(pairing: string): Promise<void> {
    return this.#inTurn(async () => {
      const pending = this.#pending;
      if (pending?.stage !== 'comparing' || nameOf(pending) !== pairing) return;
      await this.#confirmed({ ...pending, there: true });
    });
  }

  /** Resolves once all that was begun so far is done. */
  settled(): Promise<void> {
    return this.#inTurn(async () => undefined);
  }

  /** The mailbox was opened at the relay, whose time is now known. */
  attached(pairing: string): Promise<void> {
    return this.#inTurn(async () => {
      const pending = this.#pending;
      if (pending?.stage !== 'joining' || nameOf(pending) !== pairing || !this.#handshake) return;
      const client = (await this.#post()).client(pending.link.relay);
      const leftMs = pending.link.expiresMs - client.now();
      if (leftMs <= 0 && !pending.asked) return this.#end('link-expired', false);
      this.#setDeadline(Math.max(leftMs, 0) + graceMs);
      if (leftMs <= 0) return;
      const asked = { ...pending, asked: true };
      await this.#save(asked);
      const { channel } = derivePairingSecrets(pending.link.secret);
      client.put({
        channel,
        id: pending.firstId,
        expiresMs: pending.link.expiresMs,
        collapse: null,
        body: this.#handshake.first,
      });
    });
  }

  /** A body that is no conversation's: the browser's half of the handshake. */
  unsealed({ channel, body }: FrameOf<'deliver'>): Promise<void> {
    return this.#inTurn(async () => {
      const pending = this.#pending;
      const handshake = this.#handshake;
      if (pending?.stage !== 'joining' || !handshake || nameOf(pending) !== base64url(channel)) return;
      try {
        await this.#compare(pending, handshake, body);
      } catch (thrown) {
        if (!(thrown instanceof AppError)) throw thrown;
        await this.#end(thrown.code, true);
      }
    });
  }

  /** The relay will have no more of the channel. */
  ended(pairing: string, code: ErrorCode): Promise<void> {
    return this.#inTurn(async () => {
      const pending = this.#pending;
      if (!pending || nameOf(pending) !== pairing) return;
      if (pending.stage === 'joining') await this.#end(joinErrors.get(code) ?? code, false);
      else await this.#end(this.#isRefusal(pending, code) ? 'digits-refused' : 'pairing-unfinished', false);
    });
  }

  stop(): void {
    this.#cancelDeadline();
    this.#person.cancel();
  }

  async #begin(link: PairingLink): Promise<void> {
    const name = base64url(derivePairingSecrets(link.secret).channel);
    const known = this.#pairings.find(name);
    if (known) return this.#pairings.tell({ what: 'already-paired', browser: known.browser });
    if (this.concerns(name)) return;
    if (this.#pending) {
      this.#other = link;
      this.progress.value = progressOf(this.#pending, 'asks');
      return;
    }
    const { random, deviceName } = this.#parts;
    const joining: Joining = {
      stage: 'joining',
      link,
      keys: newOwnKeys(random),
      ephemeralSecret: random(32),
      firstId: random(16),
      deviceName,
      asked: false,
    };
    await this.#save(joining);
    await this.#join(joining);
  }

  async #join({ link, keys, ephemeralSecret, deviceName }: Joining): Promise<void> {
    this.#handshake = pairAsPhone(link, keys, deviceName, this.#parts.random, ephemeralSecret);
    this.#setDeadline(limits.pairingOfferLifeMs + graceMs);
    const { channel, joinKeys } = derivePairingSecrets(link.secret);
    const client = (await this.#post()).client(link.relay);
    client.attach({ channel, keys: keys.relay, joinKeys });
  }

  async #compare({ link, keys }: Joining, handshake: PhonePairing, second: Uint8Array): Promise<void> {
    const { shared, digits, peerName, conversation } = handshake.finish(second);
    const pairing: Pairing = {
      ...shared,
      pairing: base64url(shared.channel),
      relay: link.relay,
      relayKeys: keys.relay,
      peerName,
      pairedAt: this.#parts.clock.now(),
    };
    const post = await this.#post();
    // In this order: if it ends in between, the reply comes again and all of it is done again.
    await post.adopt(pairing.pairing, conversation, limits.comparingMs);
    await this.#save({
      stage: 'comparing',
      pairing,
      digits,
      since: this.#parts.clock.now(),
      here: false,
      there: false,
    });
    post.add(pairing);
    this.#handshake = null;
    this.#setDeadline(limits.comparingMs);
  }

  async #confirmed(pending: Comparing): Promise<void> {
    await this.#save(pending);
    if (!pending.here || !pending.there) return;
    this.#cancelDeadline();
    await this.#pairings.add(pending.pairing);
    await forgetPendingPairing(this.#parts.vault);
    this.#take(null);
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

  /** Ends the pairing under way, if there is one, and says why. */
  async #end(code: ErrorCode | null, close: boolean): Promise<void> {
    const pending = this.#pending;
    // It may have been confirmed while its end waited for its turn: what stands is not ended.
    if (!pending) return;
    this.#cancelDeadline();
    this.#handshake = null;
    const post = await this.#post();
    const client = post.client(this.#parts.relay);
    const { channel } = pending.stage === 'comparing' ? pending.pairing : derivePairingSecrets(pending.link.secret);
    if (pending.stage === 'comparing') await post.remove(pending.pairing.pairing, close);
    else if (close) client.close(channel);
    else client.detach(channel);
    await forgetPendingPairing(this.#parts.vault);
    this.#take(null);
    if (code) this.progress.value = { stage: 'failed', code };
  }

  #endInTurn(code: ErrorCode | null): Promise<void> {
    return this.#inTurn(() => this.#end(code, true));
  }

  /** A browser whose time is over closes the channel as well. */
  #isRefusal({ since }: Comparing, code: ErrorCode): boolean {
    return code === 'channel-closed' && this.#parts.clock.now() - since < limits.comparingMs - graceMs;
  }

  #setDeadline(afterMs: number): void {
    this.#cancelDeadline();
    this.#cancelDeadline = this.#parts.clock.after(Math.max(0, afterMs), () => {
      this.#endInTurn('pairing-unfinished').catch((thrown: unknown) => {
        this.progress.value = { stage: 'failed', code: codeOf(thrown) };
      });
    });
  }

  async #save(pending: PendingPairing): Promise<void> {
    await savePendingPairing(this.#parts.vault, pending);
    this.#take(pending);
  }

  #take(pending: PendingPairing | null): void {
    this.#pending = pending;
    if (!pending) this.#other = null;
    this.progress.value = pending && progressOf(pending, this.#other && 'asks');
  }
}

function nameOf(pending: PendingPairing): string {
  return pending.stage === 'comparing'
    ? pending.pairing.pairing
    : base64url(derivePairingSecrets(pending.link.secret).channel);
}

function progressOf(pending: PendingPairing, other: OtherLink): PairingProgress {
  if (pending.stage === 'joining') return { stage: 'joining', other };
  const { pairing, digits, here } = pending;
  return { stage: 'comparing', digits, browser: pairing.peerName, confirmed: here, other };
}

/** A browser whose pairing has ended meanwhile need not hear of another. */
function unlessGone(thrown: unknown): void {
  if (codeOf(thrown) !== 'no-phone') throw thrown;
}
