import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { drive, driveToMiddle, type Lane, newLane } from './lane.ts';
import { forbidden, freePorts, hasRedis, type RedisServer, startRedis, userOf } from './redis-server.ts';
import { end, finished, type RelayProcess, relayProcess, spawnRelay } from './relay-process.ts';
import { testCertificate } from './test-certificate.ts';

const relayOrigin = 'https://relay.example';

let redis: RedisServer;
let running: RelayProcess[] = [];
beforeEach(async () => {
  redis = await startRedis();
});
afterEach(async () => {
  await Promise.all(running.map((relay) => end(relay, 'SIGKILL')));
  running = [];
  await redis.end();
});

async function start(port = 0): Promise<RelayProcess> {
  const relay = await relayProcess(['--port', String(port), '--redis', redis.url, '--origin', relayOrigin]);
  running.push(relay);
  return relay;
}

const moreStored = (lanes: readonly Lane[], more: number) => {
  const before = lanes.map((lane) => lane.stored.size);
  return expect
    .poll(() => lanes.every((lane, at) => lane.stored.size > (before[at] as number) + more), { timeout: 20_000 })
    .toBe(true);
};

const saidOfStore = (relay: RelayProcess): string[] =>
  [...relay.log().matchAll(/"error":"([^"]*)","event":"store"/g)].map(([, error]) => error as string);

async function expectAll(lanes: readonly Lane[]): Promise<void> {
  await expect
    .poll(() => lanes.every((lane) => lane.applied.length === lane.next && lane.stored.size === lane.next), {
      timeout: 20_000,
    })
    .toBe(true);
  for (const lane of lanes) expect(lane.applied).toEqual(Array.from({ length: lane.next }, (_, value) => value));
}

describe.runIf(hasRedis)('two relays over one Redis', () => {
  it('lose nothing and keep the order, the sender’s or the receiver’s killed in the middle', async () => {
    let [from, to] = await Promise.all([start(), start()]);
    const lanes = await Promise.all(Array.from({ length: 8 }, () => newLane(relayOrigin, from.at)));
    for (let round = 0; round < 4; round++) {
      // In all, below what may be put into a channel in a minute.
      const clients = await driveToMiddle(lanes, 30 + 7 * round, 120, from, to);
      if (round % 2 === 0) {
        await end(from, 'SIGKILL');
        from = await start(from.port);
      } else {
        await end(to, 'SIGKILL');
        to = await start(to.port);
      }
      for (const { sender, receiver } of clients) {
        sender.socket.terminate();
        receiver.socket.terminate();
      }
    }
    await Promise.all(lanes.map((lane) => drive(lane, from, 8, () => true, to)));
    await expectAll(lanes);
  }, 60_000);

  it('go on by themselves after Redis was killed and came back', async () => {
    const [from, to] = await Promise.all([start(), start()]);
    const lanes = await Promise.all(Array.from({ length: 8 }, () => newLane(relayOrigin, from.at)));
    let most = 0;
    const clients = await Promise.all(lanes.map((lane) => drive(lane, from, 8, () => lane.next >= most, to)));
    for (let round = 0; round < 2; round++) {
      // Below what may be put into a channel in a minute.
      most += 180;
      for (const { fill } of clients) fill();
      await moreStored(lanes, 20);
      await redis.kill('SIGKILL');
      await expect
        .poll(() => [from, to].map((relay) => saidOfStore(relay).length))
        .toEqual([2 * round + 1, 2 * round + 1]);
      await redis.again();
      await expectAll(lanes);
    }
    const [gone, back] = [expect.stringMatching(/^Redis is gone: /), 'Redis is back'];
    for (const relay of [from, to]) await expect.poll(() => saidOfStore(relay)).toEqual([gone, back, gone, back]);
  }, 60_000);

  it('refuse a Redis that would lose what was stored, by name, unless they are told to', async () => {
    await redis.client.config('SET', 'appendonly', 'no');
    const args = ['--port', '0', '--redis', redis.url];
    const refused = await finished(spawnRelay(args));
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.err).toContain('Redis keeps no append-only file');
    const allowed = await relayProcess([...args, '--redis-may-lose', 'yes']);
    running.push(allowed);
    expect(allowed.log()).toContain('keeps no append-only file');
  }, 30_000);
});

describe.runIf(hasRedis)('a Redis over TLS, with a user for relays', () => {
  it('is used by its certificate, with the rights that docs/operate.md gives and no other', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tandem-redis-tls-'));
    const { certificate, key } = testCertificate(folder);
    const [port = 0] = await freePorts(1);
    const tls = ['--tls-port', port, '--tls-cert-file', certificate, '--tls-key-file', key, '--tls-auth-clients', 'no'];
    const server = await startRedis(tls.map(String));
    try {
      const { username, password } = new URL(await userOf(server));
      const args = ['--port', '0', '--origin', relayOrigin];
      const env = { TANDEM_RELAY_REDIS: `rediss://${username}:${password}@localhost:${port}` };
      const refused = await finished(spawnRelay(args, env));
      expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('(self-signed certificate)') });
      expect(refused.err).not.toContain(password);
      const relay = await relayProcess(args, { ...env, NODE_EXTRA_CA_CERTS: certificate });
      running.push(relay);
      const lanes = await Promise.all(Array.from({ length: 4 }, () => newLane(relayOrigin, relay.at)));
      const clients = await Promise.all(lanes.map((lane) => drive(lane, relay, 8, () => lane.next >= 60, relay)));
      for (const { fill } of clients) fill();
      await expectAll(lanes);
      expect(await forbidden(server)).toEqual([]);
    } finally {
      await server.end();
      await rm(folder, { recursive: true });
    }
  }, 30_000);
});

describe.runIf(hasRedis)('a Redis that is not there', () => {
  it('is named at the start, without its password', async () => {
    await redis.kill('SIGKILL');
    const { code, err } = await finished(
      spawnRelay(['--port', '0', '--redis', `redis://:secret@127.0.0.1:${redis.port}`]),
    );
    expect(code).toBe(1);
    expect(err).toContain(`Redis cannot be used at redis://127.0.0.1:${redis.port} (connect ECONNREFUSED`);
    expect(err).not.toContain('secret');
  }, 30_000);
});
