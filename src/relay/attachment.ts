import type { RelayFrame } from '../core/frames.ts';
import type { Message, OpenMailbox, PeerEvent, Presence, Side, Watcher } from './stores/mailbox-store.ts';

export interface AttachmentOwner {
  send(frame: RelayFrame): void;
  /** It is over; the store said so. */
  detached(attachment: Attachment): void;
}

/** One mailbox on one connection: what the store says about it becomes frames. */
export class Attachment implements Watcher {
  readonly channel: Uint8Array;
  readonly side: Side;
  /** Set once the store has opened it. */
  mailbox: OpenMailbox | null = null;
  readonly #owner: AttachmentOwner;

  constructor(owner: AttachmentOwner, channel: Uint8Array, side: Side) {
    this.#owner = owner;
    this.channel = channel;
    this.side = side;
  }

  opened(seq: number, peer: Presence): void {
    this.#owner.send({ frame: 'attached', channel: this.channel, seq, peer });
  }

  deliver({ seq, id, expiresMs, body }: Message): void {
    this.#owner.send({ frame: 'deliver', channel: this.channel, seq, id, expiresMs, body });
  }

  received(id: Uint8Array): void {
    this.#owner.send({ frame: 'received', channel: this.channel, id });
  }

  peer(event: PeerEvent): void {
    this.#owner.send({ frame: 'peer', channel: this.channel, event });
  }

  displaced(): void {
    this.#owner.detached(this);
  }

  closed(): void {
    this.#owner.send({ frame: 'closed', channel: this.channel });
    this.#owner.detached(this);
  }
}
