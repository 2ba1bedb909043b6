import { base64url } from '../core/bytes.ts';
import { Conversation, type SharedKeys } from '../core/conversation.ts';
import { AppError, type ErrorCode } from '../core/errors.ts';
import type { FrameOf, PeerState } from '../core/frames.ts';
import type { KeyPair, Random } from '../core/keys.ts';
import { encodeMessage, type Message } from '../core/messages.ts';
import { clockSlackMs } from './clock-slack.ts';
import { Conversations } from './conversations.ts';
import { Inbox } from './inbox.ts';
import { Outbox } from './outbox.ts';
import { type PushEvent, RelayClient, type RelayStatus } from './relay-client.ts';
import type { Clock, OpenSocket } from './socket.ts';

/** Whom we are paired with: enough to reach and to talk. */
export interface Contact extends SharedKeys {
  /** base64url of the channel; names the pairing everywhere. */
  readonly pairing: string;
  /** The relay's origin. */
  readonly relay: string;
  /** Ours, Ed25519. */
  readonly relayKeys: KeyPair;
}

/** Where post that must survive its process lies: JSON values by key. `set` writes all or nothing. */
export interface PostStore {
  entries(prefix: string): Promise<[key: string, value: unknown][]>;
  set(values: Record<string, unknown>): Promise<void>;
  remove(keys: string[]): Promise<void>;
}

export interface PostEvents {
  /** A message that was opened and is safe here. It comes again after a restart if this rejects or does not end. */
  message(from: Arrival, message: Message): Promise<void>;
  /** How far a message of ours has come; it may be `received` without a word that it was `stored`. */
  progress(sent: Sent, step: 'stored' | 'received'): void;
  /** A message of ours that will never arrive. */
  undeliverable(sent: Sent, code: ErrorCode): void;
  peer(pairing: string, event: PeerState): void;
  /** The relay will have no more of this pairing: closed by the other side, or unknown. */
  ended(pairing: string, code: ErrorCode): void;
  status(relay: string, status: RelayStatus, code: ErrorCode | null): void;
  /** Something came, or was stored here, that could not be opened or handled. `pairing`: empty where it is not known. */
  dropped(pairing: string, code: ErrorCode): void;
  /** A body for a mailbox that is attached but no contact yet: a pairing's handshake. */
  unsealed(frame: FrameOf<'deliver'>): Promise<void>;
  /** What the relay says of Web Push for this pairing. */
  push?(pairing: string, event: PushEvent): void;
}

export interface Arrival {
  pairing: string;
  conversation: string;
}

export interface Sent extends Arrival {
  /** base64url of the message's id at the relay. */
  id: string;
  /** As it was given to `begin`. */
  collapse?: string;
}

export interface PostOptions {
  open: OpenSocket;
  clock: Clock;
  random: Random;
  store: PostStore;
  events: PostEvents;
}

/**
 * Sealed messages with every paired device, over as many relays as they use. What goes out is stored before it is
 * sent, what comes in before it is acknowledged, so that a process may end between any two steps and nothing is lost,
 * sent under a used nonce, or handled under another conversation.
 */
export class Post {
  readonly #options: PostOptions;
  readonly #clients = new Map<string, RelayClient>();
  readonly #contacts = new Map<string, Contact>();
  readonly #conversations: Conversations;
  readonly #outbox: Outbox;
  readonly #inbox: Inbox;
  #awaiting = false;

  private constructor(options: PostOptions) {
    this.#options = options;
    this.#conversations = new Conversations(options);
    this.#outbox = new Outbox(options);
    this.#inbox = new Inbox(options, this.#conversations);
  }

  /** The post as it was left, for these contacts; connects. `later`: whose post is kept, until they are added. */
  static async resume(
    options: PostOptions,
    contacts: readonly Contact[],
    later: readonly Contact[] = [],
  ): Promise<Post> {
    const post = new Post(options);
    for (const contact of [...contacts, ...later]) post.#contacts.set(contact.pairing, contact);
    const { store } = options;
    const left = await store.entries('');
    const stale = left.filter(([key, value]) => !post.#recalls(key, value));
    await store.remove(stale.map(([key]) => key));
    post.#outbox.sort();
    for (const contact of contacts) post.add(contact);
    post.#inbox.resume();
    return post;
  }

  /** Begins to listen to a contact, and sends what waits for it. */
  add(contact: Contact): void {
    this.#contacts.set(contact.pairing, contact);
    const client = this.client(contact.relay);
    client.attach({ channel: contact.channel, keys: contact.relayKeys });
    this.#outbox.resend(client, contact.pairing);
  }

  /** Stops listening to a contact and forgets what was said. With `close` the channel ends at the relay, for both. */
  async remove(pairing: string, close: boolean): Promise<void> {
    const contact = this.#contacts.get(pairing);
    if (!contact) return;
    const client = this.client(contact.relay);
    if (close) client.close(contact.channel);
    else client.detach(contact.channel);
    this.#contacts.delete(pairing);
    await this.#options.store.remove([
      ...this.#conversations.forget(pairing),
      ...this.#outbox.forget(pairing),
      ...this.#inbox.forget(pairing),
    ]);
    this.#outbox.progressed();
  }

  /** Says something in a new conversation. `collapse`, 16 bytes in base64url: replaces what is unread under the same. */
  begin(pairing: string, message: Message, lifeMs: number, collapse?: string): Promise<Sent> {
    return this.#conversations.inTurn(async () => {
      const contact = this.#contact(pairing);
      const { conversation, body } = Conversation.start(contact, this.#options.random, encodeMessage(message));
      return this.#send(contact, conversation, body, lifeMs, collapse);
    });
  }

  /** Says something in a conversation that the other side has spoken in. Throws `unknown-request` when it is over. */
  reply(to: string, message: Message, lifeMs: number): Promise<Sent> {
    return this.#conversations.inTurn(async () => {
      const pairing = this.#conversations.pairingOf(to);
      if (pairing === undefined) throw new AppError('unknown-request', 'conversation is over');
      const contact = this.#contact(pairing);
      const conversation = this.#conversations.copy(contact, to);
      return this.#send(contact, conversation, conversation.seal(encodeMessage(message)), lifeMs);
    });
  }

  /** A conversation whose handshake took place elsewhere: the pairing's. It lives `lifeMs`. */
  adopt(pairing: string, conversation: Conversation, lifeMs: number): Promise<void> {
    return this.#conversations.inTurn(() => this.#conversations.keep(pairing, conversation, {}, lifeMs));
  }

  /** The client for a relay; for what is not sealed: pairing, and closing. */
  client(relay: string): RelayClient {
    const before = this.#clients.get(relay);
    if (before) return before;
    const { events } = this.#options;
    const client = new RelayClient({
      ...this.#options,
      relay,
      events: {
        deliver: (frame) => this.#deliver(frame),
        stored: (frame) => this.#progress(frame.id, 'stored'),
        received: (frame) => this.#progress(frame.id, 'received'),
        rejected: (frame) => this.#undeliverable(frame.id, frame.code),
        attached: (frame) => events.peer(base64url(frame.channel), frame.peer),
        peer: (frame) => events.peer(base64url(frame.channel), frame.event),
        refused: (frame) => events.ended(base64url(frame.channel), frame.code),
        closed: (frame) => events.ended(base64url(frame.channel), 'channel-closed'),
        status: (status, code) => events.status(relay, status, code),
        push: (channel, event) => events.push?.(base64url(channel), event),
      },
    });
    this.#clients.set(relay, client);
    client.await(this.#awaiting);
    return client;
  }

  /** A delivery that came by Web Push. It may come over the socket as well, and is taken once. */
  pushed(frame: FrameOf<'deliver'>): Promise<void> {
    return this.#contacts.has(base64url(frame.channel)) ? this.#deliver(frame) : Promise.resolve();
  }

  /** Has a contact's relay keep this device's Web Push subscription: `PushSubscription.toJSON()` as JSON. */
  subscribe(pairing: string, subscription: string): void {
    const contact = this.#contacts.get(pairing);
    if (contact) this.client(contact.relay).subscribe(contact.channel, subscription);
  }

  /** Asks a contact's relay for a push to this very device, now or once it is reached. `id`: 16 bytes. */
  ring(pairing: string, id: Uint8Array): void {
    const contact = this.#contacts.get(pairing);
    if (contact) this.client(contact.relay).ring(contact.channel, id);
  }

  /** As `Outbox.isStored`. */
  get isStored(): boolean {
    return this.#outbox.isStored;
  }

  /** Resolves once all that came so far is handled, however that ended, and all that was said is at a relay or has arrived. */
  async settled(): Promise<void> {
    await this.#conversations.inTurn(async () => undefined);
    await this.#inbox.handled();
    await this.#outbox.settled();
  }

  /** Whether something is awaited from the other side: connections are then watched. */
  await(awaiting: boolean): void {
    this.#awaiting = awaiting;
    for (const client of this.#clients.values()) client.await(awaiting);
  }

  /** Tries every relay at once instead of after its back-off. */
  wake(): void {
    for (const client of this.#clients.values()) client.wake();
  }

  stop(): void {
    for (const client of this.#clients.values()) client.stop();
  }

  /** Takes up one stored entry; false when it is over, belongs to nobody any more, or cannot be read. */
  #recalls(key: string, value: unknown): boolean {
    const [kind] = key.split(':');
    const isWanted = (pairing: string, expiresMs: number) =>
      this.#contacts.has(pairing) && expiresMs + clockSlackMs > this.#options.clock.now();
    try {
      if (kind === 'seen') return this.#inbox.recallMark(key, value, isWanted);
      if (kind === 'inbox') this.#inbox.recall(key, value);
      if (kind === 'outbox') return this.#outbox.recall(key, value, isWanted);
      if (kind === 'conversation') return this.#conversations.recall(key, value, this.#contacts);
      return true;
    } catch (thrown) {
      if (!(thrown instanceof AppError)) throw thrown;
      // Of another version, or damaged: one entry is lost, and all others go on.
      this.#options.events.dropped('', thrown.code);
      return false;
    }
  }

  async #deliver(frame: FrameOf<'deliver'>): Promise<void> {
    const contact = this.#contacts.get(base64url(frame.channel));
    return contact ? this.#inbox.take(contact, frame) : this.#options.events.unsealed(frame);
  }

  #send(
    contact: Contact,
    conversation: Conversation,
    body: Uint8Array,
    lifeMs: number,
    collapse?: string,
  ): Promise<Sent> {
    const { pairing } = contact;
    const client = this.client(contact.relay);
    const sealed = {
      pairing,
      conversation: base64url(conversation.id),
      id: base64url(this.#options.random(16)),
      expiresMs: Math.ceil(client.now() + lifeMs),
      body: base64url(body),
      ...(collapse === undefined ? {} : { collapse }),
    };
    return this.#outbox.send(client, sealed, (record) => this.#conversations.keep(pairing, conversation, record));
  }

  #progress(id: Uint8Array, step: 'stored' | 'received'): void {
    const sent = step === 'stored' ? this.#outbox.stored(id) : this.#outbox.settle(id);
    if (sent) this.#options.events.progress(sent, step);
  }

  #undeliverable(id: Uint8Array, code: ErrorCode): void {
    const sent = this.#outbox.settle(id);
    if (sent) this.#options.events.undeliverable(sent, code);
  }

  #contact(pairing: string): Contact {
    const contact = this.#contacts.get(pairing);
    if (!contact) throw new AppError('no-phone', 'not paired');
    return contact;
  }
}
