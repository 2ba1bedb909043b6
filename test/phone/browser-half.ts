import { encode } from '../../src/core/binary.ts';
import { base64url } from '../../src/core/bytes.ts';
import { channelCreation, type peerEvents } from '../../src/core/frames.ts';
import { type Random, sign } from '../../src/core/keys.ts';
import { limits } from '../../src/core/limits.ts';
import type { Message, PhoneRequest } from '../../src/core/messages.ts';
import { newOwnKeys, type OwnKeys, type Paired, pairAsBrowser } from '../../src/core/pairing.ts';
import { derivePairingSecrets, type PairingLink, pairingUrl } from '../../src/core/pairing-link.ts';
import { creationProof } from '../../src/core/relay-proofs.ts';
import { type Arrival, Post, type PostStore } from '../../src/relay-client/post.ts';
import type { PushEvent } from '../../src/relay-client/relay-client.ts';
import type { Clock, OpenSocket } from '../../src/relay-client/socket.ts';

export interface BrowserOptions {
  relay: string;
  open: OpenSocket;
  clock: Clock;
  random: Random;
  name?: string;
}

type Kind<Name extends Message['kind']> = Extract<Message, { kind: Name }>;

/** What the extension says to a phone, and nothing else of it. */
export class BrowserHalf {
  readonly name: string;
  readonly #options: BrowserOptions;
  readonly #heard: { from: Arrival; message: Message }[] = [];
  readonly notes: string[] = [];
  /** Answers as somebody who has not the keys that the code speaks of. */
  isImpostor = false;
  #post!: Post;
  #link!: PairingLink;
  #keys!: OwnKeys;
  #pairing = '';
  #paired: Paired | null = null;
  #changed: (() => void)[] = [];

  private constructor(options: BrowserOptions) {
    this.#options = options;
    this.name = options.name ?? 'Chrome on Linux';
  }

  static async start(options: BrowserOptions): Promise<BrowserHalf> {
    const browser = new BrowserHalf(options);
    const { open, clock, random } = options;
    browser.#post = await Post.resume({ open, clock, random, store: forgetful(), events: browser.#events() }, []);
    return browser;
  }

  /** Shows a code; gives its link. */
  async offer(): Promise<string> {
    const { relay, random, clock } = this.#options;
    this.#keys = newOwnKeys(random);
    this.#paired = null;
    const secret = random(16);
    const { channel, joinKeys } = derivePairingSecrets(secret);
    const proof = { relayOrigin: relay, channel, key: this.#keys.relay.public, joinKey: joinKeys.public };
    const answer = await fetch(`${relay}/v1/channels`, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: encode(channelCreation, { ...proof, signature: sign(this.#keys.relay, creationProof(proof)) }),
    });
    if (!answer.ok) throw new Error(`the relay says ${answer.status}`);
    const { timeMs } = (await answer.json()) as { timeMs: number };
    this.#pairing = base64url(channel);
    this.#link = { key: this.#keys.static.public, secret, expiresMs: timeMs + limits.pairingOfferLifeMs, relay };
    this.#post.client(relay).attach({ channel, keys: this.#keys.relay });
    await this.until(() => this.notes.includes('awaited') || clock.now() > this.#link.expiresMs);
    return pairingUrl(this.#link);
  }

  /** What the pairing is called on both sides. */
  get pairing(): string {
    return this.#pairing;
  }

  /** The digits, once a phone has come. */
  async digits(): Promise<{ digits: string; phone: string }> {
    await this.until(() => this.#paired !== null);
    const { digits, peerName } = this.#paired as Paired;
    return { digits, phone: peerName };
  }

  /** The person here says that the digits are the same. */
  async confirm(): Promise<void> {
    await this.digits();
    await this.#post.reply(this.#pairing, { kind: 'confirm' }, 600_000);
  }

  /** The person here says that they differ. */
  refuse(): Promise<void> {
    return this.#post.remove(this.#pairing, true);
  }

  async ask(request: PhoneRequest): Promise<void> {
    await this.#post.begin(this.#pairing, { kind: 'request', request }, request.expiresAt - this.now(), request.id);
  }

  /** The phone's answer to a request. */
  async answer(id: string): Promise<Kind<'answer'>['answer']> {
    const { message } = await this.#hear('answer', ({ answer }) => answer.id === id);
    return message.answer;
  }

  async receipt(id: string, stage: Kind<'receipt'>['stage']): Promise<void> {
    await this.#hear('receipt', (receipt) => receipt.id === id && receipt.stage === stage);
  }

  async conclude(id: string, outcome: Kind<'outcome'>['outcome'], code?: Kind<'outcome'>['code']): Promise<void> {
    const { from } = await this.#hear('answer', ({ answer }) => answer.id === id);
    const message: Message = { kind: 'outcome', id, outcome, ...(code === undefined ? {} : { code }) };
    await this.#post.reply(from.conversation, message, 60_000);
  }

  /** Says what the page shows, of a request that the phone does not answer. */
  async show(id: string, outcome: Kind<'outcome'>['outcome'], code?: Kind<'outcome'>['code']): Promise<void> {
    await this.say({ kind: 'outcome', id, outcome, ...(code === undefined ? {} : { code }) });
  }

  /** Says anything in a new conversation. */
  async say(message: Message): Promise<void> {
    await this.#post.begin(this.#pairing, message, 60_000);
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#changed.push(resolve));
  }

  heard(kind: Message['kind']): number {
    return this.#heard.filter(({ message }) => message.kind === kind).length;
  }

  /** The relay's time, ms. */
  now(): number {
    return this.#post.client(this.#options.relay).now();
  }

  stop(): void {
    this.#post.stop();
  }

  /** Is there again after `stop`. */
  resume(): void {
    this.#post.wake();
  }

  async #hear<Name extends Message['kind']>(
    kind: Name,
    fits: (message: Kind<Name>) => boolean,
  ): Promise<{ from: Arrival; message: Kind<Name> }> {
    const find = () => this.#heard.find(({ message }) => message.kind === kind && fits(message as Kind<Name>));
    await this.until(() => find() !== undefined);
    return find() as { from: Arrival; message: Kind<Name> };
  }

  #events() {
    const note = (text: string) => {
      this.notes.push(text);
      for (const resolve of this.#changed.splice(0)) resolve();
    };
    return {
      push: (_: string, event: PushEvent) => {
        if (event.is === 'sent' && event.outcome === 'gone') note(event.outcome);
      },
      message: async (from: Arrival, message: Message) => {
        this.#heard.push({ from, message });
        note(message.kind);
      },
      progress: (_: unknown, step: string) => note(step),
      undeliverable: (_: unknown, code: string) => note(`undeliverable ${code}`),
      peer: (_: string, event: (typeof peerEvents)[number] | string) => note(event),
      ended: (_: string, code: string) => note(`ended ${code}`),
      status: (_: string, status: string) => note(status),
      dropped: (_: string, code: string) => note(`dropped ${code}`),
      unsealed: async ({ body }: { body: Uint8Array }) => {
        await this.#pair(body);
        note('paired');
      },
    };
  }

  async #pair(first: Uint8Array): Promise<void> {
    const { relay, random } = this.#options;
    const { second, paired } = pairAsBrowser(this.#link, this.#keys, this.name, first, random);
    const { channel } = paired.shared;
    const expiresMs = this.#link.expiresMs;
    const body = this.isImpostor ? second.map((byte) => byte ^ 1) : second;
    this.#post.client(relay).put({ channel, id: random(16), expiresMs, collapse: null, body });
    this.#post.add({ ...paired.shared, pairing: this.#pairing, relay, relayKeys: this.#keys.relay });
    await this.#post.adopt(this.#pairing, paired.conversation, 600_000);
    this.#paired = paired;
  }
}

/** Storage for a process that is never ended. */
function forgetful(): PostStore {
  return { entries: async () => [], set: async () => undefined, remove: async () => undefined };
}
