import { base64url } from '../../core/bytes.ts';
import { AppError, codeOf, type ErrorCode } from '../../core/errors.ts';
import type { FrameOf } from '../../core/frames.ts';
import type { Random } from '../../core/keys.ts';
import { limits } from '../../core/limits.ts';
import { newOwnKeys, pairAsBrowser } from '../../core/pairing.ts';
import { derivePairingSecrets } from '../../core/pairing-link.ts';
import type { Post } from '../../relay-client/post.ts';
import type { Clock } from '../../relay-client/socket.ts';
import type { NewChannel } from './channel-creation.ts';
import type { DigitComparison } from './digit-comparison.ts';
import type { PairingState, PairingStep } from './pairing-state.ts';
import { channelOf, handshakeOf, linkOf, type Offer, ownKeysOf } from './pending-pairing.ts';

/** New codes in a row that nobody scanned, after which a page left open shows no more. */
const mostRenewals = 10;
/** How long the conversation of a pairing lasts, ms: longer than the digits may be compared. */
const conversationMs = 2 * limits.comparingMs;

export interface PairingCodeOptions {
  state: PairingState;
  comparison: Pick<DigitComparison, 'begin'>;
  /** Rejects with `key-storage-broken`. */
  post: () => Promise<Pick<Post, 'client' | 'add' | 'adopt'>>;
  /** The relay for new pairings. */
  relay: () => Promise<string>;
  createChannel: (of: NewChannel) => Promise<number>;
  clock: Clock;
  random: Random;
  browserName: string;
  /** Whether somebody looks. */
  isWatched: () => boolean;
}

/** The code on the screen: a channel at the relay and a link to it, renewed until a phone has read it. */
export class PairingCode {
  readonly #options: PairingCodeOptions;
  #renewals = 0;

  constructor(options: PairingCodeOptions) {
    this.#options = options;
  }

  /** Shows the first one. */
  begin(): Promise<void> {
    this.#renewals = 0;
    return this.#offer(null);
  }

  /** Listens to the channel of a code that is shown. */
  listen(post: Pick<Post, 'client'>, offer: Offer): void {
    post.client(offer.relay).attach({ channel: channelOf(offer), keys: ownKeysOf(offer).relay });
  }

  /** Its time is over. */
  async renew(): Promise<void> {
    const { state, isWatched } = this.#options;
    await state.close();
    if (!isWatched()) await state.become({ step: 'none' });
    else if (this.#renewals++ < mostRenewals) await this.#offer(null);
    else await state.become({ step: 'failed', code: 'link-expired' });
  }

  /** A new code in place of one that is spoilt, where somebody is there to see it. */
  async startOver(code: ErrorCode): Promise<void> {
    const { state, isWatched } = this.#options;
    await state.close();
    if (isWatched()) await this.#offer(code);
    else await state.become({ step: 'failed', code });
  }

  /** A phone's half of the handshake, or what somebody else with a photograph of the code sent. */
  async unsealed({ channel, body }: FrameOf<'deliver'>): Promise<void> {
    const { state, random, clock, browserName, comparison } = this.#options;
    const { current } = state;
    if (current.step !== 'offer' || base64url(channel) !== base64url(channelOf(current.offer))) return;
    const { offer } = current;
    const post = await this.#options.post();
    if (state.current !== current) return;
    let answered: ReturnType<typeof pairAsBrowser>;
    try {
      answered = pairAsBrowser(linkOf(offer), ownKeysOf(offer), browserName, body, random);
    } catch (thrown) {
      return this.startOver(codeOf(thrown));
    }
    const { second, paired } = answered;
    const handshake = handshakeOf(offer, paired, second, random(16), clock.now());
    // Before the state says so: whoever is ended in between takes the phone's half again.
    await post.adopt(handshake.channel, paired.conversation, conversationMs);
    if (state.current !== current) return;
    await comparison.begin(post, handshake);
  }

  async #offer(notice: ErrorCode | null): Promise<void> {
    const { state, clock, random, createChannel } = this.#options;
    const starting: PairingStep = { step: 'starting' };
    let shown: PairingStep = starting;
    try {
      await state.become(starting);
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
      shown = { step: 'offer', offer, notice };
      if (state.current === starting) await state.become(shown);
      this.listen(post, offer);
      if (!state.isOffering(offer)) post.client(relay).close(channel);
    } catch (thrown) {
      // Whatever it was: what is neither shown nor over would be waited for without end.
      if (state.current === starting || state.current === shown)
        await state.become({ step: 'failed', code: codeOf(thrown) });
      if (!(thrown instanceof AppError)) throw thrown;
    }
  }
}
