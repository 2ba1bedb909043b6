import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { encode } from '../../src/core/binary.ts';
import { base64url, concat } from '../../src/core/bytes.ts';
import { channelCreation } from '../../src/core/frames.ts';
import { sign } from '../../src/core/keys.ts';
import type { Message } from '../../src/core/messages.ts';
import { newOwnKeys, type OwnKeys } from '../../src/core/pairing.ts';
import { creationProof } from '../../src/core/relay-proofs.ts';
import { type Relay, startRelay } from '../../src/relay/server.ts';
import { memoryStore } from '../../src/relay/stores/memory.ts';
import { type Contact, Post, type PostEvents } from '../../src/relay-client/post.ts';
import { type SocketLike, systemClock } from '../../src/relay-client/socket.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { FakeSocket } from './fake-socket.ts';
import { Storage } from './storage.ts';

const id = base64url(new Uint8Array(16).fill(5));
const receipt: Message = { kind: 'receipt', id, stage: 'received' };
const withdraw: Message = { kind: 'withdraw', id, reason: 'password' };
const lifeMs = 60_000;

/** One device: its contact, its storage, and its Post, which can be ended and resumed. */
class Device {
  readonly storage = new Storage();
  readonly heard: { conversation: string; message: Message }[] = [];
  readonly notes: string[] = [];
  readonly #contact: Contact;
  readonly #random;
  handle: (conversation: string, message: Message) => Promise<void> = async () => undefined;
  post!: Post;
  isOnline = true;
  #changed: () => void = () => undefined;

  constructor(contact: Contact, name: string) {
    this.#contact = contact;
    this.#random = seededRandom(name);
  }

  async start(): Promise<this> {
    const events: PostEvents = {
      message: async ({ conversation }, message) => {
        await this.handle(conversation, message);
        this.heard.push({ conversation, message });
        this.#changed();
      },
      progress: (_, step) => this.#note(step),
      undeliverable: (_, code) => this.#note(`undeliverable ${code}`),
      peer: (_, event) => this.#note(event),
      ended: (_, code) => this.#note(`ended ${code}`),
      status: (_, status) => this.#note(status),
      dropped: (_, code) => this.#note(`dropped ${code}`),
      unsealed: async () => this.#note('unsealed'),
    };
    const open = (url: string) => {
      if (!this.isOnline) throw new Error('no network');
      return new WebSocket(url) as unknown as SocketLike;
    };
    this.post = await Post.resume({ open, clock: systemClock, random: this.#random, store: this.storage, events }, [
      this.#contact,
    ]);
    return this;
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  noted(text: string): Promise<void> {
    return this.until(() => this.notes.includes(text));
  }

  #note(text: string): void {
    this.notes.push(text);
    this.#changed();
  }
}

let relay: Relay;
let browser: Device;
let phone: Device;
let pairing: string;

async function openChannel(channel: Uint8Array, creator: OwnKeys, joinKeys: OwnKeys): Promise<void> {
  const proof = { relayOrigin: relay.origin, channel, key: creator.relay.public, joinKey: joinKeys.relay.public };
  const body = encode(channelCreation, { ...proof, signature: sign(creator.relay, creationProof(proof)) });
  const answer = await fetch(`${relay.origin}/v1/channels`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/octet-stream' },
  });
  expect(answer.status).toBe(201);
}

beforeEach(async () => {
  const random = seededRandom('post');
  const log = { info: () => undefined, warn: () => undefined, channel: () => '' };
  relay = await startRelay({
    port: 0,
    store: await memoryStore(systemClock),
    phoneApp: null,
    clock: systemClock,
    random,
    log,
  });
  const [ours, theirs] = [newOwnKeys(random), newOwnKeys(random)];
  const channel = random(16);
  const psk = random(32);
  pairing = base64url(channel);
  const common = { pairing, relay: relay.origin, channel, psk };
  await openChannel(channel, ours, theirs);
  browser = new Device(
    { ...common, static: ours.static, remoteStatic: theirs.static.public, relayKeys: ours.relay },
    'browser',
  );
  phone = new Device(
    { ...common, static: theirs.static, remoteStatic: ours.static.public, relayKeys: theirs.relay },
    'phone',
  );
  await browser.start();
  await joinOnce(channel, theirs);
});

/** The phone's key takes the join key's place; here it is the same key. */
async function joinOnce(channel: Uint8Array, keys: OwnKeys): Promise<void> {
  await phone.start();
  phone.post.client(relay.origin).attach({ channel, keys: keys.relay, joinKeys: keys.relay });
  await phone.until(() => phone.notes.includes('here') || phone.notes.includes('away'));
}

afterEach(async () => {
  browser.post.stop();
  phone.post.stop();
  await relay.stop();
});

describe('a conversation', () => {
  it('says what it could not send in the order in which it was said, also after a restart', async () => {
    await browser.post.begin(pairing, withdraw, lifeMs);
    await phone.until(() => phone.heard.length === 1);
    phone.isOnline = false;
    phone.post.stop();
    const ids = Array.from({ length: 8 }, (_, at) => base64url(new Uint8Array(16).fill(at)));
    const to = phone.heard[0]?.conversation ?? '';
    for (const one of ids) await phone.post.reply(to, { ...receipt, id: one } as Message, lifeMs);
    phone.post.stop();
    phone.isOnline = true;
    await phone.start();
    await browser.until(() => browser.heard.length === ids.length);
    expect(browser.heard.map(({ message }) => 'id' in message && message.id)).toEqual(ids);
  });

  it('goes there and back, and is told how far each message came', async () => {
    await browser.post.begin(pairing, withdraw, lifeMs);
    await phone.until(() => phone.heard.length === 1);
    expect(phone.heard[0]?.message).toEqual(withdraw);
    await browser.noted('stored');
    await browser.noted('received');
    await phone.post.reply(phone.heard[0]?.conversation ?? '', receipt, lifeMs);
    await browser.until(() => browser.heard.length === 1);
    expect(browser.heard[0]).toEqual({ conversation: phone.heard[0]?.conversation, message: receipt });
    await browser.post.reply(browser.heard[0]?.conversation ?? '', withdraw, lifeMs);
    await phone.until(() => phone.heard.length === 2);
  });

  it('goes on after either side was ended between any two steps', async () => {
    await browser.post.begin(pairing, withdraw, lifeMs);
    browser.post.stop();
    await phone.until(() => phone.heard.length === 1 || browser.notes.includes('idle'));
    await browser.start();
    await phone.until(() => phone.heard.length === 1);
    phone.post.stop();
    await phone.start();
    await phone.post.reply(phone.heard[0]?.conversation ?? '', receipt, lifeMs);
    await browser.until(() => browser.heard.length === 1);
    browser.post.stop();
    await browser.start();
    await browser.post.reply(browser.heard[0]?.conversation ?? '', withdraw, lifeMs);
    await phone.until(() => phone.heard.length === 2);
    expect(phone.heard.map(({ message }) => message)).toEqual([withdraw, withdraw]);
  });

  it('keeps what was written while the relay was away, and what waits while the other side is', async () => {
    phone.post.stop();
    await browser.post.begin(pairing, withdraw, lifeMs);
    await browser.noted('stored');
    await phone.start();
    await phone.until(() => phone.heard.length === 1);
  });

  it('is not answered before the other side has spoken, nor once it is over', async () => {
    const { conversation } = await browser.post.begin(pairing, withdraw, lifeMs);
    await expect(browser.post.reply(conversation, withdraw, lifeMs)).rejects.toMatchObject({
      code: 'decryption-failed',
    });
    await expect(browser.post.reply(id, withdraw, lifeMs)).rejects.toMatchObject({ code: 'unknown-request' });
    await expect(browser.post.begin(id, withdraw, lifeMs)).rejects.toMatchObject({ code: 'no-phone' });
  });
});

describe('what is not safe here', () => {
  it('is not acknowledged, and comes again once it can be stored', async () => {
    phone.storage.fails = true;
    await browser.post.begin(pairing, withdraw, lifeMs);
    await browser.noted('stored');
    await phone.noted('waiting');
    expect(phone.heard).toEqual([]);
    expect(browser.notes).not.toContain('received');
    phone.storage.fails = false;
    phone.post.wake();
    await phone.until(() => phone.heard.length === 1);
    await browser.noted('received');
  });

  it('is handled again after a restart when handling it did not end', async () => {
    phone.handle = () => Promise.reject(new Error('no room'));
    await browser.post.begin(pairing, withdraw, lifeMs);
    await phone.noted('dropped unexpected');
    expect(phone.heard).toEqual([]);
    phone.post.stop();
    phone.handle = async () => undefined;
    await phone.start();
    await phone.until(() => phone.heard.length === 1);
    expect([...phone.storage.values.keys()].some((key) => key.startsWith('inbox:'))).toBe(false);
  });
});

describe('what was left by another version, or damaged', () => {
  it('is dropped with a code, and all else goes on', async () => {
    await browser.post.begin(pairing, withdraw, lifeMs);
    await phone.until(() => phone.heard.length === 1);
    browser.post.stop();
    const unreadable = ['seen:x', 'outbox:y', 'conversation:z', `inbox:${pairing}:w`];
    await browser.storage.set(Object.fromEntries(unreadable.map((key) => [key, { version: 0 }])));
    await browser.start();
    expect(browser.notes.filter((note) => note === 'dropped malformed-message')).toHaveLength(unreadable.length);
    expect(unreadable.filter((key) => browser.storage.values.has(key))).toEqual([]);
    await phone.post.reply(phone.heard[0]?.conversation ?? '', receipt, lifeMs);
    await browser.until(() => browser.heard.length === 1);
  });
});

describe('what a relay or a stranger puts in', () => {
  const put = (body: Uint8Array, fill: number) =>
    browser.post.client(relay.origin).put({
      channel: new Uint8Array(Buffer.from(pairing, 'base64url')),
      id: new Uint8Array(16).fill(fill),
      expiresMs: Date.now() + lifeMs,
      collapse: null,
      body,
    });

  it('is dropped with a code, and the next message is handled', async () => {
    put(new Uint8Array([1, 2, 3]), 1);
    await phone.noted('dropped malformed-frame');
    put(concat(new Uint8Array([1, 0]), new Uint8Array(22), new Uint8Array([0, 4, 1, 2, 3, 4])), 2);
    await phone.noted('dropped decryption-failed');
    await browser.post.begin(pairing, withdraw, lifeMs);
    await phone.until(() => phone.heard.length === 1);
  });
});

describe('awaiting something', () => {
  it('watches connections that are made later, too', async () => {
    const clock = new ManualClock();
    const socket = new FakeSocket('');
    const events = { status: () => undefined } as unknown as PostEvents;
    const options = { clock, events, store: new Storage(), random: seededRandom('later'), open: () => socket };
    const post = await Post.resume(options, []);
    post.await(true);
    post.client(relay.origin).attach({ channel: new Uint8Array(16), keys: newOwnKeys(options.random).relay });
    socket.say({ frame: 'hello', version: 1, nonce: new Uint8Array(32), timeMs: 0, bodyBytes: 1, waitingMessages: 1 });
    clock.pass(20_000);
    expect(socket.frames('ping')).toHaveLength(1);
    post.stop();
  });
});

describe('removing a contact', () => {
  it('ends the channel for the other side', async () => {
    await browser.post.remove(pairing, true);
    await phone.noted('ended channel-closed');
    await expect(browser.post.begin(pairing, withdraw, lifeMs)).rejects.toMatchObject({ code: 'no-phone' });
    expect([...browser.storage.values.keys()]).toEqual([]);
  });

  it('leaves nobody waiting for what the relay was still to have of it', async () => {
    await browser.post.begin(pairing, withdraw, lifeMs);
    const settled = browser.post.settled();
    await browser.post.remove(pairing, false);
    await settled;
  });
});
