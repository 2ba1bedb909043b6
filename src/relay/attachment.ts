import type { RelayFrame } from '../core/frames.ts';
import type { Message, OpenMailbox, PeerEvent, Presence, Side, Watcher } from './stores/mailbox-store.ts';

/** One mailbox on one connection: what the store says about it becomes frames. */
export class Attachment implements Watcher {
  readonly channel: Uint8Array;
  readonly side: Side;
  /** Set once the store has opened it. */
  mailbox: OpenMailbox | null = null;
  readonly #send: (frame: RelayFrame) => void;
  readonly #ended: (attachment: Attachment) => void;

  constructor(
    channel: Uint8Array,
    side: Side,
    send: (frame: RelayFrame) => void,
    ended: (attachment: Attachment) => void,
  ) {
    this.channel = channel;
    this.side = side;
    this.#send = send;
    this.#ended = ended;
  }

  opened(seq: number, peer: Presence): void {
    this.#send({ frame: 'attached', channel: this.channel, seq, peer });
  }

  deliver({ seq, id, expiresMs, body }: Message): void {
    this.#send({ frame: 'deliver', channel: this.channel, seq, id, expiresMs, body });
  }

  received(id: Uint8Array): void {
    this.#send({ frame: 'received', channel: this.channel, id });
  }

  peer(event: PeerEvent): void {
    this.#send({ frame: 'peer', channel: this.channel, event });
  }

  displaced(): void {
    this.#ended(this);
  }

  closed(): void {
    this.#send({ frame: 'closed', channel: this.channel });
    this.#ended(this);
  }
}
