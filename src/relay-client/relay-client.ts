import { base64url } from '../core/bytes.ts';
import { askedWaitMs, mayRetry } from '../core/close-codes.ts';
import { AppError, codeOf, type ErrorCode } from '../core/errors.ts';
import {
  type ClientFrame,
  decodeRelayFrame,
  encodeFrame,
  type FrameOf,
  type PushOutcome,
  type Refusal,
  type RelayFrame,
  type RelayFrameName,
  wireVersion,
} from '../core/frames.ts';
import { type KeyPair, type Random, sign } from '../core/keys.ts';
import { attachProof, joinProof } from '../core/relay-proofs.ts';
import { backOffMs } from './back-off.ts';
import type { Clock, OpenSocket, SocketLike } from './socket.ts';

/** How long a relay may take to greet, and to answer a ping, ms. */
const greetingMs = 10_000;
const pongMs = 5_000;
/** Between pings while something is awaited, ms: below the 30 s after which a silent extension worker is ended. */
const pingMs = 20_000;

/** Longest wait for a relay that cannot take a message now, ms: nobody looks at a request for much longer. */
const longestRetryMs = 10_000;

/** Refusals that a later try may not meet. */
const passing: ReadonlySet<Refusal> = new Set<Refusal>(['too-many-requests', 'storage-full']);

export type RelayStatus = 'idle' | 'connecting' | 'online' | 'waiting' | 'stopped';

export interface Mailbox {
  /** 16 bytes. */
  channel: Uint8Array;
  /** Ours, Ed25519. */
  keys: KeyPair;
  /** Only to join: keys derived from the pairing link, replaced at the relay by `keys`. */
  joinKeys?: KeyPair;
}

export interface OutgoingMessage {
  channel: Uint8Array;
  /** 16 bytes; a repeat of the same is stored once. */
  id: Uint8Array;
  /** By the relay's clock, ms since 1970. */
  expiresMs: number;
  /** 16 bytes; replaces an unread message with the same. */
  collapse: Uint8Array | null;
  body: Uint8Array;
}

/** What the relay says of Web Push for a mailbox. */
export type PushEvent =
  | { readonly is: 'subscribed' }
  /** It does not send to that push service. */
  | { readonly is: 'refused' }
  /** The push service knows it no more. */
  | { readonly is: 'gone'; readonly subscription: string }
  /** What became of a push; `id`: of the message, or of the `ring`, 16 bytes. */
  | { readonly is: 'sent'; readonly id: Uint8Array; readonly outcome: PushOutcome };

export interface RelayEvents {
  /** Resolve once the message is safe here: it is then acknowledged, and forgotten by the relay. */
  deliver(message: FrameOf<'deliver'>): Promise<void>;
  stored(frame: FrameOf<'stored'>): void;
  received(frame: FrameOf<'received'>): void;
  rejected(frame: FrameOf<'rejected'>): void;
  attached(frame: FrameOf<'attached'>): void;
  /** For good: what may pass is tried again by itself. */
  refused(frame: FrameOf<'refused'>): void;
  peer(frame: FrameOf<'peer'>): void;
  closed(frame: FrameOf<'closed'>): void;
  push?(channel: Uint8Array, event: PushEvent): void;
  /** `code` says what is wrong when it is not online. */
  status(status: RelayStatus, code: ErrorCode | null): void;
}

interface Attachment {
  mailbox: Mailbox;
  attached: boolean;
  /** What was said to our joining, until our own key has shown who it was that joined before. */
  joinRefusal: FrameOf<'refused'> | null;
  /** What was put waits until the relay may take it again. */
  held: boolean;
  /** Highest sequence number that was handled here. */
  since: number;
  /** Deliveries are handled one after the other. */
  queue: Promise<void>;
  /** A Web Push subscription that the relay has not yet said to keep. */
  subscription: string | null;
  /** The id of a push to this very mailbox that is still to be asked for. */
  ring: Uint8Array | null;
}

/** One connection to one relay for any number of mailboxes: comes back by itself, and says again what was not yet stored. */
export class RelayClient {
  readonly relay: string;
  readonly #open: OpenSocket;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #events: RelayEvents;
  readonly #mailboxes = new Map<string, Attachment>();
  readonly #unstored = new Map<string, OutgoingMessage>();
  readonly #closing = new Map<string, Uint8Array>();
  #socket: SocketLike | null = null;
  #nonce: Uint8Array | null = null;
  #attempt = 0;
  #offsetMs = 0;
  #status: RelayStatus = 'idle';
  #awaiting = false;
  #cancelTimer: () => void = () => undefined;

  /** `relay`: its origin, `https://…` or `http://localhost…`. */
  constructor(options: { relay: string; open: OpenSocket; clock: Clock; random: Random; events: RelayEvents }) {
    this.relay = options.relay;
    this.#open = options.open;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#events = options.events;
  }

  get status(): RelayStatus {
    return this.#status;
  }

  /** The relay's time, ms since 1970, as far as it is known. */
  now(): number {
    return this.#clock.now() + this.#offsetMs;
  }

  /** Keeps this mailbox attached from now on. */
  attach(mailbox: Mailbox): void {
    const name = base64url(mailbox.channel);
    const before = this.#mailboxes.get(name);
    this.#mailboxes.set(name, {
      mailbox,
      attached: false,
      joinRefusal: null,
      held: false,
      since: before?.since ?? 0,
      queue: before?.queue ?? Promise.resolve(),
      subscription: before?.subscription ?? null,
      ring: before?.ring ?? null,
    });
    if (this.#nonce) this.#sendAttach(mailbox);
    else this.#connect();
  }

  /** Lets go of a mailbox here; at the relay it stays. */
  detach(channel: Uint8Array): void {
    const name = base64url(channel);
    this.#mailboxes.delete(name);
    for (const [id, message] of this.#unstored) {
      if (base64url(message.channel) === name) this.#unstored.delete(id);
    }
  }

  /** Ends a channel at the relay for both sides and for good, now or as soon as the relay can be reached. */
  close(channel: Uint8Array): void {
    const name = base64url(channel);
    this.#closing.set(name, channel);
    if (this.#mailboxes.get(name)?.attached) this.#sendClose(name);
    else if (!this.#nonce) this.wake();
  }

  /** Sends now or as soon as the mailbox is attached, until it is stored, rejected or expired. */
  put(message: OutgoingMessage): void {
    this.#unstored.set(base64url(message.id), message);
    const attachment = this.#mailboxes.get(base64url(message.channel));
    if (attachment?.attached && !attachment.held) this.#sendPut(message);
    else if (!this.#nonce) this.wake();
  }

  /** Has the relay keep a Web Push subscription for this mailbox, now or as soon as it is attached. */
  subscribe(channel: Uint8Array, subscription: string): void {
    const attachment = this.#mailboxes.get(base64url(channel));
    if (!attachment) return;
    attachment.subscription = subscription;
    if (attachment.attached) this.#send({ frame: 'subscribe', channel, subscription });
  }

  /** Asks for a push to this very mailbox, now or as soon as it is attached; of several the last. `id`: 16 bytes. */
  ring(channel: Uint8Array, id: Uint8Array): void {
    const attachment = this.#mailboxes.get(base64url(channel));
    if (!attachment) return;
    attachment.ring = id;
    if (attachment.attached) this.#sendRing(attachment);
  }

  /** While something is awaited from the relay, the connection is watched by pings, so that a dead one is noticed. */
  await(awaiting: boolean): void {
    if (this.#awaiting === awaiting) return;
    this.#awaiting = awaiting;
    // At once, and not when the back-off is over or the next ping is due: a request lives for a minute.
    if (awaiting) this.wake();
    else if (this.#nonce) this.#schedulePing();
  }

  /**
   * Tries again at once instead of after the back-off: the network is back, or a person is looking. A connection that
   * seems to be there is asked for a sign of life, as one that died while its device slept does not say so.
   */
  wake(): void {
    if (this.#nonce) {
      this.#ping();
      return;
    }
    if (this.#status !== 'waiting' && this.#status !== 'stopped' && this.#status !== 'idle') return;
    this.#attempt = 0;
    this.#cancelTimer();
    this.#connect();
  }

  /** Ends the connection; `attach` and `wake` begin another. */
  stop(): void {
    this.#cancelTimer();
    this.#drop(1000);
    this.#become('idle', null);
  }

  #connect(): void {
    if (this.#socket || this.#mailboxes.size === 0) return;
    this.#cancelTimer();
    this.#become('connecting', null);
    let socket: SocketLike;
    try {
      socket = this.#open(`${this.relay.replace(/^http/, 'ws')}/v1/socket`);
    } catch {
      // A browser throws for an address that it will not even try; the person hears of it as unreachable.
      this.#retry('relay-unreachable', null);
      return;
    }
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onmessage = ({ data }) => this.#read(socket, data);
    socket.onclose = ({ code, reason }) => this.#ended(socket, code, reason);
    // A failed connection closes right after its error event, and `onclose` does the work; unheard, it would end Node.
    socket.onerror = () => undefined;
    this.#cancelTimer = this.#clock.after(greetingMs, () => this.#fail('relay-timeout'));
  }

  #read(socket: SocketLike, data: unknown): void {
    if (socket !== this.#socket) return;
    try {
      if (!(data instanceof ArrayBuffer)) throw new AppError('malformed-frame', 'not binary');
      const frame = decodeRelayFrame(new Uint8Array(data));
      if ((frame.frame === 'hello') !== (this.#nonce === null))
        throw new AppError('malformed-frame', 'one greeting first');
      this.#schedulePing();
      (this.#handlers[frame.frame] as (frame: RelayFrame) => void)(frame);
    } catch (thrown) {
      this.#fail(codeOf(thrown));
    }
  }

  readonly #handlers: { [Name in RelayFrameName]: (frame: FrameOf<Name>) => void } = {
    hello: (frame) => this.#greeted(frame),
    pong: ({ timeMs }) => this.#setTime(timeMs),
    attached: (frame) => this.#attached(frame),
    refused: (frame) => this.#refused(frame),
    closed: (frame) => {
      this.#forget(frame.channel);
      this.#events.closed(frame);
    },
    stored: (frame) => {
      this.#unstored.delete(base64url(frame.id));
      this.#events.stored(frame);
    },
    rejected: (frame) => this.#rejected(frame),
    deliver: (frame) => this.#deliver(frame),
    received: (frame) => this.#events.received(frame),
    peer: (frame) => this.#events.peer(frame),
    subscribed: ({ channel }) => this.#pushSettled(channel, { is: 'subscribed' }),
    pushed: ({ channel, id, outcome }) => this.#events.push?.(channel, { is: 'sent', id, outcome }),
    unsubscribed: ({ channel, subscription }) => this.#events.push?.(channel, { is: 'gone', subscription }),
    // It comes by Web Push alone.
    ringing: () => undefined,
  };

  #greeted({ version, nonce, timeMs }: FrameOf<'hello'>): void {
    if (version !== wireVersion) throw new AppError('unsupported-version', `relay speaks ${version}`);
    this.#attempt = 0;
    this.#nonce = nonce;
    this.#setTime(timeMs);
    this.#become('online', null);
    this.#schedulePing();
    for (const { mailbox } of this.#mailboxes.values()) this.#sendAttach(mailbox);
  }

  #attached(frame: FrameOf<'attached'>): void {
    const name = base64url(frame.channel);
    const attachment = this.#mailboxes.get(name);
    if (!attachment) return;
    attachment.attached = true;
    attachment.joinRefusal = null;
    delete attachment.mailbox.joinKeys;
    this.#events.attached(frame);
    if (this.#closing.has(name)) this.#sendClose(name);
    const { subscription } = attachment;
    if (subscription !== null) this.#send({ frame: 'subscribe', channel: frame.channel, subscription });
    this.#sendRing(attachment);
    this.#sendUnstored(attachment);
  }

  /** The relay has said what it does with a subscription; there is no need to say it again. */
  #pushSettled(channel: Uint8Array, event: PushEvent): void {
    const attachment = this.#mailboxes.get(base64url(channel));
    if (attachment) attachment.subscription = null;
    this.#events.push?.(channel, event);
  }

  #refused(frame: FrameOf<'refused'>): void {
    // Only the subscription is refused, and the mailbox is as open as before.
    if (frame.code === 'push-refused') {
      this.#pushSettled(frame.channel, { is: 'refused' });
      return;
    }
    const attachment = this.#mailboxes.get(base64url(frame.channel));
    const mailbox = attachment?.mailbox;
    if (mailbox && passing.has(frame.code)) {
      const nonce = this.#nonce;
      this.#clock.after(this.#spread(Math.max(frame.retryAfterMs, 1_000)), () => {
        const isKept = this.#mailboxes.get(base64url(frame.channel)) === attachment;
        if (isKept && nonce === this.#nonce) this.#sendAttach(mailbox);
      });
      return;
    }
    if (attachment && mailbox?.joinKeys && frame.code === 'already-joined') {
      delete mailbox.joinKeys;
      attachment.joinRefusal = frame;
      this.#sendAttach(mailbox);
      return;
    }
    this.#forget(frame.channel);
    this.#events.refused(attachment?.joinRefusal ?? frame);
  }

  /** What the relay may take a little later is said again then; the person hears of what takes longer than that. */
  #rejected(frame: FrameOf<'rejected'>): void {
    const id = base64url(frame.id);
    const message = this.#unstored.get(id);
    const { code, retryAfterMs } = frame;
    const mayPass = passing.has(code) && retryAfterMs > 0 && retryAfterMs <= longestRetryMs;
    const attachment = this.#mailboxes.get(base64url(frame.channel));
    if (attachment && message && mayPass && this.now() + retryAfterMs < message.expiresMs) {
      this.#hold(attachment, retryAfterMs);
    } else {
      this.#unstored.delete(id);
      this.#events.rejected(frame);
    }
  }

  /** Sends nothing more for a mailbox for a while, as what was refused has to come before what was said after it. */
  #hold(attachment: Attachment, waitMs: number): void {
    if (attachment.held) return;
    attachment.held = true;
    const nonce = this.#nonce;
    this.#clock.after(this.#spread(waitMs), () => {
      if (nonce === this.#nonce && attachment.held) this.#sendUnstored(attachment);
    });
  }

  #sendUnstored(attachment: Attachment): void {
    attachment.held = false;
    const name = base64url(attachment.mailbox.channel);
    for (const message of this.#unstored.values()) {
      if (base64url(message.channel) === name) this.#sendPut(message);
    }
  }

  #deliver(frame: FrameOf<'deliver'>): void {
    const attachment = this.#mailboxes.get(base64url(frame.channel));
    if (!attachment) return;
    const socket = this.#socket;
    attachment.queue = attachment.queue.then(async () => {
      // What was not acknowledged comes again with the next connection; a copy that still waits here is older news.
      if (socket !== this.#socket) return;
      try {
        if (frame.seq > attachment.since) await this.#events.deliver(frame);
        attachment.since = Math.max(attachment.since, frame.seq);
        if (socket === this.#socket) this.#send({ frame: 'ack', channel: frame.channel, seq: frame.seq });
      } catch (thrown) {
        if (socket === this.#socket) this.#fail(codeOf(thrown));
      }
    });
  }

  #sendAttach({ channel, keys, joinKeys }: Mailbox): void {
    const proof = { relayOrigin: this.relay, nonce: this.#nonce as Uint8Array, channel, key: keys.public };
    const since = this.#mailboxes.get(base64url(channel))?.since ?? 0;
    this.#send(
      joinKeys
        ? {
            frame: 'join',
            channel,
            joinKey: joinKeys.public,
            key: keys.public,
            signature: sign(joinKeys, joinProof(proof)),
          }
        : { frame: 'attach', channel, key: keys.public, since, signature: sign(keys, attachProof(proof)) },
    );
  }

  #sendPut({ channel, id, expiresMs, collapse, body }: OutgoingMessage): void {
    const lifeMs = Math.floor(expiresMs - this.now());
    if (lifeMs <= 0) {
      this.#unstored.delete(base64url(id));
      this.#events.rejected({ frame: 'rejected', channel, id, code: 'expired', retryAfterMs: 0 });
      return;
    }
    this.#send({ frame: 'put', channel, id, lifeMs, collapse, body });
  }

  #sendClose(name: string): void {
    const channel = this.#closing.get(name);
    if (!channel) return;
    this.#send({ frame: 'close', channel });
    this.#forget(channel);
  }

  #sendRing(attachment: Attachment): void {
    const { mailbox, ring } = attachment;
    if (ring !== null) this.#send({ frame: 'ring', channel: mailbox.channel, id: ring });
    attachment.ring = null;
  }

  #send(frame: ClientFrame): void {
    this.#socket?.send(encodeFrame(frame));
  }

  #forget(channel: Uint8Array): void {
    this.detach(channel);
    this.#closing.delete(base64url(channel));
  }

  #setTime(timeMs: number): void {
    this.#offsetMs = timeMs - this.#clock.now();
  }

  #schedulePing(): void {
    this.#cancelTimer();
    if (!this.#awaiting || !this.#nonce) return;
    this.#cancelTimer = this.#clock.after(pingMs, () => this.#ping());
  }

  #ping(): void {
    this.#cancelTimer();
    this.#send({ frame: 'ping' });
    this.#cancelTimer = this.#clock.after(pongMs, () => this.#fail('relay-timeout'));
  }

  /** Ends a connection that cannot be trusted or that is dead, and tries again. */
  #fail(code: ErrorCode): void {
    this.#drop(4000);
    this.#retry(code, null);
  }

  #ended(socket: SocketLike, code: number, reason: string): void {
    if (socket !== this.#socket) return;
    this.#drop();
    if (!mayRetry(code)) {
      this.#cancelTimer();
      this.#become('stopped', 'unsupported-version');
      return;
    }
    // A relay that restarts says how long to wait, so that its clients do not all come back at once.
    this.#retry('relay-unreachable', askedWaitMs(code, reason));
  }

  #retry(code: ErrorCode, afterMs: number | null): void {
    this.#cancelTimer();
    this.#become('waiting', code);
    const [byte] = this.#random(1) as unknown as [number];
    const waitMs = afterMs ?? backOffMs(this.#attempt++, byte / 256);
    this.#cancelTimer = this.#clock.after(waitMs, () => this.#connect());
  }

  /** A wait and up to a quarter more, so that those who were refused together do not come back together. */
  #spread(waitMs: number): number {
    const [byte] = this.#random(1) as unknown as [number];
    return waitMs * (1 + byte / 1024);
  }

  #drop(code?: number): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#nonce = null;
    for (const attachment of this.#mailboxes.values()) attachment.attached = false;
    if (code !== undefined) socket?.close(code);
  }

  #become(status: RelayStatus, code: ErrorCode | null): void {
    if (this.#status === status) return;
    this.#status = status;
    this.#events.status(status, code);
  }
}
