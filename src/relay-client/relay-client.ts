import { base64url } from '../core/bytes.ts';
import type { ErrorCode } from '../core/errors.ts';
import type { FrameOf, PushOutcome } from '../core/frames.ts';
import type { KeyPair } from '../core/keys.ts';
import { Attachment } from './attachment.ts';
import { Connection, type ConnectionOptions, type MailboxFrame } from './connection.ts';
import { Unstored } from './unstored.ts';

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
  /** Of what the other side acknowledged before, `received` alone may come. */
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

/** One connection to one relay for any number of mailboxes: comes back by itself, and says again what was neither stored nor received. */
export class RelayClient {
  readonly #events: RelayEvents;
  readonly #connection: Connection;
  readonly #unstored: Unstored;
  readonly #mailboxes = new Map<string, Attachment>();
  readonly #closing = new Set<string>();

  constructor({ events, ...options }: ConnectionOptions & { events: RelayEvents }) {
    this.#events = events;
    this.#connection = new Connection(options, {
      isWanted: () => this.#mailboxes.size > 0,
      greeted: () => {
        for (const mailbox of this.#mailboxes.values()) mailbox.ask();
      },
      heard: (frame) => (this.#handlers[frame.frame] as (frame: MailboxFrame) => void)(frame),
      status: (status, code) => events.status(status, code),
    });
    this.#unstored = new Unstored(this.#connection, events);
  }

  /** As `Connection.now`. */
  now(): number {
    return this.#connection.now();
  }

  /** As `Connection.steadyNow`. */
  steadyNow(): number {
    return this.#connection.steadyNow();
  }

  /** Keeps this mailbox attached from now on. */
  attach(mailbox: Mailbox): void {
    const name = base64url(mailbox.channel);
    const before = this.#mailboxes.get(name);
    before?.renew(mailbox);
    const attachment = before ?? new Attachment(this.#connection, this.#events, mailbox);
    this.#mailboxes.set(name, attachment);
    this.#unstored.release(name);
    if (this.#connection.nonce) attachment.ask();
    else this.#connection.connect();
  }

  /** Lets go of a mailbox here; at the relay it stays. */
  detach(channel: Uint8Array): void {
    const name = base64url(channel);
    this.#mailboxes.get(name)?.stop();
    this.#mailboxes.delete(name);
    this.#unstored.forget(name);
  }

  /** Ends a channel at the relay for both sides and for good, now or as soon as the relay can be reached. */
  close(channel: Uint8Array): void {
    this.#closing.add(base64url(channel));
    if (this.#of(channel)?.isOpen) this.#sendClose(channel);
    else if (!this.#connection.nonce) this.wake();
  }

  /** Sends now or as soon as the mailbox is attached, until it is stored, received, rejected or expired. */
  put(message: OutgoingMessage): void {
    this.#unstored.put(message, this.#of(message.channel)?.isOpen ?? false);
  }

  /** Has the relay keep a Web Push subscription for this mailbox, now or as soon as it is attached. */
  subscribe(channel: Uint8Array, subscription: string): void {
    this.#of(channel)?.subscribe(subscription);
  }

  /** Asks for a push to this very mailbox, now or as soon as it is attached; of several the last. `id`: 16 bytes. */
  ring(channel: Uint8Array, id: Uint8Array): void {
    this.#of(channel)?.ring(id);
  }

  /** While something is awaited from the relay, the connection is watched by pings, so that a dead one is noticed. */
  await(awaiting: boolean): void {
    this.#connection.await(awaiting);
  }

  /**
   * Tries again at once instead of after the back-off: the network is back, or a person is looking. A connection that
   * seems to be there is asked for a sign of life, as one that died while its device slept does not say so.
   */
  wake(): void {
    this.#connection.wake();
  }

  /** Ends the connection; `attach` and `wake` begin another. */
  stop(): void {
    this.#connection.stop();
  }

  readonly #handlers: { [Name in MailboxFrame['frame']]: (frame: FrameOf<Name>) => void } = {
    attached: (frame) => this.#attached(frame),
    refused: (frame) => this.#refused(frame),
    closed: (frame) => {
      this.#forget(frame.channel);
      this.#events.closed(frame);
    },
    stored: (frame) => {
      this.#unstored.settled(frame.id);
      this.#events.stored(frame);
    },
    rejected: (frame) => this.#unstored.rejected(frame, this.#of(frame.channel) !== undefined),
    deliver: (frame) => this.#of(frame.channel)?.deliver(frame),
    received: (frame) => {
      this.#unstored.settled(frame.id);
      this.#events.received(frame);
    },
    peer: (frame) => this.#events.peer(frame),
    subscribed: ({ channel }) => this.#pushSettled(channel, { is: 'subscribed' }),
    pushed: ({ channel, id, outcome }) => this.#events.push?.(channel, { is: 'sent', id, outcome }),
    unsubscribed: ({ channel, subscription }) => this.#events.push?.(channel, { is: 'gone', subscription }),
    // It comes by Web Push alone.
    ringing: () => undefined,
  };

  #attached(frame: FrameOf<'attached'>): void {
    const attachment = this.#of(frame.channel);
    if (!attachment) return;
    attachment.opened(frame.seq);
    this.#events.attached(frame);
    this.#sendClose(frame.channel);
    attachment.sayWaiting();
    this.#unstored.resend(base64url(frame.channel));
  }

  #refused(frame: FrameOf<'refused'>): void {
    // Only the subscription is refused, and the mailbox is as open as before.
    if (frame.code === 'push-refused') {
      this.#pushSettled(frame.channel, { is: 'refused' });
      return;
    }
    const attachment = this.#of(frame.channel);
    const ended = attachment ? attachment.refused(frame) : frame;
    if (!ended) return;
    this.#forget(frame.channel);
    this.#events.refused(ended);
  }

  #pushSettled(channel: Uint8Array, event: PushEvent): void {
    this.#of(channel)?.subscribed();
    this.#events.push?.(channel, event);
  }

  /** Ends the channel if it is to be. */
  #sendClose(channel: Uint8Array): void {
    if (!this.#closing.has(base64url(channel))) return;
    this.#connection.send({ frame: 'close', channel });
    this.#forget(channel);
  }

  #forget(channel: Uint8Array): void {
    this.detach(channel);
    this.#closing.delete(base64url(channel));
  }

  #of(channel: Uint8Array): Attachment | undefined {
    return this.#mailboxes.get(base64url(channel));
  }
}
