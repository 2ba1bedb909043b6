import type { SentFrame } from './message-frames.ts';
import type { Message, OpenMailbox, PeerEvent, Presence, Side, Watcher } from './stores/mailbox-store.ts';

export interface AttachmentOwner {
  now(): number;
  send(frame: SentFrame): void;
  /** What was delivered was acknowledged after so long, ms. */
  acknowledged(afterMs: number): void;
  /** It is over; the store said so. */
  detached(attachment: Attachment): void;
}

/** One mailbox on one connection: what the store says about it becomes frames. */
export class Attachment implements Watcher {
  readonly channel: Uint8Array;
  readonly side: Side;
  /** Set once the store has opened it. */
  mailbox: OpenMailbox | null = null;
  /** Whether a message that it puts is on its timed way into the store. */
  timesPut = false;
  readonly #owner: AttachmentOwner;
  /** The delivery whose acknowledgement is timed; 0 for none. */
  #timedSeq = 0;
  #deliveredMs = 0;

  constructor(owner: AttachmentOwner, channel: Uint8Array, side: Side) {
    this.#owner = owner;
    this.channel = channel;
    this.side = side;
  }

  opened(seq: number, peer: Presence): void {
    this.#owner.send({ frame: 'attached', channel: this.channel, seq, peer });
  }

  deliver({ seq, id, expiresMs, body }: Message): void {
    if (this.#timedSeq === 0) {
      this.#timedSeq = seq;
      this.#deliveredMs = this.#owner.now();
    }
    this.#owner.send({ frame: 'deliver', channel: this.channel, seq, id, expiresMs, body });
  }

  /** What was delivered up to and including this number. */
  acknowledge(seq: number): void {
    if (this.#timedSeq !== 0 && seq >= this.#timedSeq) {
      this.#owner.acknowledged(this.#owner.now() - this.#deliveredMs);
      this.#timedSeq = 0;
    }
    this.mailbox?.acknowledge(seq);
  }

  received(id: string): void {
    this.#owner.send({ frame: 'received', channel: this.channel, id });
  }

  peer(event: PeerEvent): void {
    this.#owner.send({ frame: 'peer', channel: this.channel, event });
  }

  unsubscribed(subscription: string): void {
    this.#owner.send({ frame: 'unsubscribed', channel: this.channel, subscription });
  }

  displaced(): void {
    this.#owner.detached(this);
  }

  closed(): void {
    this.#owner.send({ frame: 'closed', channel: this.channel });
    this.#owner.detached(this);
  }
}
