import { createPrivateKey, createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { encode } from '../../src/core/binary.ts';
import { fromBase64url } from '../../src/core/bytes.ts';
import { AppError } from '../../src/core/errors.ts';
import {
  type ClientFrame,
  channelCreation,
  decodeRelayFrame,
  encodeFrame,
  type FrameOf,
  type RelayFrame,
  type RelayFrameName,
} from '../../src/core/frames.ts';
import { attachProof, creationProof, joinProof } from '../../src/core/relay-proofs.ts';

/** Ed25519 by node:crypto: a tenth of the time that noble takes. */
export interface TestKeys {
  /** 32 bytes. */
  public: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

/** What comes before the 32 bytes of an Ed25519 key in DER (RFC 8410 §7), and how long that is for a public one (§4). */
const privateKeyPrefix = Buffer.from('302e020100300506032b657004220420', 'hex');
const publicKeyPrefixBytes = 12;

/**
 * From a random seed, and not by `generateKeyPairSync`: when a key that it made is exported while the collector takes
 * away the job that made it, Node 20 waits for itself for ever.
 */
export function testKeys(): TestKeys {
  const der = Buffer.concat([privateKeyPrefix, randomBytes(32)]);
  const secret = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(secret).export({ format: 'der', type: 'spki' });
  return {
    public: new Uint8Array(spki.subarray(publicKeyPrefixBytes)),
    sign: (message) => new Uint8Array(sign(null, message, secret)),
  };
}

export function importedKeys({ d, x }: { d: string; x: string }): TestKeys {
  const secret: KeyObject = createPrivateKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', d, x } });
  return { public: fromBase64url(x, 32), sign: (message) => new Uint8Array(sign(null, message, secret)) };
}

export interface TestChannel {
  id: Uint8Array;
  creator: TestKeys;
  join: TestKeys;
  joiner: TestKeys;
}

export function newChannel(): TestChannel {
  return { id: bytes(16), creator: testKeys(), join: testKeys(), joiner: testKeys() };
}

export function bytes(length: number): Uint8Array {
  return new Uint8Array(randomBytes(length));
}

/** The body of `POST /v1/channels`. */
export function creationOf({ id, creator, join }: Omit<TestChannel, 'joiner'>, relayOrigin: string) {
  const fields = { channel: id, key: creator.public, joinKey: join.public };
  const signature = creator.sign(creationProof({ relayOrigin, ...fields }));
  return encode(channelCreation, { ...fields, signature });
}

export function postChannel(relayOrigin: string, body: Uint8Array): Promise<Response> {
  return fetch(`${relayOrigin}/v1/channels`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: body as BodyInit,
  });
}

export async function createChannel(relayOrigin: string, channel: TestChannel, at = relayOrigin): Promise<void> {
  const response = await postChannel(at, creationOf(channel, relayOrigin));
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
}

type Match<Name extends RelayFrameName> = (frame: FrameOf<Name>) => boolean;

interface Waiter {
  name: RelayFrameName;
  wants(frame: RelayFrame): boolean;
  done(frame: RelayFrame): void;
  fail(error: Error): void;
}

/** One WebSocket to a relay that speaks frames and nothing else. Frames that nobody waited for are kept in `unread`. */
export class RawClient {
  readonly socket: WebSocket;
  readonly relayOrigin: string;
  nonce: Uint8Array = new Uint8Array(0);
  /** What the greeting says beside the nonce. */
  hello: Omit<FrameOf<'hello'>, 'frame' | 'nonce'> | null = null;
  unread: RelayFrame[] = [];
  /** Sees each frame first; what it takes (true) is not kept. */
  tap: (frame: RelayFrame) => boolean = () => false;
  closed: { code: number; reason: string } | null = null;
  #waiters: Waiter[] = [];

  private constructor(socket: WebSocket, relayOrigin: string) {
    this.socket = socket;
    this.relayOrigin = relayOrigin;
    socket.on('message', (data, isBinary) => this.#decode(data as Buffer, isBinary));
    socket.on('error', () => socket.terminate());
    socket.on('close', (code, reason) => {
      this.closed ??= { code, reason: reason.toString() };
      for (const { fail } of this.#waiters.splice(0)) fail(this.#ended(this.closed));
    });
  }

  /** Resolves after the greeting. `at`: where to connect, when that is not the origin. */
  static async connect(relayOrigin: string, at = relayOrigin): Promise<RawClient> {
    const socket = new WebSocket(`${at.replace(/^http/, 'ws')}/v1/socket`, { perMessageDeflate: false });
    const client = new RawClient(socket, relayOrigin);
    client.hello = await client.next('hello').then(({ nonce, ...greeting }) => {
      client.nonce = nonce;
      return greeting;
    });
    return client;
  }

  /** The kinds of frames that somebody waits for. */
  get awaited(): RelayFrameName[] {
    return this.#waiters.map(({ name }) => name);
  }

  send(frame: ClientFrame): void {
    this.socket.send(encodeFrame(frame));
  }

  /** The next frame of this kind that matches, also one that came before it was asked for. */
  next<Name extends RelayFrameName>(name: Name, matches: Match<Name> = () => true): Promise<FrameOf<Name>> {
    const wants = (frame: RelayFrame) => frame.frame === name && matches(frame as FrameOf<Name>);
    const at = this.unread.findIndex(wants);
    if (at >= 0) return Promise.resolve(this.unread.splice(at, 1)[0] as FrameOf<Name>);
    if (this.closed) return Promise.reject(this.#ended(this.closed));
    return new Promise((resolve, reject) => {
      this.#waiters.push({ name, wants, done: (frame) => resolve(frame as FrameOf<Name>), fail: reject });
    });
  }

  /** All that has come so far of one kind, taken out. `fence` first, to be sure that nothing is under way. */
  taken<Name extends RelayFrameName>(name: Name): FrameOf<Name>[] {
    const found = this.unread.filter((frame) => frame.frame === name) as FrameOf<Name>[];
    this.unread = this.unread.filter((frame) => frame.frame !== name);
    return found;
  }

  /** Resolves when the relay has answered all that was sent before, except for what waits for its disk. */
  async fence(): Promise<void> {
    this.send({ frame: 'ping' });
    await this.next('pong');
  }

  async attach(channel: Uint8Array, keys: TestKeys, since = 0): Promise<FrameOf<'attached'>> {
    this.sendAttach(channel, keys, since);
    return this.next('attached', (frame) => same(frame.channel, channel));
  }

  sendAttach(channel: Uint8Array, keys: TestKeys, since = 0): void {
    const proof = attachProof({ relayOrigin: this.relayOrigin, nonce: this.nonce, channel, key: keys.public });
    this.send({ frame: 'attach', channel, key: keys.public, since, signature: keys.sign(proof) });
  }

  sendJoin(channel: Uint8Array, join: TestKeys, key: Uint8Array): void {
    const proof = joinProof({ relayOrigin: this.relayOrigin, nonce: this.nonce, channel, key });
    this.send({ frame: 'join', channel, joinKey: join.public, key, signature: join.sign(proof) });
  }

  /** Gives the message's id. */
  put(channel: Uint8Array, body: Uint8Array, options: Partial<Omit<FrameOf<'put'>, 'frame'>> = {}): Uint8Array {
    const id = options.id ?? bytes(16);
    this.send({ frame: 'put', channel, lifeMs: 60_000, collapse: null, body, ...options, id });
    return id;
  }

  async end(): Promise<void> {
    if (this.closed) return;
    const closed = once(this.socket, 'close');
    this.socket.close(1000);
    await closed;
  }

  /** The close code; waits for it. */
  async closeCode(): Promise<number> {
    if (!this.closed) await once(this.socket, 'close');
    return (this.closed as unknown as { code: number }).code;
  }

  #ended({ code, reason }: { code: number; reason: string }): Error {
    return new Error(`closed with ${code} ${reason}`);
  }

  /** What cannot be read ends the connection, as whoever waits is to hear. */
  #decode(data: Buffer, isBinary: boolean): void {
    try {
      if (!isBinary) throw new AppError('malformed-frame', 'a text message');
      this.#read(decodeRelayFrame(data));
    } catch (thrown) {
      if (!(thrown instanceof AppError)) throw thrown;
      const start = data.subarray(0, 24).toString('hex');
      this.closed = {
        code: 1002,
        reason: `by this side, after a frame that cannot be read: ${start} (${thrown.message})`,
      };
      this.socket.terminate();
    }
  }

  #read(frame: RelayFrame): void {
    if (this.tap(frame)) return;
    const at = this.#waiters.findIndex(({ wants }) => wants(frame));
    if (at < 0) this.unread.push(frame);
    else this.#waiters.splice(at, 1)[0]?.done(frame);
  }
}

export function same(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}

/** A channel with both sides attached, each where it is said to connect. */
export async function pairedClients(relayOrigin: string, creatorAt = relayOrigin, joinerAt = creatorAt) {
  const channel = newChannel();
  await createChannel(relayOrigin, channel, creatorAt);
  const [creator, joiner] = await Promise.all([
    RawClient.connect(relayOrigin, creatorAt),
    RawClient.connect(relayOrigin, joinerAt),
  ]);
  await creator.attach(channel.id, channel.creator);
  joiner.sendJoin(channel.id, channel.join, channel.joiner.public);
  await joiner.next('attached');
  await creator.next('peer', ({ event }) => event === 'here');
  return { channel, creator, joiner };
}
