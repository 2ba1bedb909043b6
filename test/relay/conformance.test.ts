import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lmdbStore } from '../../src/relay/stores/lmdb.ts';
import type { MailboxStore } from '../../src/relay/stores/mailbox-store.ts';
import { memoryStore } from '../../src/relay/stores/memory.ts';
import { clauses } from '../conformance/clauses.ts';
import { RelayUnderTest } from '../conformance/relay-under-test.ts';
import { read } from '../house/source.ts';
import { startTestRelay } from './test-relay.ts';

const clock = { now: () => Date.now() };
let directory: string;
const stores: Readonly<Record<string, () => Promise<MailboxStore>>> = {
  memory: () => memoryStore(clock),
  LMDB: () => lmdbStore(directory, clock),
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
