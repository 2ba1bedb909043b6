import WebSocket from 'ws';
import { base64url } from '../../../src/core/bytes.ts';
import type { Random } from '../../../src/core/keys.ts';
import type { Answer, Message, PhoneRequest } from '../../../src/core/messages.ts';
import { newOwnKeys, type Paired, pairAsPhone } from '../../../src/core/pairing.ts';
import { derivePairingSecrets, type PairingLink, parsePairingLink } from '../../../src/core/pairing-link.ts';
import { type Arrival, Post, type PostStore } from '../../../src/relay-client/post.ts';
import { type SocketLike, systemClock } from '../../../src/relay-client/socket.ts';

const lifeMs = 60_000;
const patienceMs = 10_000;

interface Received {
  from: Arrival;
  message: Message;
}

/** The phone's half of the protocol with no screen: says what a test wants it to say, also what no person would. */
export class NodePhone {
  readonly #post: Post;
  readonly #pairing: string;
  readonly paired: Paired;
  readonly received: Received[];
  readonly #changed: EventTarget;
  /** Why the relay ended the channel, once it did. */
  readonly #end: { code: string | null };

  private constructor(
    post: Post,
    pairing: string,
    paired: Paired,
    heard: { received: Received[]; changed: EventTarget; end: { code: string | null } },
  ) {
    this.#post = post;
    this.#pairing = pairing;
    this.paired = paired;
    this.received = heard.received;
    this.#changed = heard.changed;
    this.#end = heard.end;
  }

  /** Joins by a pairing link, as far as the six digits. Rejects when the browser's half does not come. */
  static async scan(url: string, name = 'Node phone'): Promise<NodePhone> {
    const link = parsePairingLink(url);
    const heard = { received: [] as Received[], changed: new EventTarget(), end: { code: null as string | null } };
    const changed = () => heard.changed.dispatchEvent(new Event('changed'));
    let second: Uint8Array | null = null;
    let attached = false;
    const post = await Post.resume(
      {
        open: (address) => new WebSocket(address) as unknown as SocketLike,
        clock: systemClock,
        random,
        store: memoryStore(),
        events: {
          async message(from, message) {
            heard.received.push({ from, message });
            changed();
          },
          progress: () => undefined,
          undeliverable: () => undefined,
          peer() {
            attached = true;
            changed();
          },
          ended(_, code) {
            heard.end.code = code;
            changed();
          },
          status: () => undefined,
          dropped: () => undefined,
          async unsealed(frame) {
            second = frame.body;
            changed();
          },
        },
      },
      [],
    );
    const own = newOwnKeys(random);
    const { channel, joinKeys } = derivePairingSecrets(link.secret);
    const client = post.client(link.relay);
    const ended = () => heard.end.code !== null;
    client.attach({ channel, keys: own.relay, joinKeys });
    await until(heard.changed, () => attached || ended(), 'join');
    if (ended()) throw new Error(`joining ended with ${heard.end.code}`);
    const half = pairAsPhone(link, own, name, random);
    client.put({ channel, id: random(16), expiresMs: link.expiresMs, collapse: null, body: half.first });
    await until(heard.changed, () => second !== null || ended(), 'second half');
    if (second === null) throw new Error(`pairing ended with ${heard.end.code}`);
    const paired = half.finish(second);
    const pairing = base64url(channel);
    post.add(contactOf(link, own, paired, pairing));
    await post.adopt(pairing, paired.conversation, 600_000);
    return new NodePhone(post, pairing, paired, heard);
  }

  /** Says that the digits are the same. */
  async confirm(): Promise<void> {
    await this.#post.reply(this.#pairing, { kind: 'confirm' }, lifeMs);
  }

  /** Says that they differ: ends the channel for both. */
  refuse(): Promise<void> {
    return this.#post.remove(this.#pairing, true);
  }

  async unpair(): Promise<void> {
    await this.#post.begin(this.#pairing, { kind: 'unpair' }, lifeMs);
  }

  /** The first message of a kind that fits, from now or before. */
  async heard<Kind extends Message['kind']>(
    kind: Kind,
    fits: (message: Extract<Message, { kind: Kind }>) => boolean = () => true,
  ): Promise<{ from: Arrival; message: Extract<Message, { kind: Kind }> }> {
    const find = () =>
      this.received.find(({ message }) => message.kind === kind && fits(message as Extract<Message, { kind: Kind }>));
    await until(this.#changed, () => find() !== undefined, kind);
    return find() as { from: Arrival; message: Extract<Message, { kind: Kind }> };
  }

  /** The request for an account. */
  async request(account: string): Promise<{ from: Arrival; request: PhoneRequest }> {
    const { from, message } = await this.heard('request', ({ request }) => request.account === account);
    return { from, request: message.request };
  }

  async receipt(
    { from, request }: { from: Arrival; request: PhoneRequest },
    stage: 'received' | 'opened',
  ): Promise<void> {
    await this.#post.reply(from.conversation, { kind: 'receipt', id: request.id, stage }, lifeMs);
  }

  async answer(from: Arrival, answer: Answer): Promise<void> {
    await this.#post.reply(from.conversation, { kind: 'answer', answer }, lifeMs);
  }

  /** Why the relay ended the pairing. */
  async ended(): Promise<string> {
    await until(this.#changed, () => this.#end.code !== null, 'the end of the channel');
    return this.#end.code ?? '';
  }

  stop(): void {
    this.#post.stop();
  }
}

/** An approval whose shape is right and whose signature is nobody's. */
export function unsignedApproval(id: string, chosen: string): Answer {
  const of = (text: string) => Buffer.from(text).toString('base64url');
  return {
    decision: 'approve',
    id,
    chosen,
    credentialId: of('credential'),
    clientDataJSON: of('{}'),
    authenticatorData: of('data'),
    signature: of('signature'),
  };
}

const random: Random = (length) => crypto.getRandomValues(new Uint8Array(length));

function contactOf(link: PairingLink, own: ReturnType<typeof newOwnKeys>, paired: Paired, pairing: string) {
  return { ...paired.shared, pairing, relay: link.relay, relayKeys: own.relay };
}

function memoryStore(): PostStore {
  const values = new Map<string, unknown>();
  return {
    entries: async (prefix) => structuredClone([...values].filter(([key]) => key.startsWith(prefix))),
    async set(given) {
      for (const [key, value] of Object.entries(given)) values.set(key, structuredClone(value));
    },
    async remove(keys) {
      for (const key of keys) values.delete(key);
    },
  };
}

async function until(changes: EventTarget, holds: () => boolean, what: string): Promise<void> {
  if (holds()) return;
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => done(() => reject(new Error(`the phone waited in vain for: ${what}`))), patienceMs);
    const look = () => {
      if (holds()) done(resolve);
    };
    const done = (then: () => void) => {
      clearTimeout(timer);
      changes.removeEventListener('changed', look);
      then();
    };
    changes.addEventListener('changed', look);
  });
}
