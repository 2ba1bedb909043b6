import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { relayLimits } from '../../../src/relay/limits.ts';
import type { MailboxStore, OpenMailbox } from '../../../src/relay/stores/mailbox-store.ts';
import { channelKey, mailboxKeys, slotPrefix } from '../../../src/relay/stores/redis/keys.ts';
import { redisStore } from '../../../src/relay/stores/redis.ts';
import { bytes } from '../raw-client.ts';
import {
  forbidden,
  hasRedis,
  type RedisServer,
  startClusterNode,
  startRedis,
  startRedisCluster,
  userOf,
} from '../redis-server.ts';
import { quietLog } from '../test-relay.ts';
import { describeStore, newId, putInto, watcher } from './contract.ts';
import { NumberedLine } from './numbered-line.ts';
import { moveSlot, replicate } from './redis/redis-cluster.ts';

const parts = (clock: { now(): number }) => ({
  clock,
  random: (length: number) => new Uint8Array(bytes(length)),
  log: quietLog,
});

describe.runIf(hasRedis).each([
  ['one Redis', async () => [await startRedis()], testOne],
  ['a Redis Cluster of three', startRedisCluster, testCluster],
])('%s', (name, start, testItsOwn) => {
  let servers: RedisServer[] = [];
  let urls: string[] = [];
  beforeAll(async () => {
    servers = await start();
    urls = await Promise.all(servers.map(userOf));
    // A cluster takes its time on a busy computer, and says itself when it took too long.
  }, 30_000);
  afterAll(() => Promise.all(servers.map((server) => server.end())));

  describeStore(name, {
    survives: true,
    async begin(clock, events) {
      const config = { urls, allowLoss: false };
      let store = await redisStore(config, { ...parts(clock), ...events });
      return {
        store,
        async reopen() {
          await store.close();
          store = await redisStore(config, { ...parts(clock), ...events });
          return store;
        },
        end: () => store.close(),
      };
    },
  });

  it('needs no more rights than docs/operate.md gives', async () => {
    for (const server of servers) expect(await forbidden(server)).toEqual([]);
  });

  testItsOwn(() => servers);
});

function testOne(running: () => RedisServer[]): void {
  it('lets go of a mailbox in time, also of one that all expired from', async () => {
    const [server] = running() as [RedisServer];
    let nowMs = Date.now();
    const config = { urls: [server.url], allowLoss: false };
    const store = await redisStore(config, parts({ now: () => nowMs }));
    try {
      const id = new Uint8Array(bytes(16));
      const [creatorKey, joinKey] = [bytes(32), bytes(32)];
      await store.create(id, { creatorKey, joinKey }, nowMs + 150_000);
      await store.join(id, joinKey, bytes(32));
      const box = (await store.open(id, 'creator', 0, watcher())) as OpenMailbox;
      const put = (lifeMs: number) =>
        putInto(box, { id: newId(), expiresMs: nowMs + lifeMs, collapse: null, body: bytes(40) });
      await put(60_000);
      nowMs += relayLimits.lookMs + 60_000;
      await store.sweep();
      await put(1_000);
      const [waiting, known] = mailboxKeys(channelKey(id), 'joiner');
      for (const key of [waiting, known]) expect(await server.client.pttl(key)).toBeGreaterThan(0);
    } finally {
      await store.close();
    }
  });

  it('is refused by its own reason when it cannot be used as it is named', async () => {
    const [{ url, client }] = running() as [RedisServer];
    const opened = (...urls: string[]) => redisStore({ urls, allowLoss: false }, parts(Date));
    await expect(opened(`${url}/99`)).rejects.toThrow(/DB index is out of range/);
    await expect(opened(url, url)).rejects.toThrow(/Redis is no cluster there/);
    await client.config('SET', 'requirepass', 'right');
    await client.auth('right');
    try {
      await expect(opened(url.replace('//', '//:wrong@'))).rejects.toThrow(/WRONGPASS/);
      await expect(opened(url)).rejects.toThrow(/NOAUTH/);
      await (await opened(url.replace('//', '//:right@'))).close();
    } finally {
      await client.config('SET', 'requirepass', '');
    }
  });

  it('is refused where a relay of another layout stores, and is as it was', async () => {
    const [{ url, client }] = running() as [RedisServer];
    const opened = () => redisStore({ urls: [url], allowLoss: false }, parts(Date));
    await (await opened()).close();
    const key = 'tandem:setting:layout';
    await client.set(key, '2');
    await expect(opened()).rejects.toThrow(/in Redis has layout "2", and this version of the relay knows 1 alone/);
    expect(await client.get(key)).toBe('2');
    await client.set(key, '1');
    await (await opened()).close();
  });

  it('goes on after something was said that no relay says, and says so', async () => {
    const [server] = running() as [RedisServer];
    const said: string[] = [];
    const warn = (event: string) => void said.push(event);
    const config = { urls: [server.url], allowLoss: false };
    const from = await redisStore(config, parts(Date));
    const to = await redisStore(config, { ...parts(Date), log: { ...quietLog, warn } });
    try {
      const id = new Uint8Array(bytes(16));
      const line = await NumberedLine.begin(id, from, to, Date.now);
      const names = (await server.client.pubsub('SHARDCHANNELS', `${slotPrefix(id[0] as number)}*`)) as string[];
      const rubbish = `Mj${channelKey(id)}${'0'.repeat(30)}rubbish`;
      const framed = Buffer.concat([Buffer.from([0, 0, 0, rubbish.length]), Buffer.from(rubbish)]);
      for (const name of names) {
        await server.client.call('spublish', name, framed);
        await server.client.call('spublish', name, rubbish);
        await server.client.call('spublish', name, 'a');
      }
      await expect.poll(() => said).toContain('store');
      line.finish();
      await expect.poll(() => line.isQuiet).toBe(true);
    } finally {
      await Promise.all([from.close(), to.close()]);
    }
  });
}

function testCluster(running: () => RedisServer[]): void {
  it('needs one of the nodes that are named to be there', async () => {
    const urls = ['redis://127.0.0.1:1', ...running().map(({ url }) => url)];
    const store = await redisStore({ urls, allowLoss: false }, parts(Date));
    await store.probe();
    await store.close();
  });

  it('is refused by its own reason where it is not whole, or lets the relay see too little', async () => {
    const opened = (...urls: string[]) => redisStore({ urls, allowLoss: false }, parts(Date));
    const alone = await startClusterNode();
    try {
      await expect(opened(alone.url)).rejects.toThrow(/The Redis Cluster is not whole/);
    } finally {
      await alone.end();
    }
    const [first] = running() as [RedisServer];
    const url = await userOf(first);
    await first.client.call('ACL', 'SETUSER', 'tandem', '-cluster|info');
    await expect(opened(url)).rejects.toThrow(/NOPERM/);
    await userOf(first);
  });

  it('goes on while a slot moves, is refused by name while slots are nobody’s, and goes on once a replica has taken its primary’s place', async () => {
    const [first, second, third] = running() as [RedisServer, RedisServer, RedisServer];
    const replica = await startClusterNode();
    const stores: MailboxStore[] = [];
    try {
      await replicate(third, replica);
      const config = { urls: running().map(({ url }) => url), allowLoss: false };
      for (let at = 0; at < 2; at++) stores.push(await redisStore(config, parts(Date)));
      const [from, to] = stores as [MailboxStore, MailboxStore];
      const slotOf = (byte: number) =>
        first.client.call('cluster', 'keyslot', slotPrefix(byte)) as unknown as Promise<number>;
      const lines: NumberedLine[] = [];
      const channels: { id: Uint8Array; slot: number }[] = [];
      // One in each third of the slots.
      for (let byte = 0; channels.length < 3; byte++) {
        const slot = await slotOf(byte);
        if (Math.floor(slot / 5_462) !== channels.length) continue;
        channels.push({ id: new Uint8Array([byte, ...bytes(15)]), slot });
      }
      for (const { id } of channels) lines.push(await NumberedLine.begin(id, from, to, Date.now));
      const goOn = () => {
        const before = lines.map(({ applied }) => applied.length);
        return expect
          .poll(() => lines.every(({ applied }, at) => applied.length > (before[at] as number) + 10), {
            timeout: 40_000,
          })
          .toBe(true);
      };
      await goOn();
      await moveSlot(channels[0]?.slot as number, first, second);
      await goOn();

      // One primary alone is no majority, and appoints nobody.
      await Promise.all([second.kill('SIGKILL'), third.kill('SIGKILL')]);
      await expect.poll(() => lines.every(({ refusals }) => refusals.length > 0), { timeout: 40_000 }).toBe(true);
      await expect(from.find(channels[2]?.id as Uint8Array)).rejects.toMatchObject({ code: 'storage-full' });
      await second.again();
      await goOn();
      expect(await replica.client.info('replication')).toContain('role:master');

      for (const line of lines) line.finish();
      await expect.poll(() => lines.every(({ isQuiet }) => isQuiet), { timeout: 40_000 }).toBe(true);
      for (const { applied, refusals, stored } of lines) {
        expect(applied).toEqual(Array.from({ length: stored }, (_, value) => value));
        for (const { refused, retryAfterMs } of refusals) {
          expect([refused, retryAfterMs > 0]).toEqual(['storage-full', true]);
        }
      }
    } finally {
      await Promise.all(stores.map((store) => store.close()));
      await replica.end();
    }
  }, 120_000);
}
