import { base64url, fromBase64url } from '../../core/bytes.ts';
import { AppError, codeOf, type ErrorCode } from '../../core/errors.ts';
import type { FrameOf, peerEvents } from '../../core/frames.ts';
import type { Random } from '../../core/keys.ts';
import { limits } from '../../core/limits.ts';
import { newOwnKeys, pairAsBrowser } from '../../core/pairing.ts';
import { derivePairingSecrets, pairingUrl } from '../../core/pairing-link.ts';
import { encodedBytes } from '../../core/parse.ts';
import type { Contact, Post, PostStore } from '../../relay-client/post.ts';
import type { Clock } from '../../relay-client/socket.ts';
import type { PairingView } from '../messaging/view.ts';
import type { NewChannel } from './channel-creation.ts';
import type { Contacts } from './contacts.ts';
import {
  channelOf,
  contactOf,
  type Handshake,
  handshakeOf,
  linkOf,
  type Offer,
  ownKeysOf,
  pairingOf,
  parseHandshake,
  parseOffer,
} from './pending-pairing.ts';
import type { RelayHealth } from './relay-health.ts';
import type { WakeUp } from './wake-up.ts';

/** New codes in a row that nobody scanned, after which a page left open shows no more. */
const mostRenewals = 10;
/** How long the conversation of a pairing lasts, ms: longer than the digits may be compared. */
const conversationMs = 2 * limits.comparingMs;

type State =
  | { step: 'none' }
  | { step: 'starting' }
  | { step: 'offer'; offer: Offer; notice: ErrorCode | null }
  | { step: 'digits'; handshake: Handshake }
  | { step: 'paired'; phone: string }
  | { step: 'failed'; code: ErrorCode };

export interface PairingDeskOptions {
  store: PostStore;
  /** Rejects with `key-storage-broken`. */
  post: () => Promise<Pick<Post, 'client' | 'add' | 'adopt' | 'begin' | 'reply' | 'remove'>>;
  contacts: Contacts;
  relays: RelayHealth;
  relay: () => Promise<string>;
  createChannel: (of: NewChannel) => Promise<number>;
  clock: Clock;
  random: Random;
  wakeUp: Pick<WakeUp, 'set'>;
  browserName: string;
  changed: () => void;
  /** A pairing that counts now has taken another's place. */
  replaced: (before: string, after: string) => Promise<void>;
}

/** One pairing at a time, from the code on the screen to the phone in the book (design.md §3, docs/protocol.md §4). */
export class PairingDesk {
  readonly #options: PairingDeskOptions;
  #state: State = { step: 'none' };
  #watchers = 0;
  #renewals = 0;
  #isFinishing = false;
  /** One word at a time: the phone must have this person's before the pairing is over. */
  #turn: Promise<unknown> = Promise.resolve();
  /** The pairing whose place this one takes. */
  #replaces: string | null = null;

  constructor(options: PairingDeskOptions) {
    this.#options = options;
  }

  /** Takes up what the worker before left; gives the contact whose digits are being compared. */
  async restore(): Promise<Contact[]> {
    const { store } = this.#options;
    const { offer, digits, replaces } = Object.fromEntries(await store.entries(''));
    try {
      if (replaces !== undefined) this.#replaces = encodedBytes(16)(replaces, 'replaces');
      // Where both are left, the worker was ended on the way from the first to the second.
      if (digits !== undefined) this.#state = { step: 'digits', handshake: parseHandshake(digits, 'digits') };
      else if (offer !== undefined) this.#state = { step: 'offer', offer: parseOffer(offer, 'offer'), notice: null };
    } catch (thrown) {
      if (!(thrown instanceof AppError)) throw thrown;
      await store.remove(['offer', 'digits', 'replaces']);
    }
    this.#schedule();
    return this.#state.step === 'digits' ? [contactOf(this.#state.handshake)] : [];
  }

  /** Listens again to what was pending, and says again what may not have left. */
  async resume(post: Pick<Post, 'client' | 'reply'>): Promise<void> {
    const state = this.#state;
    if (state.step === 'offer') this.#listen(post, state.offer);
    if (state.step !== 'digits') return;
    this.#putSecond(post, state.handshake);
    if (state.handshake.confirmedHere)
      await post.reply(state.handshake.channel, { kind: 'confirm' }, limits.comparingMs);
    await this.#finish();
  }

  /** Whether something is awaited from a phone. */
  get active(): boolean {
    return this.#state.step === 'offer' || this.#state.step === 'digits';
  }

  view(): PairingView | null {
    const state = this.#state;
    if (state.step === 'none') return null;
    if (state.step === 'offer') {
      const { offer, notice } = state;
      const trouble = this.#options.relays.troubleOf(offer.relay);
      return { step: 'offer', link: pairingUrl(linkOf(offer)), expiresAt: offer.expiresAt, notice, trouble };
    }
    if (state.step !== 'digits') return state;
    const { channel: pairing, digits, peerName: phone, confirmedHere } = state.handshake;
    return { step: confirmedHere ? 'waiting' : 'digits', pairing, digits, phone };
  }

  /** Shows a code, unless a pairing is under way. `replaces`: the pairing that ends once the new one counts. */
  async begin(replaces: string | null = null): Promise<void> {
    if (this.active || this.#state.step === 'starting') return;
    this.#renewals = 0;
    // Who tries again what has failed still wants the same.
    const wanted = replaces ?? (this.#state.step === 'failed' ? this.#replaces : null);
    this.#replaces = wanted;
    const { store } = this.#options;
    await Promise.all([
      this.#offer(null),
      wanted === null ? store.remove(['replaces']) : store.set({ replaces: wanted }),
    ]);
  }

  /** Whether the pairing under way takes the place of this one. */
  isReplacing(pairing: string): boolean {
    return this.active && this.#replaces === pairing;
  }

  /** Puts an end to whatever is under way. */
  async cancel(): Promise<void> {
    await this.#close();
    await this.#become({ step: 'none' });
  }

  /** Somebody looks: the code is renewed as long as that is so, and how it went is forgotten when nobody does any more. */
  watch(): () => Promise<void> {
    this.#watchers++;
    return async () => {
      this.#watchers--;
      const { step } = this.#state;
      if (this.#watchers === 0 && (step === 'paired' || step === 'failed')) await this.#become({ step: 'none' });
    };
  }

  /** The person says that the digits are the same. Throws `pairing-unfinished` when it is about another pairing. */
  confirm(pairing: string): Promise<void> {
    return this.#inTurn(async () => {
      const handshake = this.#comparing(pairing);
      await this.#become({ step: 'digits', handshake: { ...handshake, confirmedHere: true } });
      const post = await this.#options.post();
      if (!this.#isComparing(pairing)) return;
      await post.reply(pairing, { kind: 'confirm' }, limits.comparingMs);
      await this.#finish();
    });
  }

  /** The person says that they differ. Throws as `confirm`. */
  async refuse(pairing: string): Promise<void> {
    this.#comparing(pairing);
    await this.#fail('digits-refused');
  }

  /** The phone's person says that the digits are the same. */
  confirmed(pairing: string): Promise<void> {
    return this.#inTurn(async () => {
      const state = this.#state;
      if (state.step !== 'digits' || state.handshake.channel !== pairing) return;
      await this.#become({ step: 'digits', handshake: { ...state.handshake, confirmedThere: true } });
      await this.#finish();
    });
  }

  /** A phone's half of the handshake, or what somebody else with a photograph of the code sent. */
  async unsealed({ channel, body }: FrameOf<'deliver'>): Promise<void> {
    const { random, clock, browserName } = this.#options;
    const state = this.#state;
    if (state.step !== 'offer' || base64url(channel) !== base64url(channelOf(state.offer))) return;
    const { offer } = state;
    const post = await this.#options.post();
    if (this.#state !== state) return;
    let answered: ReturnType<typeof pairAsBrowser>;
    try {
      answered = pairAsBrowser(linkOf(offer), ownKeysOf(offer), browserName, body, random);
    } catch (thrown) {
      return this.#startOver(codeOf(thrown));
    }
    const { second, paired } = answered;
    const handshake = handshakeOf(offer, paired, second, random(16), clock.now());
    // Before the state says so: whoever is ended in between takes the phone's half again.
    await post.adopt(handshake.channel, paired.conversation, conversationMs);
    if (this.#state !== state) return;
    await this.#become({ step: 'digits', handshake });
    if (!this.#isComparing(handshake.channel)) return;
    this.#putSecond(post, handshake);
    post.add(contactOf(handshake));
  }

  async peer(pairing: string, event: string | (typeof peerEvents)[number]): Promise<void> {
    if (event === 'second-join' && pairing === this.#channel()) await this.#startOver('link-used');
  }

  /** The relay will have no more of a channel; gives whether it was ours. */
  async ended(pairing: string, code: ErrorCode): Promise<boolean> {
    if (pairing !== this.#channel()) return false;
    const state = this.#state;
    if (state.step !== 'digits' || code !== 'channel-closed') await this.#fail(code);
    // The time is over for the phone as well, which says no more than that it closes.
    else
      await this.#fail(this.#options.clock.now() < state.handshake.expiresAt ? 'digits-refused' : 'pairing-unfinished');
    return true;
  }

  /** Renews or ends what is over. */
  async tick(): Promise<void> {
    const state = this.#state;
    const now = this.#options.clock.now();
    if (state.step === 'digits' && now >= state.handshake.expiresAt) await this.#fail('pairing-unfinished');
    if (state.step === 'offer' && now >= state.offer.expiresAt) {
      await this.#close();
      if (this.#watchers === 0) await this.#become({ step: 'none' });
      else if (this.#renewals++ < mostRenewals) await this.#offer(null);
      else await this.#become({ step: 'failed', code: 'link-expired' });
    }
    this.#schedule();
  }

  async #offer(notice: ErrorCode | null): Promise<void> {
    const { clock, random, createChannel } = this.#options;
    const starting: State = { step: 'starting' };
    await this.#become(starting);
    try {
      const [relay, post] = await Promise.all([this.#options.relay(), this.#options.post()]);
      const secret = random(16);
      const own = newOwnKeys(random);
      const { channel, joinKeys } = derivePairingSecrets(secret);
      const timeMs = await createChannel({ relay, channel, keys: own.relay, joinKey: joinKeys.public });
      const offer: Offer = {
        relay,
        secret: base64url(secret),
        static: base64url(own.static.secret),
        relayKeys: base64url(own.relay.secret),
        expiresMs: timeMs + limits.pairingOfferLifeMs,
        expiresAt: clock.now() + limits.pairingOfferLifeMs,
      };
      if (this.#state === starting) await this.#become({ step: 'offer', offer, notice });
      this.#listen(post, offer);
      if (!this.#isOffering(offer)) post.client(relay).close(channel);
    } catch (thrown) {
      if (!(thrown instanceof AppError)) throw thrown;
      if (this.#state === starting) await this.#become({ step: 'failed', code: thrown.code });
    }
  }

  /** A new code in place of one that is spoilt, where somebody is there to see it. */
  async #startOver(code: ErrorCode): Promise<void> {
    await this.#close();
    if (this.#watchers > 0) await this.#offer(code);
    else await this.#become({ step: 'failed', code });
  }

  async #fail(code: ErrorCode): Promise<void> {
    await this.#close();
    await this.#become({ step: 'failed', code });
  }

  async #finish(): Promise<void> {
    const state = this.#state;
    if (state.step !== 'digits' || !state.handshake.confirmedHere || !state.handshake.confirmedThere) return;
    if (this.#isFinishing) return;
    const { contacts, clock, replaced } = this.#options;
    const { channel } = state.handshake;
    this.#isFinishing = true;
    try {
      await contacts.add(pairingOf(state.handshake, clock.now()));
      // Before this is over, so that another worker does it again where this one is ended in between.
      if (this.#replaces !== null && this.#isComparing(channel)) await replaced(this.#replaces, channel);
    } catch (thrown) {
      await this.#fail(codeOf(thrown));
      return;
    } finally {
      this.#isFinishing = false;
    }
    // It was ended while it was put in the book.
    if (!this.#isComparing(channel)) return contacts.remove(channel);
    await this.#become({ step: 'paired', phone: state.handshake.peerName });
    await this.#tellOthers(state.handshake);
  }

  /** The phones that were there before hear of the new one. */
  async #tellOthers({ channel, peerName: name }: Handshake): Promise<void> {
    const post = await this.#options.post();
    for (const { pairing } of this.#options.contacts.open) {
      if (pairing !== channel) await post.begin(pairing, { kind: 'paired', name }, limits.messageLifeMs);
    }
  }

  #comparing(pairing: string): Handshake {
    const state = this.#state;
    if (state.step !== 'digits' || state.handshake.channel !== pairing)
      throw new AppError('pairing-unfinished', 'over');
    return state.handshake;
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(task);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  /** Whether it still is so, after something was waited for. */
  #isComparing(pairing: string): boolean {
    return this.#state.step === 'digits' && this.#state.handshake.channel === pairing;
  }

  /** As `#isComparing`. */
  #isOffering(offer: Offer): boolean {
    return this.#state.step === 'offer' && this.#state.offer === offer;
  }

  #channel(): string | null {
    const state = this.#state;
    if (state.step === 'offer') return base64url(channelOf(state.offer));
    return state.step === 'digits' ? state.handshake.channel : null;
  }

  #listen(post: Pick<Post, 'client'>, offer: Offer): void {
    post.client(offer.relay).attach({ channel: channelOf(offer), keys: ownKeysOf(offer).relay });
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

  /** Closes the channel of what is pending, for both sides. */
  async #close(): Promise<void> {
    const state = this.#state;
    if (state.step === 'offer') {
      const post = await this.#options.post();
      post.client(state.offer.relay).close(channelOf(state.offer));
    }
    if (state.step === 'digits') {
      const post = await this.#options.post();
      await post.remove(state.handshake.channel, true);
    }
  }

  async #become(state: State): Promise<void> {
    const { store, changed } = this.#options;
    this.#state = state;
    changed();
    this.#schedule();
    if (state.step === 'offer') await store.set({ offer: state.offer });
    if (state.step === 'digits') await store.set({ digits: state.handshake });
    await store.remove(['offer', 'digits'].filter((key) => key !== state.step));
  }

  #schedule(): void {
    const state = this.#state;
    if (state.step === 'offer') this.#options.wakeUp.set(state.offer.expiresAt);
    else this.#options.wakeUp.set(state.step === 'digits' ? state.handshake.expiresAt : null);
  }
}
