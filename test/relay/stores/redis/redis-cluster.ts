import { vi } from 'vitest';
import type { RedisServer } from '../../redis-server.ts';

/** Has `replica`, a node without slots, keep what `primary` has, and take its place when it is gone. */
export async function replicate(primary: RedisServer, replica: RedisServer): Promise<void> {
  const [, busPort] = (await replica.client.call('config', 'get', 'cluster-port')) as [string, string];
  const id = (await primary.client.call('cluster', 'myid')) as string;
  await primary.client.call('cluster', 'meet', '127.0.0.1', replica.port, busPort);
  await vi.waitFor(() => replica.client.call('cluster', 'replicate', id), { timeout: 20_000 });
  await vi.waitFor(
    async () => {
      const [ofReplica, ofPrimary] = await Promise.all(
        [replica, primary].map(({ client }) => client.info('replication')),
      );
      // A replica that has read all may not be one yet to its primary, which then sends it nothing new.
      const isInStep = ofReplica?.includes('master_link_status:up') && ofPrimary?.includes('state=online');
      if (!isInStep) throw new Error('not in step');
    },
    { timeout: 20_000 },
  );
}

/** Moves a slot with all that is in it, as `redis-cli --cluster reshard` does, while it is used. */
export async function moveSlot(slot: number, from: RedisServer, to: RedisServer): Promise<void> {
  const [fromId, toId] = (await Promise.all([from, to].map(({ client }) => client.call('cluster', 'myid')))) as [
    string,
    string,
  ];
  await to.client.call('cluster', 'setslot', slot, 'importing', fromId);
  await from.client.call('cluster', 'setslot', slot, 'migrating', toId);
  for (;;) {
    const keys = (await from.client.call('cluster', 'getkeysinslot', slot, 1)) as string[];
    if (keys.length === 0) break;
    await from.client.call('migrate', '127.0.0.1', to.port, '', 0, 5_000, 'KEYS', ...keys);
  }
  await to.client.call('cluster', 'setslot', slot, 'node', toId);
  await from.client.call('cluster', 'setslot', slot, 'node', toId);
}
