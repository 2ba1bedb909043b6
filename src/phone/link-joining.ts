import { base64url } from '../core/bytes.ts';
import { AppError, type ErrorCode } from '../core/errors.ts';
import type { FrameOf } from '../core/frames.ts';
import { limits } from '../core/limits.ts';
import { newOwnKeys, type PhonePairing, pairAsPhone } from '../core/pairing.ts';
import { derivePairingSecrets, type PairingLink } from '../core/pairing-link.ts';
import type { Post } from '../relay-client/post.ts';
import type { DigitComparison } from './digit-comparison.ts';
import { pairingGraceMs } from './pairing-grace.ts';
import type { PairingState } from './pairing-state.ts';
import type { PhoneParts } from './parts.ts';
import type { Joining } from './storage/pending-pairing.ts';

/** What the relay's refusals mean to who has scanned a code. */
const joinErrors: ReadonlyMap<ErrorCode, ErrorCode> = new Map<ErrorCode, ErrorCode>([
  ['unknown-channel', 'link-expired'],
  ['already-joined', 'link-used'],
  ['channel-closed', 'link-used'],
]);

/** The channel of a link is joined, and hands are shaken in it, until there are digits to compare. */
export class LinkJoining {
  readonly #parts: PhoneParts;
  readonly #post: () => Promise<Post>;
  readonly #state: PairingState;
  readonly #comparison: Pick<DigitComparison, 'begin'>;
  #handshake: PhonePairing | null = null;

  constructor(
    parts: PhoneParts,
    post: () => Promise<Post>,
    state: PairingState,
    comparison: Pick<DigitComparison, 'begin'>,
  ) {
    this.#parts = parts;
    this.#post = post;
    this.#state = state;
    this.#comparison = comparison;
  }

  /** Begins with a link, in the turn of who calls. */
  async begin(link: PairingLink): Promise<void> {
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
    await this.#state.save(joining);
    await this.resume(joining);
  }

  /** Goes on with what was under way. */
  async resume({ link, keys, ephemeralSecret, deviceName }: Joining): Promise<void> {
    this.#handshake = pairAsPhone(link, keys, deviceName, this.#parts.random, ephemeralSecret);
    this.#state.setDeadline(limits.pairingOfferLifeMs + pairingGraceMs);
    const { channel, joinKeys } = derivePairingSecrets(link.secret);
    const client = (await this.#post()).client(link.relay);
    client.attach({ channel, keys: keys.relay, joinKeys });
  }

  /** The mailbox was opened at the relay, whose time is now known. */
  attached(pairing: string): Promise<void> {
    return this.#state.inTurn(async () => {
      const joining = this.#state.joining(pairing);
      if (!joining || !this.#handshake) return;
      const client = (await this.#post()).client(joining.link.relay);
      const leftMs = joining.link.expiresMs - client.now();
      if (leftMs <= 0 && !joining.asked) return this.#state.end('link-expired', false);
      this.#state.setDeadline(Math.max(leftMs, 0) + pairingGraceMs);
      if (leftMs <= 0) return;
      await this.#state.save({ ...joining, asked: true });
      client.put({
        channel: derivePairingSecrets(joining.link.secret).channel,
        id: joining.firstId,
        expiresMs: joining.link.expiresMs,
        collapse: null,
        body: this.#handshake.first,
      });
    });
  }

  /** A body that is no conversation's: the browser's half of the handshake. */
  unsealed({ channel, body }: FrameOf<'deliver'>): Promise<void> {
    return this.#state.inTurn(async () => {
      const joining = this.#state.joining(base64url(channel));
      if (!joining || !this.#handshake) return;
      try {
        await this.#finish(joining, this.#handshake, body);
      } catch (thrown) {
        if (!(thrown instanceof AppError)) throw thrown;
        await this.#state.end(thrown.code, true);
      }
    });
  }

  /** Why it ended, where the relay says `code` of its channel. */
  endOf(code: ErrorCode): ErrorCode {
    return joinErrors.get(code) ?? code;
  }

  async #finish({ link, keys }: Joining, handshake: PhonePairing, second: Uint8Array): Promise<void> {
    const { shared, digits, peerName, conversation } = handshake.finish(second);
    const pairing = base64url(shared.channel);
    const post = await this.#post();
    // Before it is stored that digits are compared: if it ends in between, the reply comes again and all of it is done again.
    await post.adopt(pairing, conversation, limits.comparingMs);
    const pairedAt = this.#parts.clock.now();
    await this.#comparison.begin(
      { ...shared, pairing, relay: link.relay, relayKeys: keys.relay, peerName, pairedAt },
      digits,
    );
    this.#handshake = null;
  }
}
