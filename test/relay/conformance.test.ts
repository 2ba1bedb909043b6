import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lmdbStore } from '../../src/relay/stores/lmdb.ts';
import type { MailboxStore } from '../../src/relay/stores/mailbox-store.ts';
import { memoryStore } from '../../src/relay/stores/memory.ts';
import { redisStore } from '../../src/relay/stores/redis.ts';
import { clauses } from '../conformance/clauses.ts';
import { RelayUnderTest } from '../conformance/relay-under-test.ts';
import { read } from '../house/source.ts';
import { hasRedis, type RedisServer, startRedis } from './redis-server.ts';
import { quietLog, startTestRelay } from './test-relay.ts';

const clock = { now: () => Date.now() };
let directory: string;
let redis: RedisServer | null = null;
const stores: Readonly<Record<string, () => Promise<MailboxStore>>> = {
  memory: () => memoryStore(clock),
  LMDB: () => lmdbStore(directory, clock),
  ...(hasRedis && {
    Redis: async () => {
      redis = await startRedis();
      return redisStore({ urls: [redis.url], allowLoss: false }, { clock, random: randomBytes, log: quietLog });
    },
  }),
};

describe.each(Object.entries(stores))('our relay on %s holds docs/protocol.md', (_name, open) => {
  let store: MailboxStore;
  let relay: { origin: string; stop(): Promise<void> };
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tandem-conformance-'));
    store = await open();
    relay = await startTestRelay({ store, clock, limits: { unreceivedMs: 200 } });
  });
  afterAll(async () => {
    await relay.stop();
    await store.close();
    await redis?.end();
    await rm(directory, { recursive: true });
  });

  it.each(clauses)('§$section: $says', async ({ holds }) => {
    const client = new RelayUnderTest(relay.origin);
    await holds(client);
    await client.end();
  });
});

describe('the conformance suite', () => {
  it('cites sections that exist', () => {
    const text = read('docs/protocol.md');
    for (const { section } of clauses)
      expect(text).toMatch(new RegExp(`^#{2,3} ${section.replace('.', '\\.')}\\.? `, 'm'));
  });
});
