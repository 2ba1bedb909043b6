import { afterAll, beforeAll, describe } from 'vitest';
import { redisStore } from '../../../src/relay/stores/redis.ts';
import { bytes } from '../raw-client.ts';
import { hasRedis, type RedisServer, startRedis, startRedisCluster } from '../redis-server.ts';
import { quietLog } from '../test-relay.ts';
import { describeStore } from './contract.ts';

const parts = (clock: { now(): number }) => ({
  clock,
  random: (length: number) => new Uint8Array(bytes(length)),
  log: quietLog,
});

describe.runIf(hasRedis).each([
  ['one Redis', async () => [await startRedis()]],
  ['a Redis Cluster of three', startRedisCluster],
])('%s', (name, start) => {
  let servers: RedisServer[] = [];
  beforeAll(async () => {
    servers = await start();
  });
  afterAll(() => Promise.all(servers.map((server) => server.end())));

  describeStore(name, {
    survives: true,
    async begin(clock, events) {
      const config = { urls: servers.map(({ url }) => url), allowLoss: false };
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
});
