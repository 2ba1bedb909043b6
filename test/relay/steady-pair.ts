import { WebSocket } from 'ws';
import { base64url } from '../../src/core/bytes.ts';
import { sign, signingKeys } from '../../src/core/keys.ts';
import { RelayClient, type RelayEvents } from '../../src/relay-client/relay-client.ts';
import { type SocketLike, systemClock } from '../../src/relay-client/socket.ts';
import { bytes, createChannel } from './raw-client.ts';

/** Between two messages, ms. */
const paceMs = 20;
/** Fewer than may wait in a mailbox. */
const mostUnread = 40;

const random = (length: number) => new Uint8Array(bytes(length));
const ignored = () => undefined;

function keyed() {
  const pair = signingKeys(random(32));
  return { pair, public: pair.public, sign: (message: Uint8Array) => sign(pair, message) };
}

/** Two of the product's own clients, of which one sends numbered messages to the other for as long as it is wanted. */
export class SteadyPair {
  sent = 0;
  /** By the receiver, without repeats, in the order in which they came first. */
  readonly applied: number[] = [];
  readonly refused: string[] = [];
  readonly #channel = { id: bytes(16), creator: keyed(), join: keyed(), joiner: keyed() };
  readonly #seen = new Set<number>();
  readonly #sender: RelayClient;
  readonly #receiver: RelayClient;
  /** What the sender need not say again. */
  readonly #taken = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  private constructor(relay: string, places: () => readonly string[]) {
    const open = () => {
      const all = places();
      const place = all[Math.floor(Math.random() * all.length)] ?? 'http://localhost:1';
      return new WebSocket(`${place.replace('http', 'ws')}/v1/socket`) as unknown as SocketLike;
    };
    const client = (events: Partial<RelayEvents>) =>
      new RelayClient({
        relay,
        open,
        clock: systemClock,
        random,
        events: {
          deliver: async () => undefined,
          stored: ignored,
          received: ignored,
          rejected: ({ code }) => void this.refused.push(code),
          attached: ignored,
          refused: ({ code }) => void this.refused.push(code),
          peer: ignored,
          closed: ignored,
          status: ignored,
          ...events,
        },
      });
    const taken = ({ id }: { id: Uint8Array }) => void this.#taken.add(base64url(id));
    this.#sender = client({ stored: taken, received: taken });
    this.#receiver = client({ deliver: async ({ body }) => this.#apply(Buffer.from(body).readUInt32BE(0)) });
  }

  /** `places`: where a client may connect now, as a load balancer would choose. */
  static async begin(relay: string, places: () => readonly string[]): Promise<SteadyPair> {
    const pair = new SteadyPair(relay, places);
    const { id: channel, creator, join, joiner } = pair.#channel;
    await createChannel(relay, pair.#channel, places()[0]);
    pair.#receiver.attach({ channel, keys: creator.pair });
    pair.#sender.attach({ channel, keys: joiner.pair, joinKeys: join.pair });
    pair.#timer = setInterval(() => pair.#send(), paceMs);
    return pair;
  }

  /** Whether the sender has heard of all that it sent, and all has arrived. */
  get isQuiet(): boolean {
    return this.#taken.size === this.sent && this.applied.length === this.sent;
  }

  finish(): void {
    clearInterval(this.#timer);
  }

  stop(): void {
    this.finish();
    this.#sender.stop();
    this.#receiver.stop();
  }

  #send(): void {
    if (this.sent - this.applied.length >= mostUnread) return;
    const body = new Uint8Array(64);
    new DataView(body.buffer).setUint32(0, this.sent++);
    const { id: channel } = this.#channel;
    this.#sender.put({ channel, id: random(16), expiresMs: this.#sender.now() + 60_000, collapse: null, body });
  }

  #apply(value: number): void {
    if (this.#seen.has(value)) return;
    this.#seen.add(value);
    this.applied.push(value);
  }
}
