import 'fake-indexeddb/auto';
import { expect, it, onTestFinished } from 'vitest';
import WebSocket from 'ws';
import { base64url } from '../../../src/core/bytes.ts';
import { AppError } from '../../../src/core/errors.ts';
import { signingKeys } from '../../../src/core/keys.ts';
import type { Message } from '../../../src/core/messages.ts';
import { newOwnKeys } from '../../../src/core/pairing.ts';
import { createChannel } from '../../../src/extension/background/channel-creation.ts';
import { Contacts } from '../../../src/extension/background/contacts.ts';
import { PhoneNews } from '../../../src/extension/background/phone-news.ts';
import { Unpairing } from '../../../src/extension/background/unpairing.ts';
import { startRelay } from '../../../src/relay/server.ts';
import type { MailboxStore } from '../../../src/relay/stores/mailbox-store.ts';
import { memoryStore } from '../../../src/relay/stores/memory.ts';
import { type Contact, Post, type PostEvents } from '../../../src/relay-client/post.ts';
import { systemClock as clock, type SocketLike } from '../../../src/relay-client/socket.ts';
import { type Pairing, PairingBook } from '../../../src/vault/pairing-book.ts';
import { Vault } from '../../../src/vault/vault.ts';
import { MemoryArea } from '../support/memory-area.ts';

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
const nothing = { entries: async () => [], set: async () => undefined, remove: async () => undefined };
const silent: PostEvents = {
  message: async () => undefined,
  progress: () => undefined,
  undeliverable: () => undefined,
  peer: () => undefined,
  ended: () => undefined,
  status: () => undefined,
  dropped: () => undefined,
  unsealed: async () => undefined,
};

/** A store that has no room for the end of a channel while `is.full`. */
async function storeThatFills(is: { full: boolean }): Promise<MailboxStore> {
  const store = await memoryStore(clock);
  const openMailbox = store.open.bind(store);
  store.open = async (...of) => {
    const mailbox = await openMailbox(...of);
    const close = mailbox?.close.bind(mailbox);
    const closeWithRoom = () => (is.full || !close ? Promise.reject(new AppError('storage-full')) : close());
    return mailbox && Object.assign(mailbox, { close: closeWithRoom });
  };
  return store;
}

it('reaches a phone that was away, though the relay was too and the worker was killed before it came back, and full then', async () => {
  const disk = { full: true };
  const relay = await startRelay({
    port: 0,
    store: await storeThatFills(disk),
    phoneApp: null,
    clock,
    random,
    log: { info: () => undefined, warn: () => undefined, channel: () => '' },
  });
  onTestFinished(() => relay.stop());
  const [ours, theirs, join, channel, psk] = [
    newOwnKeys(random),
    newOwnKeys(random),
    signingKeys(random(32)),
    random(16),
    random(32),
  ];
  await createChannel(fetch, { relay: relay.origin, channel, keys: ours.relay, joinKey: join.public });
  const pairing = base64url(channel);
  const open = (url: string) => new WebSocket(url) as unknown as SocketLike;

  const heard: string[] = [];
  let listening: () => void = () => undefined;
  const attached = new Promise<void>((resolve) => {
    listening = resolve;
  });
  let over: () => void = () => undefined;
  const closed = new Promise<void>((resolve) => {
    over = resolve;
  });
  const theirPairing = {
    pairing,
    relay: relay.origin,
    channel,
    static: theirs.static,
    remoteStatic: ours.static.public,
    psk,
    relayKeys: theirs.relay,
  };
  const openPhone = async (known: readonly Contact[]) => {
    const events: PostEvents = {
      ...silent,
      message: async (_, message: Message) => void heard.push(message.kind),
      peer: () => listening(),
      ended: (_, code) => {
        heard.push(code);
        over();
      },
    };
    const opened = await Post.resume({ open, clock, random, store: nothing, events }, known);
    onTestFinished(() => opened.stop());
    return opened;
  };
  const phone = await openPhone([]);
  phone.client(relay.origin).attach({ channel, keys: theirs.relay, joinKeys: join });
  await attached;
  phone.stop();

  const own: Pairing = {
    ...theirPairing,
    static: ours.static,
    remoteStatic: theirs.static.public,
    relayKeys: ours.relay,
    peerName: 'Pixel',
    pairedAt: 1,
  };
  const steps: string[] = [];
  const worker = async (openSocket: (url: string) => SocketLike) => {
    const vault = await Vault.open('unpairing while offline');
    const news = new PhoneNews(new MemoryArea(), () => undefined);
    const contacts = new Contacts({ changed: () => undefined, now: clock.now, news });
    const known = await contacts.load(new PairingBook(vault));
    let unpairing: Unpairing | null = null;
    const events: PostEvents = {
      ...silent,
      progress: (sent, step) => {
        steps.push(step);
        if (step === 'received') void unpairing?.settled(sent);
      },
      peer: (of, event) => void unpairing?.attached(of, event === 'here'),
      ended: (of, code) => {
        steps.push(code);
        void unpairing?.ended(of, code);
      },
    };
    const post = await Post.resume({ open: openSocket, clock, random, store: nothing, events }, known);
    onTestFinished(() => post.stop());
    unpairing = new Unpairing({
      post: Promise.resolve(post),
      contacts,
      now: clock.now,
      wakeUp: { set: () => undefined },
    });
    return { contacts, post, unpairing, vault };
  };
  const offline = () => {
    throw new Error('no network');
  };

  const before = await worker(offline);
  await before.contacts.add(own);
  before.post.add(own);
  await before.unpairing.unpair(pairing);
  expect(before.contacts.all).toEqual([]);
  before.post.stop();
  before.vault.close();

  const after = await worker(open);
  expect(after.contacts.all).toEqual([]);
  await after.unpairing.resume();
  await expect.poll(() => steps).toContain('stored');
  const back = await openPhone([theirPairing]);
  await expect.poll(() => steps).toContain('storage-full');
  expect(heard).toEqual(['unpair']);
  const kept = async ({ vault }: typeof after) => (await vault.names('pairing:')).concat(await vault.names('leaving:'));
  expect(await kept(after)).toHaveLength(2);
  back.stop();
  after.post.stop();
  after.vault.close();

  disk.full = false;
  const last = await worker(open);
  await last.unpairing.resume();
  await expect.poll(() => kept(last)).toEqual([]);
  await openPhone([theirPairing]);
  await closed;
  expect(heard).toEqual(['unpair', 'channel-closed']);
});
