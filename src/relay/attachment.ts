import type { SentFrame } from './message-frames.ts';
import type { PutMessage } from './put-message.ts';
import type { Message, OpenMailbox, PeerEvent, Presence, Side, Watcher } from './stores/mailbox-store.ts';
import { Unreceived, type Wake } from './unreceived.ts';

export interface AttachmentOwner {
  /** How long an acknowledgement may take, ms. */
  readonly unreceivedMs: number;
  now(): number;
  send(frame: SentFrame): void;
  /** What was delivered was acknowledged after so long, ms. */
  acknowledged(afterMs: number): void;
  /** Whoever this message is for is not there to take it. */
  wake(...of: Parameters<Wake<PutMessage>>): void;
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
  /** Until then nothing that it puts is taken, as it would come before what could not be stored; ms. */
  heldUntilMs = 0;
  readonly #owner: AttachmentOwner;
  /** The delivery whose acknowledgement is timed; 0 for none. */
  #timedSeq = 0;
  #deliveredMs = 0;
  /** Null until something is. */
  #unreceived: Unreceived<PutMessage> | null = null;
  #isLeft = false;

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

  /** Something that it put could not be stored, and is said again after so long, ms. */
  hold(retryAfterMs: number): void {
    this.heldUntilMs = this.#owner.now() + retryAfterMs;
  }

  /** What it put is stored and waits. `isDelivered`: the other side is there and was told. */
  waits(message: PutMessage, isDelivered: boolean): void {
    if (message.collapse) this.replaced(message.collapse);
    if (this.#isLeft) {
      this.#owner.wake(message, () => 'until-there');
      return;
    }
    this.#unreceived ??= new Unreceived(this.#owner.unreceivedMs, (...of) => this.#owner.wake(...of));
    this.#unreceived.add(message, isDelivered);
  }

  /** Something that it put took the place of what had the same key, 16 bytes. */
  replaced(collapse: Uint8Array): void {
    this.#unreceived?.dropReplaced(collapse);
  }

  /** Goes on for one of the same mailbox on the same connection. */
  follow(before: Attachment): void {
    this.#unreceived = before.#unreceived;
    before.#unreceived = null;
  }

  received(id: string): void {
    this.#unreceived?.drop(id);
    this.#owner.send({ frame: 'received', channel: this.channel, id });
  }

  peer(event: PeerEvent): void {
    if (event === 'away') this.#unreceived?.wakeAll();
    this.#owner.send({ frame: 'peer', channel: this.channel, event });
  }

  unsubscribed(subscription: string): void {
    this.#owner.send({ frame: 'unsubscribed', channel: this.channel, subscription });
  }

  displaced(): void {
    this.#over();
    this.#owner.detached(this);
  }

  /** Of what was not acknowledged nobody is told any more whether it is. */
  leave(): void {
    this.mailbox?.leave();
    this.#over();
  }

  closed(): void {
    this.#unreceived?.clear();
    this.#owner.send({ frame: 'closed', channel: this.channel });
    this.#owner.detached(this);
  }

  #over(): void {
    this.#isLeft = true;
    this.#unreceived?.end();
  }
}
