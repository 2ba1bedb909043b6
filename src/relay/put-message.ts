import type { Refusal } from '../core/frames.ts';
import type { Attachment } from './attachment.ts';
import type { NewMessage } from './stores/mailbox-store.ts';

/** Who tells the client what became of a message. */
export interface PutOwner {
  durable(message: PutMessage): void;
  stored(message: PutMessage): void;
  rejected(channel: Uint8Array, id: string, code: Refusal, retryAfterMs: number): void;
}

/** A message on its way into the store. */
export class PutMessage implements NewMessage {
  readonly attachment: Attachment;
  readonly id: string;
  /** In its mailbox; 0 until it is stored. */
  seq = 0;
  readonly arrivedMs: number;
  /** Its way into the store is timed, as no other of its mailbox's is under way. */
  readonly isTimed: boolean;
  readonly expiresMs: number;
  readonly collapse: Uint8Array | null;
  readonly body: Uint8Array;
  readonly #owner: PutOwner;
  /** Its sender hears that, and need not know what comes of storing it. */
  #isReceived = false;

  constructor(
    owner: PutOwner,
    attachment: Attachment,
    id: string,
    arrivedMs: number,
    lifeMs: number,
    collapse: Uint8Array | null,
    body: Uint8Array,
  ) {
    this.#owner = owner;
    this.attachment = attachment;
    this.id = id;
    this.arrivedMs = arrivedMs;
    this.isTimed = !attachment.timesPut;
    attachment.timesPut = true;
    this.expiresMs = arrivedMs + lifeMs;
    this.collapse = collapse;
    this.body = body;
  }

  received(): void {
    this.#isReceived = true;
    if (this.collapse) this.attachment.replaced(this.collapse);
  }

  stored(seq: number, waits: boolean, here: boolean): void {
    this.#settled();
    this.#owner.durable(this);
    if (this.#isReceived) return;
    this.seq = seq;
    this.#owner.stored(this);
    if (waits) this.attachment.waits(this, here);
  }

  refused(code: Refusal, retryAfterMs: number): void {
    this.#settled();
    if (this.#isReceived) return;
    if (code === 'storage-full') this.attachment.hold(retryAfterMs);
    this.#owner.rejected(this.attachment.channel, this.id, code, retryAfterMs);
  }

  #settled(): void {
    if (this.isTimed) this.attachment.timesPut = false;
  }
}
