import { base64url, fromBase64url } from '../core/bytes.ts';
import { codeOf } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { boolean, encodedBytes, encodedUpTo, integer, object, optional, type Parsed } from '../core/parse.ts';
import type { PostOptions, Sent } from './post.ts';
import type { OutgoingMessage, RelayClient } from './relay-client.ts';

const id = encodedBytes(16);
const outgoing = object({
  pairing: id,
  conversation: id,
  id,
  expiresMs: integer(0, Number.MAX_SAFE_INTEGER),
  collapse: optional(id),
  body: encodedUpTo(limits.bodyBytes),
  stored: boolean,
  /** Its place among all that was sealed here: what a conversation says must arrive in order. */
  order: integer(0, Number.MAX_SAFE_INTEGER),
});
type Outgoing = Parsed<typeof outgoing>;

/** What was sealed here and has not yet arrived; it is stored before it is sent, and sent until a relay or the other side has it. */
export class Outbox {
  readonly #options: Pick<PostOptions, 'store' | 'events'>;
  /** In the order in which it was sealed. */
  readonly #all = new Map<string, Outgoing>();
  #lastOrder = 0;
  #awaitingProgress: (() => void)[] = [];

  constructor(options: Pick<PostOptions, 'store' | 'events'>) {
    this.#options = options;
  }

  /** Takes up a stored message if it is wanted; gives whether it is. Throws `malformed-message`. */
  recall(key: string, value: unknown, isWanted: (pairing: string, expiresMs: number) => boolean): boolean {
    const message = outgoing(value, key);
    if (!isWanted(message.pairing, message.expiresMs)) return false;
    this.#all.set(message.id, message);
    return true;
  }

  /** All is recalled; a store gives its entries in the order of their names. */
  sort(): void {
    const sorted = [...this.#all.values()].sort((left, right) => left.order - right.order);
    this.#all.clear();
    for (const message of sorted) this.#all.set(message.id, message);
    this.#lastOrder = sorted.at(-1)?.order ?? 0;
  }

  /** Sends a sealed message. `keep` stores its record, in one step with the conversation that it was sealed in. */
  async send(
    client: RelayClient,
    sealed: Omit<Outgoing, 'stored' | 'order'>,
    keep: (record: Record<string, unknown>) => Promise<void>,
  ): Promise<Sent> {
    const message = { ...sealed, stored: false, order: ++this.#lastOrder };
    await keep({ [keyOf(message)]: message });
    this.#all.set(message.id, message);
    client.put(forRelay(message));
    return sentOf(message);
  }

  /** Sends what waits for a contact. */
  resend(client: RelayClient, pairing: string): void {
    for (const message of this.#of(pairing)) if (!message.stored) client.put(forRelay(message));
  }

  /** A relay has the message; gives whose it was, undefined for none of ours. */
  stored(id: Uint8Array): Sent | undefined {
    const message = this.#all.get(base64url(id));
    if (!message) return undefined;
    message.stored = true;
    return this.#step(message, this.#options.store.set({ [keyOf(message)]: message }));
  }

  /** The message has arrived, or never will; gives whose it was, undefined for none of ours. */
  settle(id: Uint8Array): Sent | undefined {
    const message = this.#all.get(base64url(id));
    if (!message) return undefined;
    this.#all.delete(message.id);
    return this.#step(message, this.#options.store.remove([keyOf(message)]));
  }

  /** Forgets all to a contact; gives the keys of it. `progressed` is to be called once they are removed. */
  forget(pairing: string): string[] {
    const gone = this.#of(pairing);
    for (const message of gone) this.#all.delete(message.id);
    return gone.map(keyOf);
  }

  /** Whether all that was said is at a relay or has arrived. */
  get isStored(): boolean {
    return [...this.#all.values()].every(({ stored }) => stored);
  }

  /** Resolves once all that was said is at a relay or has arrived. */
  async settled(): Promise<void> {
    while (!this.isStored) await new Promise<void>((resolve) => this.#awaitingProgress.push(resolve));
  }

  /** Has those who wait in `settled` look again. */
  progressed(): void {
    for (const resolve of this.#awaitingProgress.splice(0)) resolve();
  }

  #of(pairing: string): Outgoing[] {
    return [...this.#all.values()].filter((message) => message.pairing === pairing);
  }

  /** A step whose storing, when it fails, costs nothing but a repetition. */
  #step(message: Outgoing, storing: Promise<void>): Sent {
    storing.catch((thrown: unknown) => this.#options.events.dropped(message.pairing, codeOf(thrown)));
    this.progressed();
    return sentOf(message);
  }
}

function keyOf({ id }: Outgoing): string {
  return `outbox:${id}`;
}

function forRelay({ pairing, id, expiresMs, collapse, body }: Outgoing): OutgoingMessage {
  return {
    channel: fromBase64url(pairing),
    id: fromBase64url(id),
    expiresMs,
    collapse: collapse === undefined ? null : fromBase64url(collapse),
    body: fromBase64url(body),
  };
}

function sentOf({ pairing, conversation, id, collapse }: Outgoing): Sent {
  return { pairing, conversation, id, ...(collapse === undefined ? {} : { collapse }) };
}
