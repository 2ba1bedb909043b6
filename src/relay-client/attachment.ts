import { codeOf } from '../core/errors.ts';
import type { FrameOf } from '../core/frames.ts';
import { sign } from '../core/keys.ts';
import { attachProof, joinProof } from '../core/relay-proofs.ts';
import type { Connection } from './connection.ts';
import { passingRefusals } from './passing-refusals.ts';
import type { Mailbox, RelayEvents } from './relay-client.ts';

/** One mailbox at the relay: shows that it is ours, and goes on after what was handled here. */
export class Attachment {
  readonly #connection: Connection;
  readonly #events: Pick<RelayEvents, 'deliver'>;
  #mailbox: Mailbox;
  /** The greeting of the connection in which it was opened. */
  #openedBy: Uint8Array | null = null;
  /** What was said to our joining, until our own key has shown who it was that joined before. */
  #joinRefusal: FrameOf<'refused'> | null = null;
  #cancelRetry: () => void = () => undefined;
  /** Highest sequence number that was handled here. */
  #since = 0;
  /** Deliveries are handled one after the other. */
  #queue: Promise<void> = Promise.resolve();
  /** A Web Push subscription that the relay has not yet said to keep. */
  #subscription: string | null = null;
  /** The id of a push to this very mailbox that is still to be asked for. */
  #ring: Uint8Array | null = null;

  constructor(connection: Connection, events: Pick<RelayEvents, 'deliver'>, mailbox: Mailbox) {
    this.#connection = connection;
    this.#events = events;
    this.#mailbox = mailbox;
  }

  get isOpen(): boolean {
    return this.#openedBy !== null && this.#openedBy === this.#connection.nonce;
  }

  /** Is to be opened anew, now with this. */
  renew(mailbox: Mailbox): void {
    this.stop();
    this.#mailbox = mailbox;
    this.#openedBy = null;
    this.#joinRefusal = null;
  }

  stop(): void {
    this.#cancelRetry();
  }

  /** Asks the relay to open it, once that has greeted. */
  ask(): void {
    const { nonce, relay } = this.#connection;
    if (!nonce) return;
    const { channel, keys, joinKeys } = this.#mailbox;
    const proof = { relayOrigin: relay, nonce, channel, key: keys.public };
    this.#connection.send(
      joinKeys
        ? {
            frame: 'join',
            channel,
            joinKey: joinKeys.public,
            key: keys.public,
            signature: sign(joinKeys, joinProof(proof)),
          }
        : { frame: 'attach', channel, key: keys.public, since: this.#since, signature: sign(keys, attachProof(proof)) },
    );
  }

  /** `seq`: the last number that was given out. Where that is less than was handled here, numbers began anew, and it is asked again. */
  opened(seq: number): void {
    this.#openedBy = this.#connection.nonce;
    this.#joinRefusal = null;
    delete this.#mailbox.joinKeys;
    if (seq >= this.#since) return;
    this.#since = 0;
    this.ask();
  }

  /** Says what waited for it to be open. */
  sayWaiting(): void {
    this.#sendSubscription();
    this.#sendRing();
  }

  /** Gives what ends it; null where it is asked for again by itself. */
  refused(frame: FrameOf<'refused'>): FrameOf<'refused'> | null {
    if (passingRefusals.has(frame.code)) {
      this.#cancelRetry = this.#connection.later(Math.max(frame.retryAfterMs, 1_000), () => this.ask());
      return null;
    }
    if (this.#mailbox.joinKeys && frame.code === 'already-joined') {
      delete this.#mailbox.joinKeys;
      this.#joinRefusal = frame;
      this.ask();
      return null;
    }
    return this.#joinRefusal ?? frame;
  }

  subscribe(subscription: string): void {
    this.#subscription = subscription;
    if (this.isOpen) this.#sendSubscription();
  }

  /** The relay has said what it does with a subscription; there is no need to say it again. */
  subscribed(): void {
    this.#subscription = null;
  }

  ring(id: Uint8Array): void {
    this.#ring = id;
    if (this.isOpen) this.#sendRing();
  }

  /** Has a message handled after those before it, then acknowledges it; once, however often it comes. */
  deliver(frame: FrameOf<'deliver'>): void {
    const { nonce } = this.#connection;
    const isCurrent = () => nonce === this.#connection.nonce;
    this.#queue = this.#queue.then(async () => {
      // What was not acknowledged comes again with the next connection; a copy that still waits here is older news.
      if (!isCurrent()) return;
      try {
        if (frame.seq > this.#since) await this.#events.deliver(frame);
        // Numbers may have begun anew with the next connection.
        if (!isCurrent()) return;
        this.#since = Math.max(this.#since, frame.seq);
        this.#connection.send({ frame: 'ack', channel: frame.channel, seq: frame.seq });
      } catch (thrown) {
        if (isCurrent()) this.#connection.fail(codeOf(thrown));
      }
    });
  }

  #sendSubscription(): void {
    const { channel } = this.#mailbox;
    const subscription = this.#subscription;
    if (subscription !== null) this.#connection.send({ frame: 'subscribe', channel, subscription });
  }

  #sendRing(): void {
    if (this.#ring !== null) {
      this.#connection.send({ frame: 'ring', channel: this.#mailbox.channel, id: this.#ring });
    }
    this.#ring = null;
  }
}
