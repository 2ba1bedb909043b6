import { equalBytes } from '../core/bytes.ts';
import { closeReasons } from '../core/close-codes.ts';
import { AppError } from '../core/errors.ts';
import { encodeFrame, type FrameOf, type PushOutcome, type Refusal, wireVersion } from '../core/frames.ts';
import type { Random } from '../core/keys.ts';
import { limits as wire } from '../core/limits.ts';
import { attachProof, joinProof } from '../core/relay-proofs.ts';
import { Attachment, type AttachmentOwner } from './attachment.ts';
import type { Connection, Listener } from './connection.ts';
import type { RelayLimits } from './limits.ts';
import type { Log } from './log.ts';
import type { NamedPut, ReceivedFrame, SentFrame } from './message-frames.ts';
import type { Metrics } from './metrics.ts';
import { bytesOf, name } from './name.ts';
import { isProof } from './proof-check.ts';
import type { Push } from './push.ts';
import type { Job, Wanted } from './push-attempt.ts';
import { PutMessage, type PutOwner } from './put-message.ts';
import { type Rates, takePut } from './rates.ts';
import { type Channel, type MailboxStore, otherSide, type Side } from './stores/mailbox-store.ts';

/** What every session of a relay shares. */
export interface SessionContext {
  /** The relay's public origin: proofs are for it alone. */
  readonly origin: string;
  readonly store: MailboxStore;
  readonly clock: { now(): number };
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly push: Push;
  readonly limits: RelayLimits;
  readonly rates: Rates;
}

type Named<Name extends ReceivedFrame['frame']> = Extract<ReceivedFrame, { frame: Name }>;
type Handlers = {
  readonly [Name in ReceivedFrame['frame']]: (session: Session, frame: Named<Name>) => Promise<void> | undefined;
};

/** What one client does on its connection (docs/protocol.md §2): a handler for each of its frames. */
export class Session implements Listener, AttachmentOwner, PutOwner {
  readonly #context: SessionContext;
  readonly #connection: Connection;
  /** 32 bytes, as a text: a third of what a small array takes. */
  readonly #nonce: string;
  readonly #attachments = new Map<string, Attachment>();
  #ended = false;

  constructor(context: SessionContext, connection: Connection) {
    this.#context = context;
    this.#connection = connection;
    this.#nonce = name(context.random(32));
  }

  begin(): void {
    this.send({
      frame: 'hello',
      version: wireVersion,
      nonce: bytesOf(this.#nonce),
      timeMs: this.now(),
      bodyBytes: wire.bodyBytes,
      waitingMessages: wire.waitingMessages,
    });
  }

  handle(frame: ReceivedFrame): Promise<void> | undefined {
    const handle = Session.#handlers[frame.frame] as (
      session: Session,
      frame: ReceivedFrame,
    ) => Promise<void> | undefined;
    return handle(this, frame);
  }

  send(frame: SentFrame): void {
    this.#connection.send(frame);
  }

  get unreceivedMs(): number {
    return this.#context.limits.unreceivedMs;
  }

  now(): number {
    return this.#context.clock.now();
  }

  acknowledged(afterMs: number): void {
    this.#context.metrics.acknowledged(afterMs / 1_000);
  }

  detached(attachment: Attachment): void {
    const key = name(attachment.channel);
    if (this.#attachments.get(key) === attachment) this.#attachments.delete(key);
  }

  end(): void {
    this.#ended = true;
    for (const attachment of this.#attachments.values()) attachment.leave();
    this.#attachments.clear();
  }

  static readonly #handlers: Handlers = {
    attach: (session, frame) => session.#orRefuse(frame.channel, () => session.#attach(frame)),
    join: (session, frame) => session.#orRefuse(frame.channel, () => session.#join(frame)),
    put: (session, frame) => session.#put(frame),
    // One that comes after its mailbox was opened elsewhere is late, not wrong.
    ack: (session, { channel, seq }) => {
      session.#attachments.get(channel)?.acknowledge(seq);
      return undefined;
    },
    subscribe: (session, frame) => session.#orRefuse(frame.channel, () => session.#subscribe(frame)),
    close: (session, frame) => session.#orRefuse(frame.channel, () => session.#close(frame)),
    ring: (session, frame) => session.#orRefuse(frame.channel, () => session.#ring(frame)),
    ping: (session) => {
      session.send({ frame: 'pong', timeMs: session.now() });
      return undefined;
    },
  };

  async #attach({ channel, key, since, signature }: FrameOf<'attach'>): Promise<void> {
    const known = await this.#find(channel);
    if (!known) return;
    const side = sideOf(known, key);
    const message = attachProof({ relayOrigin: this.#context.origin, nonce: bytesOf(this.#nonce), channel, key });
    if (!side || !isProof(message, key, signature)) return this.#failed(channel, 'bad-signature');
    if (side === 'joiner' && !known.settled) await this.#context.store.settle(channel);
    await this.#open(channel, side, since);
  }

  async #join({ channel, joinKey, key, signature }: FrameOf<'join'>): Promise<void> {
    const known = await this.#find(channel);
    if (!known) return;
    const message = joinProof({ relayOrigin: this.#context.origin, nonce: bytesOf(this.#nonce), channel, key });
    if (!equalBytes(known.joinKey, joinKey) || !isProof(message, joinKey, signature)) {
      return this.#failed(channel, 'bad-signature');
    }
    const outcome = await this.#context.store.join(channel, joinKey, key);
    this.#context.log.info('join', { channel: this.#context.log.channel(channel), outcome });
    if (outcome === 'joined' || outcome === 'repeated') await this.#open(channel, 'joiner', 0);
    else this.#refuse(channel, outcome);
  }

  /** The channel to prove a key for, or null when that was refused. */
  async #find(channel: Uint8Array): Promise<Channel | null> {
    const known = await this.#context.store.find(channel);
    if (!known) this.#failed(channel, 'unknown-channel');
    else if (known.closed) this.#refuse(channel, 'channel-closed');
    return known?.closed ? null : known;
  }

  async #open(channel: Uint8Array, side: Side, since: number): Promise<void> {
    const key = name(channel);
    const before = this.#attachments.get(key);
    if (!before && this.#attachments.size >= this.#context.limits.channelsPerSocket) {
      return this.#refuse(channel, 'too-many-requests');
    }
    if (before && before.side !== side) before.leave();
    const attachment = new Attachment(this, channel, side);
    this.#attachments.set(key, attachment);
    if (before?.side === side) attachment.follow(before);
    try {
      attachment.mailbox = await this.#context.store.open(channel, side, since, attachment);
    } catch (thrown) {
      // What was open before, if anything was, is let go of too: a mailbox is open on a connection, or it is not.
      before?.leave();
      this.#forget(key, attachment);
      throw thrown;
    }
    if (!attachment.mailbox) {
      this.#forget(key, attachment);
      return this.#refuse(channel, 'unknown-channel');
    }
    this.#context.push.awake(channel, side);
    if (this.#ended) attachment.leave();
  }

  #forget(key: string, attachment: Attachment): void {
    if (this.#attachments.get(key) === attachment) this.#attachments.delete(key);
    attachment.leave();
  }

  #put({ channel: key, id, lifeMs, collapse, body }: NamedPut): undefined {
    const attachment = this.#attachments.get(key);
    const nowMs = this.now();
    if (!attachment?.mailbox) return void this.rejected(bytesOf(key), id, 'not-attached', 0);
    if (lifeMs > wire.messageLifeMs) return void this.rejected(attachment.channel, id, 'too-large', 0);
    const { rates, limits } = this.#context;
    const heldMs = attachment.heldUntilMs - nowMs;
    // Longer only by a clock that was set back.
    if (heldMs > 0 && heldMs <= limits.storageRetryMs)
      return void this.rejected(attachment.channel, id, 'storage-full', heldMs);
    const to = attachment.side === 'creator' ? 'phone' : 'browser';
    const waitMs = takePut(
      rates,
      limits,
      { channel: key, address: this.#connection.address, to, bytes: body.length, lifeMs },
      nowMs,
    );
    if (waitMs > 0) return void this.rejected(attachment.channel, id, 'too-many-requests', waitMs);
    attachment.mailbox.put(new PutMessage(this, attachment, id, nowMs, lifeMs, collapse, body));
  }

  durable({ arrivedMs, isTimed }: PutMessage): void {
    if (isTimed) this.#context.metrics.stored((this.now() - arrivedMs) / 1_000);
  }

  stored({ attachment: { channel }, id, seq }: PutMessage): void {
    this.send({ frame: 'stored', channel, id, seq });
  }

  wake(message: PutMessage, wanted: () => Wanted): void {
    const { attachment, expiresMs, collapse } = message;
    const { channel, side } = attachment;
    const id = bytesOf(message.id);
    const { seq, body } = message;
    const frame = () => encodeFrame({ frame: 'deliver', channel, seq, id, expiresMs, body });
    this.#push(id, { channel, side: otherSide(side), frame, expiresMs, collapse, again: true, wanted });
  }

  rejected(channel: Uint8Array, id: string, code: Refusal, retryAfterMs: number): void {
    this.send({ frame: 'rejected', channel, id: bytesOf(id), code, retryAfterMs });
  }

  async #subscribe({ channel, subscription }: FrameOf<'subscribe'>): Promise<void> {
    const mailbox = this.#attachments.get(name(channel))?.mailbox;
    if (!mailbox) return this.#refuse(channel, 'not-attached');
    const waitMs = this.#context.rates.subscriptions.take(name(channel), this.now());
    if (waitMs > 0) return this.#refuse(channel, 'too-many-requests', waitMs);
    await mailbox.subscribe(this.#context.push.parse(subscription));
    this.send({ frame: 'subscribed', channel });
  }

  /** A push to the very side that asks, so that it can see whether it would be woken. */
  async #ring({ channel, id }: FrameOf<'ring'>): Promise<void> {
    const attachment = this.#attachments.get(name(channel));
    if (!attachment?.mailbox) return this.#refuse(channel, 'not-attached');
    const frame = () => encodeFrame({ frame: 'ringing', channel, id });
    const expiresMs = this.now() + this.#context.limits.ringMs;
    const wanted = () => 'still' as const;
    this.#push(id, { channel, side: attachment.side, frame, expiresMs, collapse: null, again: false, wanted });
  }

  #push(id: Uint8Array, job: Omit<Job, 'done'>): void {
    const { channel } = job;
    const done = (outcome: PushOutcome) => {
      if (!this.#ended) this.send({ frame: 'pushed', channel, id, outcome });
    };
    this.#context.push.send({ ...job, done });
  }

  async #close({ channel }: FrameOf<'close'>): Promise<void> {
    const { log } = this.#context;
    const mailbox = this.#attachments.get(name(channel))?.mailbox;
    if (!mailbox) return this.#refuse(channel, 'not-attached');
    await mailbox.close();
    log.info('channel-closed', { channel: log.channel(channel) });
  }

  /** Runs what costs the relay more than its asking costs a client, and may throw an `AppError` that the client is to hear of. */
  async #orRefuse(channel: Uint8Array, work: () => Promise<void>): Promise<void> {
    const waitMs = this.#context.rates.requests.take(this.#nonce, this.now());
    if (waitMs > 0) return this.#dismiss(channel, waitMs);
    try {
      await work();
    } catch (thrown) {
      if (thrown instanceof AppError && thrown.code === 'push-refused') this.#refuse(channel, 'push-refused');
      else if (thrown instanceof AppError && thrown.code === 'storage-full') {
        this.#refuse(channel, 'storage-full', this.#context.limits.storageRetryMs);
      } else throw thrown;
    }
  }

  /** Beyond what an address may fail, a connection has one try: what others there do keeps nobody out whose proof is right. */
  #failed(channel: Uint8Array, code: 'bad-signature' | 'unknown-channel'): void {
    const waitMs = this.#context.rates.attachFailures.take(this.#connection.address, this.now());
    this.#refuse(channel, code, waitMs);
    if (waitMs > 0) this.#connection.close(closeReasons.tooMany, String(waitMs));
  }

  #refuse(channel: Uint8Array, code: Refusal, retryAfterMs = 0): void {
    this.#context.log.info('refused', { channel: this.#context.log.channel(channel), code });
    this.send({ frame: 'refused', channel, code, retryAfterMs });
  }

  #dismiss(channel: Uint8Array, waitMs: number): void {
    this.#refuse(channel, 'too-many-requests', waitMs);
    this.#connection.close(closeReasons.tooMany, String(waitMs));
  }
}

function sideOf({ creatorKey, joinerKey }: Channel, key: Uint8Array): Side | null {
  if (equalBytes(creatorKey, key)) return 'creator';
  return joinerKey && equalBytes(joinerKey, key) ? 'joiner' : null;
}
