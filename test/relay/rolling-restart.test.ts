import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { freePort, hasNginx, startNginx } from './nginx.ts';
import { hasRedis, startRedis } from './redis-server.ts';
import { end, type RelayProcess, relayProcess } from './relay-process.ts';
import { SteadyPair } from './steady-pair.ts';

const relayOrigin = 'https://relay.example';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/**
 * Relays that are told to stop and started again, one after the other, while pairs of clients talk through whichever is there, or
 * through a `proxy` that has to find that out.
 */
async function rollingRestart(
  relays: RelayProcess[],
  start: (port: number) => Promise<RelayProcess>,
  proxy?: string,
): Promise<void> {
  cleanUps.push(() => Promise.all(relays.map((relay) => end(relay, 'SIGKILL'))));
  const there = new Set(relays.map(({ at }) => at));
  const places = () => (proxy ? [proxy] : [...there]);
  const pairs = await Promise.all(Array.from({ length: 6 }, () => SteadyPair.begin(relayOrigin, places)));
  cleanUps.push(() => pairs.map((pair) => pair.stop()));
  for (const [at, relay] of relays.entries()) {
    const before = pairs.map(({ applied }) => applied.length);
    const goOn = () => pairs.every(({ applied }, pair) => applied.length > (before[pair] as number) + 10);
    await expect.poll(goOn, { timeout: 20_000 }).toBe(true);
    there.delete(relay.at);
    expect(await end(relay, 'SIGTERM')).toBe(0);
    expect(relay.log()).toContain('"event":"stopped"');
    relays[at] = await start(relay.port);
    there.add(relay.at);
  }
  for (const pair of pairs) pair.finish();
  await expect.poll(() => pairs.every((pair) => pair.isQuiet), { timeout: 20_000 }).toBe(true);
  for (const { applied, sent, refused } of pairs) {
    expect(refused).toEqual([]);
    expect(applied).toEqual(Array.from({ length: sent }, (_, value) => value));
  }
}

describe('relays that are restarted under load', () => {
  it('lose nothing: one with its embedded store', async () => {
    const data = await mkdtemp(join(tmpdir(), 'tandem-relay-'));
    cleanUps.push(() => rm(data, { recursive: true }));
    const start = (port: number) => relayProcess(['--port', String(port), '--data', data, '--origin', relayOrigin]);
    await rollingRestart([await start(0)], start);
  }, 60_000);

  it.runIf(hasRedis)(
    'lose nothing: three over one Redis, one after the other',
    async () => {
      const redis = await startRedis();
      cleanUps.push(() => redis.end());
      const start = (port: number) =>
        relayProcess(['--port', String(port), '--redis', redis.url, '--origin', relayOrigin]);
      await rollingRestart(await Promise.all([start(0), start(0), start(0)]), start);
    },
    60_000,
  );

  it.runIf(hasRedis && hasNginx)(
    'lose nothing: two over one Redis behind nginx, with the file that docs/deploy has',
    async () => {
      const redis = await startRedis();
      cleanUps.push(() => redis.end());
      const options = ['--redis', redis.url, '--origin', relayOrigin, '--trusted-proxies', '127.0.0.1'];
      const start = (port: number) => relayProcess(['--port', String(port), ...options]);
      const relays = await Promise.all([start(0), start(0)]);
      const folder = await mkdtemp(join(tmpdir(), 'tandem-nginx-'));
      cleanUps.push(() => rm(folder, { recursive: true }));
      const ports = relays.map(({ port }) => port);
      const nginx = await startNginx({ folder, port: await freePort(), relays: ports, tls: null });
      cleanUps.push(() => nginx.end());
      await rollingRestart(relays, start, `http://localhost:${nginx.port}`);
    },
    60_000,
  );
});
