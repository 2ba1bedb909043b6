import { base64url, fromBase64url } from '../core/bytes.ts';
import { Conversation, peek, type SharedKeys } from '../core/conversation.ts';
import { AppError, codeOf, type ErrorCode } from '../core/errors.ts';
import type { FrameOf, peerEvents, peerPresence } from '../core/frames.ts';
import type { KeyPair, Random } from '../core/keys.ts';
import { limits } from '../core/limits.ts';
import { decodeMessage, encodeMessage, type Message } from '../core/messages.ts';
import { boolean, encodedBytes, encodedUpTo, integer, object, optional, type Parsed } from '../core/parse.ts';
import { type PushEvent, RelayClient, type RelayStatus } from './relay-client.ts';
import { SeenMarks } from './seen-marks.ts';
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
  /** How far a message of ours has come. */
  progress(sent: Sent, step: 'stored' | 'received'): void;
  /** A message of ours that will never arrive. */
  undeliverable(sent: Sent, code: ErrorCode): void;
  peer(pairing: string, event: (typeof peerPresence)[number] | (typeof peerEvents)[number]): void;
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
const arrived = object({
  pairing: id,
  conversation: id,
  seq: integer(0, Number.MAX_SAFE_INTEGER),
  plaintext: encodedUpTo(limits.bodyBytes),
});
const seen = object({ expiresMs: integer(0, Number.MAX_SAFE_INTEGER) });
const kept = object({ pairing: id, expiresMs: integer(0, Number.MAX_SAFE_INTEGER), saved: (value: unknown) => value });

/** How long a conversation is kept after it was last used, ms: longer than any request lives. */
const conversationLifeMs = 2 * limits.longestRequestLifeMs;
/** How often what is over is looked for while messages come and go, ms. */
const sweepEveryMs = 60_000;
/** How far a clock may be off before what is stored here is taken for expired too early or too late, ms. */
const clockSlackMs = 3_600_000;

type Outgoing = Parsed<typeof outgoing>;
type Arrived = Parsed<typeof arrived>;

interface Kept {
  pairing: string;
  expiresMs: number;
  conversation: Conversation;
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
  readonly #conversations = new Map<string, Kept>();
  /** In the order in which it was sealed. */
  readonly #outbox = new Map<string, Outgoing>();
  #lastOrder = 0;
  readonly #seen = new SeenMarks();
  /** When what is over was last looked for, ms. */
  #sweptAt = 0;
  #awaiting = false;
  /** Changes of conversations are made one after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  #awaitingProgress: (() => void)[] = [];
  /** Arrivals are handled one after the other. */
  #handling: Promise<unknown> = Promise.resolve();

  private constructor(options: PostOptions) {
    this.#options = options;
  }

  /** The post as it was left, for these contacts; connects. */
  static async resume(options: PostOptions, contacts: readonly Contact[]): Promise<Post> {
    const post = new Post(options);
    for (const contact of contacts) post.#contacts.set(contact.pairing, contact);
    const { store } = options;
    const inbox: [key: string, Arrived][] = [];
    const left = await store.entries('');
    const stale = left.filter(([key, value]) => !post.#recalls(key, value, inbox));
    await store.remove(stale.map(([key]) => key));
    post.#sortOutbox();
    for (const contact of contacts) post.add(contact);
    inbox.sort(([, left], [, right]) => left.seq - right.seq);
    for (const [key, arrival] of inbox) post.#handle(key, arrival);
    return post;
  }

  /** Begins to listen to a contact, and sends what waits for it. */
  add(contact: Contact): void {
    this.#contacts.set(contact.pairing, contact);
    const client = this.client(contact.relay);
    client.attach({ channel: contact.channel, keys: contact.relayKeys });
    for (const message of this.#outbox.values()) {
      if (message.pairing === contact.pairing && !message.stored) this.#put(client, contact, message);
    }
  }

  /** Stops listening to a contact and forgets what was said. With `close` the channel ends at the relay, for both. */
  async remove(pairing: string, close: boolean): Promise<void> {
    const contact = this.#contacts.get(pairing);
    if (!contact) return;
    const client = this.client(contact.relay);
    if (close) client.close(contact.channel);
    else client.detach(contact.channel);
    this.#contacts.delete(pairing);
    const gone = [...this.#conversations]
      .filter(([, kept]) => kept.pairing === pairing)
      .map(([conversation]) => conversation);
    const unsent = [...this.#outbox.values()]
      .filter((message) => message.pairing === pairing)
      .map((message) => message.id);
    for (const conversation of gone) this.#conversations.delete(conversation);
    for (const message of unsent) this.#outbox.delete(message);
    await this.#options.store.remove([
      ...gone.map((of) => `conversation:${of}`),
      ...unsent.map((of) => `outbox:${of}`),
      ...this.#seen.forget(pairing),
    ]);
    this.#progressed();
  }

  /** Says something in a new conversation. `collapse`, 16 bytes in base64url: replaces what is unread under the same. */
  begin(pairing: string, message: Message, lifeMs: number, collapse?: string): Promise<Sent> {
    return this.#inTurn(async () => {
      const contact = this.#contact(pairing);
      const { conversation, body } = Conversation.start(contact, this.#options.random, encodeMessage(message));
      return this.#send(contact, conversation, body, lifeMs, collapse);
    });
  }

  /** Says something in a conversation that the other side has spoken in. Throws `unknown-request` when it is over. */
  reply(to: string, message: Message, lifeMs: number): Promise<Sent> {
    return this.#inTurn(async () => {
      const kept = this.#conversations.get(to);
      if (!kept) throw new AppError('unknown-request', 'conversation is over');
      const contact = this.#contact(kept.pairing);
      const conversation = this.#copy(contact, kept);
      return this.#send(contact, conversation, conversation.seal(encodeMessage(message)), lifeMs);
    });
  }

  /** A conversation whose handshake took place elsewhere: the pairing's. It lives `lifeMs`. */
  adopt(pairing: string, conversation: Conversation, lifeMs: number): Promise<void> {
    return this.#inTurn(() => this.#keep(pairing, conversation, {}, lifeMs));
  }

  /** The client for a relay; for what is not sealed: pairing, and closing. */
  client(relay: string): RelayClient {
    const before = this.#clients.get(relay);
    if (before) return before;
    const { open, clock, random, events } = this.#options;
    const client: RelayClient = new RelayClient({
      relay,
      open,
      clock,
      random,
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

  /** Whether a relay has all that was said. */
  get isStored(): boolean {
    return [...this.#outbox.values()].every(({ stored }) => stored);
  }

  /** Resolves once all that came so far is handled, however that ended, and a relay has all that was said. */
  async settled(): Promise<void> {
    await this.#turn;
    await this.#handling;
    while (!this.isStored) await new Promise<void>((resolve) => this.#awaitingProgress.push(resolve));
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
  #recalls(key: string, value: unknown, inbox: [key: string, Arrived][]): boolean {
    try {
      return this.#recall(key, value, inbox);
    } catch (thrown) {
      if (!(thrown instanceof AppError)) throw thrown;
      // Of another version, or damaged: one entry is lost, and all others go on.
      this.#options.events.dropped('', thrown.code);
      return false;
    }
  }

  #recall(key: string, value: unknown, inbox: [key: string, Arrived][]): boolean {
    const [kind, name = '', ...rest] = key.split(':');
    const fresh = (expiresMs: number) => expiresMs + clockSlackMs > this.#options.clock.now();
    if (kind === 'seen') {
      const { expiresMs } = seen(value, key);
      const isWanted = fresh(expiresMs) && this.#contacts.has(name);
      if (isWanted) this.#seen.add(name, rest.join(':'), expiresMs);
      return isWanted;
    }
    if (kind === 'inbox') inbox.push([key, arrived(value, key)]);
    if (kind === 'outbox') {
      const message = outgoing(value, key);
      if (!fresh(message.expiresMs) || !this.#contacts.has(message.pairing)) return false;
      this.#outbox.set(message.id, message);
    }
    if (kind === 'conversation') {
      const { pairing, expiresMs, saved } = kept(value, key);
      const contact = this.#contacts.get(pairing);
      if (!contact || expiresMs < this.#options.clock.now()) return false;
      this.#conversations.set(name, {
        pairing,
        expiresMs,
        conversation: Conversation.restore(contact, this.#options.random, saved),
      });
    }
    return true;
  }

  /** A store gives its entries in the order of their names. */
  #sortOutbox(): void {
    const sorted = [...this.#outbox.values()].sort((left, right) => left.order - right.order);
    this.#outbox.clear();
    for (const message of sorted) this.#outbox.set(message.id, message);
    this.#lastOrder = sorted.at(-1)?.order ?? 0;
  }

  async #deliver(frame: FrameOf<'deliver'>): Promise<void> {
    const pairing = base64url(frame.channel);
    const contact = this.#contacts.get(pairing);
    if (!contact) return this.#options.events.unsealed(frame);
    // In turn, as the same may be on its way in by Web Push.
    const arrival = await this.#inTurn(async () =>
      this.#seen.has(pairing, base64url(frame.id)) ? null : this.#take(contact, frame),
    );
    if (arrival) this.#handle(inboxKey(frame), arrival);
  }

  /** Opens a body and stores what came of it, all at once; null when it cannot be opened and is dropped. */
  async #take(contact: Contact, frame: FrameOf<'deliver'>): Promise<Arrived | null> {
    const { store, events, clock } = this.#options;
    const { pairing } = contact;
    const name = base64url(frame.id);
    // By our own clock: a relay that lies about the time must not make us remember for ever, nor forget too soon.
    const expiresMs = clock.now() + limits.messageLifeMs;
    const mark = { [SeenMarks.key(pairing, name)]: { expiresMs } };
    await this.#sweep();
    try {
      const { conversation, plaintext, first } = this.#unseal(contact, frame.body);
      const arrival = {
        pairing,
        conversation: base64url(conversation.id),
        seq: frame.seq,
        plaintext: base64url(plaintext),
      };
      const beginning = firstOf(conversation.id);
      await this.#keep(pairing, conversation, {
        ...mark,
        ...(first && { [SeenMarks.key(pairing, beginning)]: { expiresMs } }),
        [inboxKey(frame)]: arrival,
      });
      this.#seen.add(pairing, name, expiresMs);
      if (first) this.#seen.add(pairing, beginning, expiresMs);
      return arrival;
    } catch (thrown) {
      if (!(thrown instanceof AppError)) throw thrown;
      await store.set(mark);
      this.#seen.add(pairing, name, expiresMs);
      events.dropped(pairing, thrown.code);
      return null;
    }
  }

  /** Forgets what is over, now and then, so that a process that goes on for weeks holds no more than one that starts. */
  async #sweep(): Promise<void> {
    const now = this.#options.clock.now();
    if (Math.abs(now - this.#sweptAt) < sweepEveryMs) return;
    this.#sweptAt = now;
    const over = [...this.#conversations].filter(([, { expiresMs }]) => expiresMs < now).map(([name]) => name);
    for (const name of over) this.#conversations.delete(name);
    const keys = [...over.map((name) => `conversation:${name}`), ...this.#seen.sweep(now - clockSlackMs)];
    if (keys.length > 0) await this.#options.store.remove(keys);
  }

  #unseal(contact: Contact, body: Uint8Array): { conversation: Conversation; plaintext: Uint8Array; first: boolean } {
    const { conversation: of, first } = peek(body);
    const before = this.#conversations.get(base64url(of));
    if (first) {
      // A relay can say a first message again under another id, also when the conversation is long over.
      if (before || this.#seen.has(contact.pairing, firstOf(of)))
        throw new AppError('replayed', 'conversation existed');
      return { ...Conversation.accept(contact, this.#options.random, body), first };
    }
    if (before?.pairing !== contact.pairing) throw new AppError('unknown-request', 'no such conversation');
    const conversation = this.#copy(contact, before);
    return { conversation, plaintext: conversation.open(body), first };
  }

  #handle(key: string, { pairing, conversation, plaintext }: Arrived): void {
    const { events, store } = this.#options;
    this.#handling = this.#handling
      .then(async () => {
        let message: Message;
        try {
          message = decodeMessage(fromBase64url(plaintext));
        } catch (thrown) {
          events.dropped(pairing, codeOf(thrown));
          return store.remove([key]);
        }
        await events.message({ pairing, conversation }, message);
        return store.remove([key]);
      })
      // It stays in the inbox and is handled again after the next start.
      .catch((thrown: unknown) => events.dropped(pairing, codeOf(thrown)));
  }

  async #send(
    contact: Contact,
    conversation: Conversation,
    body: Uint8Array,
    lifeMs: number,
    collapse?: string,
  ): Promise<Sent> {
    const client = this.client(contact.relay);
    const message: Outgoing = {
      pairing: contact.pairing,
      conversation: base64url(conversation.id),
      id: base64url(this.#options.random(16)),
      expiresMs: Math.ceil(client.now() + lifeMs),
      body: base64url(body),
      stored: false,
      order: ++this.#lastOrder,
      ...(collapse === undefined ? {} : { collapse }),
    };
    await this.#keep(contact.pairing, conversation, { [`outbox:${message.id}`]: message });
    this.#outbox.set(message.id, message);
    this.#put(client, contact, message);
    return sentOf(message);
  }

  #put(client: RelayClient, contact: Contact, { id, expiresMs, collapse, body }: Outgoing): void {
    client.put({
      channel: contact.channel,
      id: fromBase64url(id),
      expiresMs,
      collapse: collapse === undefined ? null : fromBase64url(collapse),
      body: fromBase64url(body),
    });
  }

  #progress(id: Uint8Array, step: 'stored' | 'received'): void {
    const message = this.#outbox.get(base64url(id));
    if (!message) return;
    if (step === 'stored') {
      message.stored = true;
      this.#background(this.#options.store.set({ [`outbox:${message.id}`]: message }), message.pairing);
    } else {
      this.#settle(message);
    }
    this.#progressed();
    this.#options.events.progress(sentOf(message), step);
  }

  #undeliverable(id: Uint8Array, code: ErrorCode): void {
    const message = this.#outbox.get(base64url(id));
    if (!message) return;
    this.#settle(message);
    this.#progressed();
    this.#options.events.undeliverable(sentOf(message), code);
  }

  #progressed(): void {
    for (const resolve of this.#awaitingProgress.splice(0)) resolve();
  }

  #settle(message: Outgoing): void {
    this.#outbox.delete(message.id);
    this.#background(this.#options.store.remove([`outbox:${message.id}`]), message.pairing);
  }

  /** Stores a conversation, and what belongs to the same step, before anybody acts on it. */
  async #keep(
    pairing: string,
    conversation: Conversation,
    more: Record<string, unknown>,
    lifeMs = conversationLifeMs,
  ): Promise<void> {
    const name = base64url(conversation.id);
    const expiresMs = this.#options.clock.now() + lifeMs;
    await this.#options.store.set({
      ...more,
      [`conversation:${name}`]: { pairing, expiresMs, saved: conversation.toJSON() },
    });
    this.#conversations.set(name, { pairing, expiresMs, conversation });
  }

  /** A copy to work on: when storing it fails, the conversation stays as it was. */
  #copy(contact: Contact, { conversation }: Kept): Conversation {
    return Conversation.restore(contact, this.#options.random, conversation.toJSON());
  }

  #contact(pairing: string): Contact {
    const contact = this.#contacts.get(pairing);
    if (!contact) throw new AppError('no-phone', 'not paired');
    return contact;
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(task);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  /** Work whose failure costs nothing but a repetition. */
  #background(work: Promise<void>, pairing: string): void {
    work.catch((thrown: unknown) => this.#options.events.dropped(pairing, codeOf(thrown)));
  }
}

/** What is remembered of a conversation that the other side began. */
function firstOf(conversation: Uint8Array): string {
  return `first:${base64url(conversation)}`;
}

function inboxKey({ channel, id }: FrameOf<'deliver'>): string {
  return `inbox:${base64url(channel)}:${base64url(id)}`;
}

function sentOf({ pairing, conversation, id, collapse }: Outgoing): Sent {
  return { pairing, conversation, id, ...(collapse === undefined ? {} : { collapse }) };
}
