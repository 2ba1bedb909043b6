import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/core/errors.ts';
import { decodeRelayFrame } from '../../src/core/frames.ts';
import { type RelayLimits, relayLimits } from '../../src/relay/limits.ts';
import type { MailboxStore } from '../../src/relay/stores/mailbox-store.ts';
import { memoryStore } from '../../src/relay/stores/memory.ts';
import { RecordStore } from '../../src/relay/stores/record-store.ts';
import { startPushService } from './push-service.ts';
import { bytes, pairedClients, RawClient, same, type TestChannel } from './raw-client.ts';
import { HeldRecords } from './stores/held-records.ts';
import { startTestRelay, type TestRelay } from './test-relay.ts';

type PushService = Awaited<ReturnType<typeof startPushService>>;

let service: PushService;
let relay: TestRelay;
const clock = { nowMs: 1_700_000_000_000, now: () => clock.nowMs };

async function start(
  limits: Partial<RelayLimits> = {},
  more: readonly string[] = [],
  store?: MailboxStore,
): Promise<void> {
  relay = await startTestRelay({
    clock,
    store: store ?? (await memoryStore(clock)),
    push: { subject: 'https://relay.example', alsoAllow: [service.origin, ...more] },
    limits,
  });
}

async function restart(limits: Partial<RelayLimits>, more: readonly string[] = []): Promise<void> {
  await relay.stop();
  await start(limits, more);
}

beforeEach(async () => {
  service = await startPushService();
  await start();
});
afterEach(async () => {
  await relay.stop();
  await service.stop();
});

/** A phone that has subscribed and gone. */
async function sleepingPhone(subscription: object = service.subscription) {
  const { channel, creator, joiner } = await pairedClients(relay.origin);
  joiner.send({ frame: 'subscribe', channel: channel.id, subscription: JSON.stringify(subscription) });
  await joiner.fence();
  await joiner.end();
  await creator.next('peer', ({ event }) => event === 'away');
  return { channel, creator };
}

describe('Web Push', () => {
  it('wakes a phone with the very frame that waits for it, sealed and signed', async () => {
    const { channel, creator } = await sleepingPhone();
    const collapse = bytes(16);
    const id = creator.put(channel.id, bytes(700), { collapse, lifeMs: 45_000 });
    const { headers, vapid, payload } = await service.next();
    expect(headers).toMatchObject({
      ttl: '45',
      urgency: 'high',
      'content-encoding': 'aes128gcm',
      topic: Buffer.from(collapse).toString('base64url'),
    });
    const { key } = (await (await fetch(`${relay.origin}/v1/push-key`)).json()) as { key: string };
    expect(vapid).toMatchObject({ aud: service.origin, sub: 'https://relay.example', key });
    const phone = await RawClient.connect(relay.origin);
    await phone.attach(channel.id, channel.joiner);
    const delivered = await phone.next('deliver');
    expect(decodeRelayFrame(payload as Uint8Array)).toEqual(delivered);
    expect(same(delivered.id, id)).toBe(true);
  });

  it('tells who put what became of it', async () => {
    const { channel, creator } = await sleepingPhone();
    const outcomeOf = async (id: Uint8Array) =>
      (await creator.next('pushed', (frame) => same(frame.id, id) && same(frame.channel, channel.id))).outcome;
    expect(await outcomeOf(creator.put(channel.id, bytes(8)))).toBe('taken');
    service.answer(429);
    expect(await outcomeOf(creator.put(channel.id, bytes(8)))).toBe('refused');
    service.answer(410);
    expect(await outcomeOf(creator.put(channel.id, bytes(8)))).toBe('gone');
    expect(await outcomeOf(creator.put(channel.id, bytes(8)))).toBe('none');
  });

  it('goes to who asks to be rung, though it is here', async () => {
    const { channel, joiner } = await pairedClients(relay.origin);
    joiner.send({ frame: 'subscribe', channel: channel.id, subscription: JSON.stringify(service.subscription) });
    await joiner.next('subscribed');
    const id = bytes(16);
    joiner.send({ frame: 'ring', channel: channel.id, id });
    const { payload } = await service.next();
    expect(decodeRelayFrame(payload as Uint8Array)).toEqual({
      frame: 'ringing',
      channel: new Uint8Array(channel.id),
      id,
    });
    expect((await joiner.next('pushed')).outcome).toBe('taken');
    const stranger = await RawClient.connect(relay.origin);
    stranger.send({ frame: 'ring', channel: channel.id, id });
    expect(await stranger.next('refused')).toMatchObject({ code: 'not-attached' });
  });

  it('only wakes where the frame is too large for a push', async () => {
    const { channel, creator } = await sleepingPhone();
    creator.put(channel.id, bytes(relayLimits.pushBytes));
    expect((await service.next()).payload).toBeNull();
  });

  it('is not sent to who is here, for a repeat, or without a subscription', async () => {
    const { channel, creator } = await sleepingPhone();
    const phone = await RawClient.connect(relay.origin);
    await phone.attach(channel.id, channel.joiner);
    const id = creator.put(channel.id, bytes(8));
    const { seq } = await phone.next('deliver');
    phone.send({ frame: 'ack', channel: channel.id, seq });
    await creator.next('received');
    await phone.end();
    await creator.next('peer', ({ event }) => event === 'away');
    creator.put(channel.id, bytes(8), { id });
    await creator.next('stored', (frame) => same(frame.id, id));
    const other = await pairedClients(relay.origin);
    await other.joiner.end();
    await other.creator.next('peer', ({ event }) => event === 'away');
    other.creator.put(other.channel.id, bytes(8));
    await other.creator.next('stored');
    const last = creator.put(channel.id, bytes(8));
    const frame = decodeRelayFrame((await service.next()).payload as Uint8Array);
    expect(frame).toMatchObject({ frame: 'deliver', id: last });
    expect(service.received).toEqual([]);
  });

  describe('for who is there, as it seems, and acknowledges nothing', () => {
    /** A phone that has subscribed, and reads no more from now on. */
    async function silentPhone() {
      const { channel, creator, joiner } = await pairedClients(relay.origin);
      joiner.send({ frame: 'subscribe', channel: channel.id, subscription: JSON.stringify(service.subscription) });
      await joiner.fence();
      return { channel, creator, joiner };
    }

    const nextId = async () =>
      (decodeRelayFrame((await service.next()).payload as Uint8Array) as { id: Uint8Array }).id;

    it('comes when it leaves, in order, and its sender hears of it', async () => {
      const { channel, creator, joiner } = await silentPhone();
      const ids = [1, 2, 3].map(() => creator.put(channel.id, bytes(8)));
      const last = ids.at(-1) as Uint8Array;
      await creator.next('stored', ({ id }) => same(id, last));
      await joiner.end();
      for (const id of ids) expect(same(await nextId(), id)).toBe(true);
      expect((await creator.next('pushed', ({ id }) => same(id, last))).outcome).toBe('taken');
    });

    it('comes after a while, once, and not for what was acknowledged', async () => {
      await restart({ unreceivedMs: 50 });
      const { channel, creator, joiner } = await silentPhone();
      const taken = creator.put(channel.id, bytes(8));
      joiner.send({ frame: 'ack', channel: channel.id, seq: (await joiner.next('deliver')).seq });
      await creator.next('received', ({ id }) => same(id, taken));
      const late = creator.put(channel.id, bytes(8));
      expect(same(await nextId(), late)).toBe(true);
      expect(await creator.next('pushed')).toMatchObject({ outcome: 'taken', id: late });
      await joiner.end();
      await creator.next('peer', ({ event }) => event === 'away');
      const last = creator.put(channel.id, bytes(8));
      expect(same(await nextId(), last)).toBe(true);
      expect(service.received).toEqual([]);
    });

    it('is not said again once it is acknowledged', async () => {
      await restart({ unreceivedMs: 50, pushRetryMs: 200 });
      service.answer(503);
      const { channel, creator, joiner } = await silentPhone();
      creator.put(channel.id, bytes(8));
      await service.next();
      joiner.send({ frame: 'ack', channel: channel.id, seq: (await joiner.next('deliver')).seq });
      await creator.next('received');
      service.answer(201);
      await joiner.end();
      await creator.next('peer', ({ event }) => event === 'away');
      const last = creator.put(channel.id, bytes(8));
      await creator.next('pushed', ({ id, outcome }) => same(id, last) && outcome === 'taken');
      expect(same(await nextId(), last)).toBe(true);
      expect(service.received).toEqual([]);
    });

    it('does not come for what was replaced by something that is received before the disk has it', async () => {
      const records = new HeldRecords();
      await relay.stop();
      await start({}, [], await RecordStore.open(records, clock));
      const { channel, creator, joiner } = await silentPhone();
      const collapse = bytes(16);
      creator.put(channel.id, bytes(8), { collapse });
      await creator.next('stored');
      records.isHeld = true;
      const replacing = creator.put(channel.id, bytes(8), { collapse });
      const { seq } = await joiner.next('deliver', ({ id }) => same(id, replacing));
      joiner.send({ frame: 'ack', channel: channel.id, seq });
      await creator.next('received');
      records.release(true);
      await joiner.end();
      await creator.next('peer', ({ event }) => event === 'away');
      const last = creator.put(channel.id, bytes(8));
      expect(same(await nextId(), last)).toBe(true);
      expect(service.received).toEqual([]);
    });

    it('does not come because its sender opens its mailbox again', async () => {
      const { channel, creator, joiner } = await silentPhone();
      const first = creator.put(channel.id, bytes(8));
      await creator.next('stored');
      await creator.attach(channel.id, channel.creator);
      joiner.send({ frame: 'ack', channel: channel.id, seq: (await joiner.next('deliver')).seq });
      await creator.next('received', ({ id }) => same(id, first));
      await joiner.end();
      await creator.next('peer', ({ event }) => event === 'away');
      const last = creator.put(channel.id, bytes(8));
      expect(same(await nextId(), last)).toBe(true);
      expect(service.received).toEqual([]);
    });

    it('is not said again to a phone that has come since its sender left', async () => {
      await restart({ pushRetryMs: 400 });
      service.answer(503);
      const { channel, creator } = await sleepingPhone();
      creator.put(channel.id, bytes(8));
      await service.next();
      await creator.next('pushed');
      await creator.end();
      const phone = await RawClient.connect(relay.origin);
      await phone.attach(channel.id, channel.joiner);
      phone.send({ frame: 'ack', channel: channel.id, seq: (await phone.next('deliver')).seq });
      await phone.fence();
      await phone.end();
      service.answer(201);
      const again = await RawClient.connect(relay.origin);
      await again.attach(channel.id, channel.creator);
      const last = again.put(channel.id, bytes(8));
      await again.next('pushed', ({ id, outcome }) => same(id, last) && outcome === 'taken');
      expect(same(await nextId(), last)).toBe(true);
      expect(service.received).toEqual([]);
    });

    it('is for all that wait, of which none is said that was withdrawn', async () => {
      await restart({ pushesWaitingPerChannel: 1, pushRetryMs: 200 });
      service.answer(503);
      const { channel, creator } = await sleepingPhone();
      const collapse = bytes(16);
      const kept = creator.put(channel.id, bytes(8));
      await service.next();
      creator.put(channel.id, bytes(8), { collapse });
      await service.next();
      const last = creator.put(channel.id, bytes(8), { collapse });
      await service.next();
      service.answer(201);
      for (const id of [kept, last]) {
        await creator.next('pushed', (frame) => same(frame.id, id) && frame.outcome === 'taken');
      }
      expect(same(await nextId(), last)).toBe(true);
    });

    it('comes again for what is said again, as who heard of no answer cannot know whether it came', async () => {
      const { channel, creator } = await sleepingPhone();
      const id = creator.put(channel.id, bytes(8));
      expect(same(await nextId(), id)).toBe(true);
      creator.put(channel.id, bytes(8), { id });
      expect(same(await nextId(), id)).toBe(true);
    });

    it('does not come for what was replaced', async () => {
      const { channel, creator, joiner } = await silentPhone();
      const collapse = bytes(16);
      const [, second] = [1, 2].map(() => creator.put(channel.id, bytes(8), { collapse }));
      await creator.next('stored', ({ id }) => same(id, second as Uint8Array));
      await joiner.end();
      expect(same(await nextId(), second as Uint8Array)).toBe(true);
      await creator.next('pushed', ({ id }) => same(id, second as Uint8Array));
      expect(service.received).toEqual([]);
    });

    it('comes when its sender leaves, who will not hear whether it is acknowledged', async () => {
      const { channel, creator } = await silentPhone();
      const id = creator.put(channel.id, bytes(8));
      await creator.next('stored');
      await creator.end();
      expect(same(await nextId(), id)).toBe(true);
    });

    it('does not come for a channel that is closed', async () => {
      await restart({ unreceivedMs: 50 });
      const { channel, creator } = await silentPhone();
      creator.put(channel.id, bytes(8));
      await creator.next('stored');
      creator.send({ frame: 'close', channel: channel.id });
      await creator.next('closed');
      const other = await silentPhone();
      const id = other.creator.put(other.channel.id, bytes(8));
      expect(same(await nextId(), id)).toBe(true);
      expect(service.received).toEqual([]);
    });
  });

  it.each([404, 410])('forgets a subscription that its service answers with %i', async (status) => {
    service.answer(status);
    const { channel, creator } = await sleepingPhone();
    creator.put(channel.id, bytes(8));
    await service.next();
    await expect.poll(() => relay.lines.some(({ event }) => event === 'push'), { timeout: 10_000 }).toBe(true);
    service.answer(201);
    creator.put(channel.id, bytes(8));
    await creator.next('stored');
    await creator.next('stored');
    const phone = await RawClient.connect(relay.origin);
    await phone.attach(channel.id, channel.joiner);
    await phone.next('deliver');
    expect(service.received).toEqual([]);
  });

  it('follows no redirect', async () => {
    service.answer(307);
    const { channel, creator } = await sleepingPhone();
    creator.put(channel.id, bytes(8));
    await service.next();
    await expect.poll(() => relay.lines.filter(({ event }) => event === 'push'), { timeout: 10_000 }).toHaveLength(1);
    expect(relay.lines.find(({ event }) => event === 'push')?.fields).toMatchObject({ result: 307 });
    expect(service.received).toEqual([]);
  });

  it('tells who put that a subscription is gone also while the storage refuses to forget it', async () => {
    const refusing = await memoryStore(clock);
    refusing.unsubscribe = () => Promise.reject(new AppError('storage-full'));
    await relay.stop();
    await start({}, [], refusing);
    const { channel, creator } = await sleepingPhone();
    service.answer(410);
    creator.put(channel.id, bytes(8));
    expect((await creator.next('pushed')).outcome).toBe('gone');
  });

  it('is in nobody’s way when the service is gone', async () => {
    const { channel, creator } = await sleepingPhone();
    await service.stop();
    creator.put(channel.id, bytes(8));
    await creator.next('stored');
    await expect.poll(() => relay.lines.find(({ event }) => event === 'push')?.level, { timeout: 10_000 }).toBe('warn');
    expect((await creator.next('pushed')).outcome).toBe('unreachable');
    const phone = await RawClient.connect(relay.origin);
    await phone.attach(channel.id, channel.joiner);
    await phone.next('deliver');
    service = await startPushService();
  });

  describe('that its service does not take', () => {
    const outcomes = (client: RawClient) => client.taken('pushed').map(({ outcome }) => outcome);

    it.each([429, 500, 503])('is said again after %i, and its sender told when it was taken', async (status) => {
      await restart({ pushRetryMs: 10 });
      service.answer(status);
      const { channel, creator } = await sleepingPhone();
      creator.put(channel.id, bytes(8));
      await service.next();
      await service.next();
      service.answer(201);
      await creator.next('pushed', ({ outcome }) => outcome === 'taken');
      expect(outcomes(creator)).toEqual(['refused']);
    });

    it('is said again no sooner than its service asks', async () => {
      await restart({ pushRetryMs: 1 });
      service.answer(429, { 'retry-after': '1' });
      const { channel, creator } = await sleepingPhone();
      creator.put(channel.id, bytes(8));
      await service.next();
      const beganMs = performance.now();
      await service.next();
      expect(performance.now() - beganMs).toBeGreaterThan(900);
    });

    it.each([
      ['its service asks for longer than it lives', '61'],
      ['its service asks for a day', new Date(clock.nowMs + 86_400_000).toUTCString()],
    ])('is not said again when %s', async (_, retryAfter) => {
      await restart({ pushRetryMs: 1 });
      service.answer(503, { 'retry-after': retryAfter });
      const { channel, creator } = await sleepingPhone();
      creator.put(channel.id, bytes(8));
      await creator.next('pushed');
      service.answer(201);
      creator.put(channel.id, bytes(9));
      await creator.next('pushed', ({ outcome }) => outcome === 'taken');
      expect(service.received).toHaveLength(2);
    });

    /** The phone comes, is told, and leaves. */
    async function comesAndGoes(channel: TestChannel, creator: RawClient, acknowledges: boolean) {
      const phone = await RawClient.connect(relay.origin);
      await phone.attach(channel.id, channel.joiner);
      const { seq } = await phone.next('deliver');
      if (acknowledges) {
        phone.send({ frame: 'ack', channel: channel.id, seq });
        await creator.next('received');
      }
      await phone.end();
      await creator.next('peer', ({ event }) => event === 'away');
    }

    it('is said again to a phone that came and was told, and left without an acknowledgement', async () => {
      await restart({ pushRetryMs: 200 });
      service.answer(503);
      const { channel, creator } = await sleepingPhone();
      const id = creator.put(channel.id, bytes(8));
      await service.next();
      await comesAndGoes(channel, creator, false);
      service.answer(201);
      expect(decodeRelayFrame((await service.next()).payload as Uint8Array)).toMatchObject({ id });
    });

    it('is said again also when something that does not live as long was not taken after it', async () => {
      await restart({ pushRetryMs: 300 });
      service.answer(503);
      const { channel, creator } = await sleepingPhone();
      const id = creator.put(channel.id, bytes(8));
      await service.next();
      creator.put(channel.id, bytes(8), { lifeMs: 1_000 });
      await service.next();
      clock.nowMs += 2_000;
      service.answer(201);
      expect(decodeRelayFrame((await service.next()).payload as Uint8Array)).toMatchObject({ id });
    });

    it('is said again also when something that lives longer waited for that, and was acknowledged', async () => {
      await restart({ pushRetryMs: 300 });
      service.answer(503);
      const { channel, creator } = await sleepingPhone();
      creator.put(channel.id, bytes(8), { lifeMs: 60_000 });
      await service.next();
      await creator.next('pushed');
      await comesAndGoes(channel, creator, true);
      const id = creator.put(channel.id, bytes(8), { lifeMs: 30_000 });
      await service.next();
      service.answer(201);
      expect(decodeRelayFrame((await service.next()).payload as Uint8Array)).toMatchObject({ id });
    });

    it('is said again although one phone is woken far too often', async () => {
      await restart({ pushesPerPhoneMinute: 2, pushesWaiting: 3, pushRetryMs: 50 });
      for (let count = 0; count < 6; count++) {
        const { channel, creator } = await sleepingPhone();
        creator.put(channel.id, bytes(8));
        await creator.fence();
      }
      for (let count = 0; count < 2; count++) await service.next();
      service.answer(503);
      const { channel, creator } = await sleepingPhone({
        ...service.subscription,
        endpoint: `${service.origin}/other`,
      });
      const id = creator.put(channel.id, bytes(8));
      await service.next();
      service.answer(201);
      await creator.next('pushed', (frame) => same(frame.id, id) && frame.outcome === 'taken');
    });

    it('is not said again to a phone that has come by itself', async () => {
      await restart({ pushRetryMs: 200 });
      service.answer(503);
      const { channel, creator } = await sleepingPhone();
      creator.put(channel.id, bytes(8));
      await service.next();
      await creator.next('pushed');
      await comesAndGoes(channel, creator, true);
      service.answer(201);
      const later = creator.put(channel.id, bytes(9));
      await creator.next('pushed', ({ outcome }) => outcome === 'taken');
      const frame = decodeRelayFrame((await service.next()).payload as Uint8Array);
      expect(frame).toMatchObject({ id: later });
      expect(service.received).toEqual([]);
    });
  });

  it('waits for nobody else’s, however many there are and however slow their service is', async () => {
    const asked: ServerResponse[] = [];
    const mute = createServer((_, response) => void asked.push(response)).listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const muteOrigin = `http://127.0.0.1:${(mute.address() as AddressInfo).port}`;
    const limits = { pushesAtOnce: 2, pushesAtOncePerService: 1, pushesWaitingPerChannel: 1, pushRetryMs: 1 };
    await restart(limits, [muteOrigin]);
    const subscription = { ...service.subscription, endpoint: `${muteOrigin}/push` };
    const [one, two, victim] = [
      await sleepingPhone(subscription),
      await sleepingPhone(subscription),
      await sleepingPhone(),
    ];
    const lastIds = [one, two].map(({ channel, creator }) => {
      for (let count = 0; count < 2; count++) creator.put(channel.id, bytes(8));
      return creator.put(channel.id, bytes(8));
    });
    victim.creator.put(victim.channel.id, bytes(8));
    expect((await victim.creator.next('pushed')).outcome).toBe('taken');
    await expect.poll(() => asked.length).toBe(1);
    // What found no place of its own goes with the one before it.
    mute
      .removeAllListeners('request')
      .on('request', (_, response: ServerResponse) => void response.writeHead(201).end());
    asked[0]?.writeHead(201).end();
    for (const [at, { creator }] of [one, two].entries()) {
      await creator.next('pushed', ({ id, outcome }) => same(id, lastIds[at] as Uint8Array) && outcome === 'taken');
    }
    mute.closeAllConnections();
    await once(mute.close(), 'close');
  });

  it('comes to one phone only so often, and the rest later', async () => {
    await restart({ pushesPerPhoneMinute: 1, pushRetryMs: 1 });
    const [one, other] = [await sleepingPhone(), await sleepingPhone()];
    one.creator.put(one.channel.id, bytes(8));
    await one.creator.next('pushed');
    other.creator.put(other.channel.id, bytes(8), { lifeMs: 30_000 });
    await other.creator.next('stored');
    await other.creator.fence();
    expect(service.received).toHaveLength(1);
    clock.nowMs += 60_000;
    other.creator.put(other.channel.id, bytes(9));
    await other.creator.next('pushed', ({ outcome }) => outcome === 'taken');
    expect(service.received).toHaveLength(2);
  });

  it('is finished before a relay that stops is gone', async () => {
    const { channel, creator } = await sleepingPhone();
    creator.put(channel.id, bytes(8));
    await creator.next('stored');
    await relay.stop();
    expect(service.received).toHaveLength(1);
    await restart({});
  });

  const keys = () => service.subscription.keys;
  it.each([
    ['what is not JSON', () => 'subscription'],
    ['what has no keys', () => JSON.stringify({ endpoint: 'https://fcm.googleapis.com/fcm/send/1' })],
    ['a host that is not a push service', () => JSON.stringify({ endpoint: 'https://push.example/1', keys: keys() })],
    [
      'a host that only ends like one',
      () => JSON.stringify({ endpoint: 'https://evilfcm.googleapis.com.example/1', keys: keys() }),
    ],
    ['a private address', () => JSON.stringify({ endpoint: 'https://10.0.0.1/1', keys: keys() })],
    ['http', () => JSON.stringify({ endpoint: 'http://fcm.googleapis.com/1', keys: keys() })],
    ['another port', () => JSON.stringify({ endpoint: 'https://fcm.googleapis.com:8443/1', keys: keys() })],
    ['a user name', () => JSON.stringify({ endpoint: 'https://fcm.googleapis.com@push.example/1', keys: keys() })],
  ])('refuses %s', async (_what, subscription) => {
    const { channel, joiner } = await pairedClients(relay.origin);
    joiner.send({ frame: 'subscribe', channel: channel.id, subscription: subscription() });
    expect(await joiner.next('refused')).toMatchObject({ code: 'push-refused' });
    joiner.put(channel.id, bytes(8));
    await joiner.next('stored');
  });

  it.each([
    'https://fcm.googleapis.com/fcm/send/abc',
    'https://updates.push.services.mozilla.com/wpush/v2/abc',
    'https://web.push.apple.com/abc',
    'https://wns2-par02p.notify.windows.com/w/?token=abc',
  ])('takes %s', async (endpoint) => {
    const { channel, joiner } = await pairedClients(relay.origin);
    const subscription = JSON.stringify({ endpoint, expirationTime: null, keys: keys() });
    joiner.send({ frame: 'subscribe', channel: channel.id, subscription });
    await joiner.fence();
    expect(joiner.taken('refused')).toEqual([]);
  });
});
