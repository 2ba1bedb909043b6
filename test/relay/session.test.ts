import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/core/errors.ts';
import { limits as wire } from '../../src/core/limits.ts';
import { relayLimits } from '../../src/relay/limits.ts';
import { memoryStore } from '../../src/relay/stores/memory.ts';
import { RecordStore } from '../../src/relay/stores/record-store.ts';
import { bytes, createChannel, newChannel, pairedClients, RawClient, same, testKeys } from './raw-client.ts';
import { HeldRecords } from './stores/held-records.ts';
import { startTestRelay, type TestRelay } from './test-relay.ts';

let relay: TestRelay;
beforeEach(async () => {
  relay = await startTestRelay();
});
afterEach(() => relay.stop());

async function created() {
  const channel = newChannel();
  await createChannel(relay.origin, channel);
  return channel;
}

describe('attaching', () => {
  it('greets with a nonce of its own for each connection, the time and its bounds', async () => {
    const [one, other] = await Promise.all([RawClient.connect(relay.origin), RawClient.connect(relay.origin)]);
    expect(same(one.nonce, other.nonce)).toBe(false);
    one.send({ frame: 'ping' });
    expect((await one.next('pong')).timeMs).toBe(relay.clock.nowMs);
  });

  it('takes the creator by its signature', async () => {
    const channel = await created();
    const client = await RawClient.connect(relay.origin);
    expect(await client.attach(channel.id, channel.creator)).toMatchObject({ seq: 0, peer: 'awaited' });
  });

  it.each([
    ['a key of nobody', 'bad-signature'],
    ['the join key', 'bad-signature'],
    ['a signature of another connection', 'bad-signature'],
    ['a signature for another relay', 'bad-signature'],
    ['a channel that nobody created', 'unknown-channel'],
  ])('refuses %s with %s', async (what, code) => {
    const channel = await created();
    const client = await RawClient.connect(relay.origin);
    const other = await RawClient.connect(relay.origin);
    if (what === 'a key of nobody') client.sendAttach(channel.id, testKeys());
    if (what === 'the join key') client.sendAttach(channel.id, channel.join);
    if (what === 'a channel that nobody created') client.sendAttach(bytes(16), channel.creator);
    if (what === 'a signature of another connection') {
      client.nonce = other.nonce;
      client.sendAttach(channel.id, channel.creator);
    }
    if (what === 'a signature for another relay') {
      Object.assign(client, { relayOrigin: 'https://relay.example' });
      client.sendAttach(channel.id, channel.creator);
    }
    expect(await client.next('refused')).toMatchObject({ code });
    client.put(channel.id, bytes(8));
    expect(await client.next('rejected')).toMatchObject({ code: 'not-attached' });
  });

  it('lets the newest connection of a key win, silently', async () => {
    const { channel, creator, joiner } = await pairedClients(relay.origin);
    const newer = await RawClient.connect(relay.origin);
    expect(await newer.attach(channel.id, channel.joiner)).toMatchObject({ peer: 'here' });
    creator.put(channel.id, bytes(8));
    await newer.next('deliver');
    await joiner.fence();
    expect(joiner.taken('deliver')).toEqual([]);
    joiner.put(channel.id, bytes(8));
    expect(await joiner.next('rejected')).toMatchObject({ code: 'not-attached' });
    await joiner.end();
    await creator.fence();
    expect(creator.taken('peer')).toEqual([expect.objectContaining({ event: 'joined' })]);
  });

  it('says when the other side comes and goes', async () => {
    const { channel, creator, joiner } = await pairedClients(relay.origin);
    await joiner.end();
    expect(await creator.next('peer', ({ event }) => event === 'away')).toBeTruthy();
    const again = await RawClient.connect(relay.origin);
    await again.attach(channel.id, channel.joiner);
    expect(await creator.next('peer', ({ event }) => event === 'here')).toBeTruthy();
  });

  it('carries many channels on one connection, and takes frames that came right behind an attach', async () => {
    const client = await RawClient.connect(relay.origin);
    const channels = await Promise.all(Array.from({ length: 20 }, created));
    for (const channel of channels) {
      client.sendAttach(channel.id, channel.creator);
      client.put(channel.id, bytes(8));
    }
    for (const channel of channels) await client.next('stored', (frame) => same(frame.channel, channel.id));
  });
});

describe('joining', () => {
  it('replaces the join key by the phone’s own, and tells the creator', async () => {
    const { channel, creator } = await pairedClients(relay.origin);
    expect(await creator.next('peer')).toMatchObject({ event: 'joined' });
    const phone = await RawClient.connect(relay.origin);
    await phone.attach(channel.id, channel.joiner);
  });

  it('takes the same phone again', async () => {
    const { channel, joiner } = await pairedClients(relay.origin);
    joiner.sendJoin(channel.id, channel.join, channel.joiner.public);
    expect(await joiner.next('attached')).toMatchObject({ peer: 'here' });
  });

  it('takes no join any more once the phone has attached by its own key, and leaves it where it is', async () => {
    const { channel, creator, joiner } = await pairedClients(relay.origin);
    await joiner.attach(channel.id, channel.joiner);
    const photographer = await RawClient.connect(relay.origin);
    photographer.sendJoin(channel.id, channel.join, channel.joiner.public);
    expect(await photographer.next('refused')).toMatchObject({ code: 'already-joined' });
    creator.put(channel.id, bytes(8));
    await joiner.next('deliver');
    expect(creator.taken('peer').map(({ event }) => event)).toEqual(['joined']);
  });

  it('refuses a second phone, and tells the creator', async () => {
    const { channel, creator } = await pairedClients(relay.origin);
    const second = await RawClient.connect(relay.origin);
    second.sendJoin(channel.id, channel.join, testKeys().public);
    expect(await second.next('refused')).toMatchObject({ code: 'already-joined' });
    expect(await creator.next('peer', ({ event }) => event === 'second-join')).toBeTruthy();
  });

  it('refuses who does not hold the join key, without a word to the creator', async () => {
    const { channel, creator } = await pairedClients(relay.origin);
    const stranger = await RawClient.connect(relay.origin);
    const wrong = testKeys();
    stranger.sendJoin(channel.id, wrong, wrong.public);
    expect(await stranger.next('refused')).toMatchObject({ code: 'bad-signature' });
    stranger.sendJoin(channel.id, { ...wrong, public: channel.join.public }, wrong.public);
    expect(await stranger.next('refused')).toMatchObject({ code: 'bad-signature' });
    await creator.fence();
    expect(creator.taken('peer').map(({ event }) => event)).toEqual(['joined']);
  });

  it('forgets an offer that nobody took', async () => {
    const channel = await created();
    const client = await RawClient.connect(relay.origin);
    await client.attach(channel.id, channel.creator);
    relay.clock.nowMs += wire.pairingOfferLifeMs;
    await client.fence();
    expect(client.taken('closed')).toEqual([]);
    relay.clock.nowMs += 30_000;
    await client.next('closed');
    client.sendJoin(channel.id, channel.join, channel.joiner.public);
    expect(await client.next('refused')).toMatchObject({ code: 'unknown-channel' });
  });
});

describe('messages', () => {
  it('go through at once, are stored, and are reported received when acknowledged', async () => {
    const { channel, creator, joiner } = await pairedClients(relay.origin);
    const body = bytes(wire.bodyBytes);
    const id = creator.put(channel.id, body);
    const delivered = await joiner.next('deliver');
    expect(same(delivered.body, body)).toBe(true);
    expect(delivered.expiresMs).toBe(relay.clock.nowMs + 60_000);
    expect(await creator.next('stored')).toMatchObject({ id, seq: delivered.seq });
    joiner.send({ frame: 'ack', channel: channel.id, seq: delivered.seq });
    expect(await creator.next('received')).toMatchObject({ id });
  });

  it.each([
    ['has them in the end', true],
    ['cannot take them', false],
  ])(
    'are received, and no more is said of them, when they are acknowledged before a disk that %s',
    async (_, isDurable) => {
      const records = new HeldRecords();
      const slow = await startTestRelay({ store: await RecordStore.open(records, { now: () => 1_700_000_000_000 }) });
      const { channel, creator, joiner } = await pairedClients(slow.origin);
      records.isHeld = true;
      const id = creator.put(channel.id, bytes(8));
      const { seq } = await joiner.next('deliver');
      joiner.send({ frame: 'ack', channel: channel.id, seq });
      await creator.next('received', (frame) => same(frame.id, id));
      records.release(isDurable);
      await creator.fence();
      expect([...creator.taken('stored'), ...creator.taken('rejected')]).toEqual([]);
      creator.put(channel.id, bytes(8), { id });
      expect(await creator.next('stored')).toMatchObject({ id, seq });
      await joiner.fence();
      expect(joiner.taken('deliver')).toEqual([]);
      await slow.stop();
    },
  );

  it('wait, as nobody is there, where a mailbox that was open cannot be opened again', async () => {
    const store = await memoryStore({ now: () => 1_700_000_000_000 });
    const open = store.open.bind(store);
    const full = await startTestRelay({ store });
    const { channel, creator, joiner } = await pairedClients(full.origin);
    store.open = () => Promise.reject(new AppError('storage-full'));
    joiner.sendAttach(channel.id, channel.joiner);
    expect(await joiner.next('refused')).toMatchObject({ code: 'storage-full' });
    await creator.next('peer', ({ event }) => event === 'away');
    store.open = open;
    await joiner.attach(channel.id, channel.joiner);
    await creator.next('peer', ({ event }) => event === 'here');
    await full.stop();
  });

  it('come again until they are acknowledged, after what was seen, in order', async () => {
    const { channel, creator, joiner } = await pairedClients(relay.origin);
    await joiner.end();
    const ids = [bytes(16), bytes(16), bytes(16)];
    for (const id of ids) creator.put(channel.id, bytes(30), { id });
    for (const id of ids) await creator.next('stored', (frame) => same(frame.id, id));
    const phone = await RawClient.connect(relay.origin);
    const { seq } = await phone.attach(channel.id, channel.joiner);
    await phone.fence();
    const all = phone.taken('deliver');
    expect(all.map(({ id }) => id)).toEqual(ids);
    expect(all.at(-1)?.seq).toBe(seq);
    const next = await RawClient.connect(relay.origin);
    await next.attach(channel.id, channel.joiner, all[0]?.seq as number);
    next.send({ frame: 'ack', channel: channel.id, seq: all[1]?.seq as number });
    await next.fence();
    expect(next.taken('deliver').map(({ id }) => id)).toEqual(ids.slice(1));
    expect((await creator.next('received')).id).toEqual(ids[0]);
    expect((await creator.next('received')).id).toEqual(ids[1]);
    const last = await RawClient.connect(relay.origin);
    await last.attach(channel.id, channel.joiner);
    await last.fence();
    expect(last.taken('deliver').map(({ id }) => id)).toEqual(ids.slice(2));
  });

  it('keep what was received for a sender that is away', async () => {
    const { channel, creator, joiner } = await pairedClients(relay.origin);
    const id = creator.put(channel.id, bytes(8));
    await creator.next('stored');
    await creator.end();
    const { seq } = await joiner.next('deliver');
    joiner.send({ frame: 'ack', channel: channel.id, seq });
    await joiner.fence();
    const again = await RawClient.connect(relay.origin);
    await again.attach(channel.id, channel.creator);
    expect(await again.next('received')).toMatchObject({ id });
  });

  it('are the same when they are said twice', async () => {
    const { channel, creator, joiner } = await pairedClients(relay.origin);
    const id = creator.put(channel.id, bytes(8));
    const first = await creator.next('stored');
    creator.put(channel.id, bytes(8), { id });
    expect(await creator.next('stored')).toEqual(first);
    await joiner.fence();
    expect(joiner.taken('deliver')).toHaveLength(1);
  });

  it('replace one another by collapse key, and expire', async () => {
    const { channel, creator, joiner } = await pairedClients(relay.origin);
    await joiner.end();
    const collapse = bytes(16);
    creator.put(channel.id, bytes(8), { collapse });
    creator.put(channel.id, bytes(8), { lifeMs: 1_000 });
    const newest = creator.put(channel.id, bytes(8), { collapse });
    await creator.next('stored', (frame) => same(frame.id, newest));
    relay.clock.nowMs += 1_000;
    const phone = await RawClient.connect(relay.origin);
    await phone.attach(channel.id, channel.joiner);
    await phone.fence();
    expect(phone.taken('deliver').map(({ id }) => id)).toEqual([newest]);
  });

  it.each([
    ['expired', { lifeMs: 0 }],
    ['too-large', { lifeMs: wire.messageLifeMs + 1 }],
  ])('are rejected as %s', async (code, options) => {
    const { channel, creator } = await pairedClients(relay.origin);
    creator.put(channel.id, bytes(8), options);
    expect(await creator.next('rejected')).toMatchObject({ code });
  });

  it('are rejected when the mailbox is full, with a time to try again', async () => {
    const { channel, creator, joiner } = await pairedClients(relay.origin);
    await joiner.end();
    for (let count = 0; count < wire.waitingMessages; count++) creator.put(channel.id, bytes(8));
    const id = creator.put(channel.id, bytes(8));
    expect(await creator.next('rejected')).toMatchObject({ id, code: 'mailbox-full', retryAfterMs: 60_000 });
  });
});

describe('what was said behind a message that could not be stored', () => {
  it('is refused like it until that may be said again, and so never comes before it', async () => {
    const clock = { nowMs: 1_700_000_000_000, now: () => clock.nowMs };
    const store = await memoryStore(clock);
    const open = store.open.bind(store);
    let isFull = true;
    store.open = async (...of) => {
      const mailbox = await open(...of);
      const put = mailbox?.put.bind(mailbox);
      if (mailbox && put)
        mailbox.put = (message) =>
          isFull ? message.refused('storage-full', relayLimits.storageRetryMs) : put(message);
      return mailbox;
    };
    const full = await startTestRelay({ store, clock });
    const { channel, creator, joiner } = await pairedClients(full.origin);
    const ids = [creator.put(channel.id, bytes(8))];
    const wait = { code: 'storage-full', retryAfterMs: relayLimits.storageRetryMs };
    expect(await creator.next('rejected')).toMatchObject({ id: ids[0], ...wait });
    isFull = false;
    ids.push(creator.put(channel.id, bytes(8)));
    clock.nowMs += 1_000;
    ids.push(creator.put(channel.id, bytes(8)));
    for (const id of ids.slice(1)) expect(await creator.next('rejected')).toMatchObject({ id, code: wait.code });
    // The other side's are not held.
    joiner.put(channel.id, bytes(8));
    await joiner.next('stored');
    clock.nowMs += relayLimits.storageRetryMs;
    for (const id of ids) creator.put(channel.id, bytes(8), { id });
    for (const id of ids) expect(await joiner.next('deliver')).toMatchObject({ id });
    await full.stop();
  });
});

describe('closing', () => {
  it('ends the channel for both sides and for whoever comes later', async () => {
    const { channel, creator, joiner } = await pairedClients(relay.origin);
    creator.send({ frame: 'close', channel: channel.id });
    await Promise.all([creator.next('closed'), joiner.next('closed')]);
    for (const keys of [channel.creator, channel.joiner]) {
      const late = await RawClient.connect(relay.origin);
      late.sendAttach(channel.id, keys);
      expect(await late.next('refused')).toMatchObject({ code: 'channel-closed' });
    }
    joiner.put(channel.id, bytes(8));
    expect(await joiner.next('rejected')).toMatchObject({ code: 'not-attached' });
    await expect(createChannel(relay.origin, channel)).rejects.toThrow('410');
  });

  it('is for who is attached', async () => {
    const { channel, creator } = await pairedClients(relay.origin);
    const stranger = await RawClient.connect(relay.origin);
    stranger.send({ frame: 'close', channel: channel.id });
    expect(await stranger.next('refused')).toMatchObject({ code: 'not-attached' });
    creator.put(channel.id, bytes(8));
    await creator.next('stored');
  });
});
