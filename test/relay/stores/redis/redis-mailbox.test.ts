import { expect, it } from 'vitest';
import { RedisMailbox } from '../../../../src/relay/stores/redis/redis-mailbox.ts';
import type { RedisStore } from '../../../../src/relay/stores/redis/redis-store.ts';
import { newId } from '../contract.ts';

it('a look that has to wait for another still asks for what was received', async () => {
  const asked: boolean[] = [];
  const receivedId = newId();
  let answerFirst: () => void = () => undefined;
  const first = new Promise<void>((resolve) => (answerFirst = resolve));
  // Only what a look needs of the store: that two of them meet is a matter of moments with a real one.
  const store = {
    now: () => 1_700_000_000_000,
    isOpen: () => true,
    async look(_mailbox: RedisMailbox, _since: number, withReceived: boolean) {
      asked.push(withReceived);
      if (asked.length === 1) await first;
      return ['open', '0', '0', 'here', [], withReceived ? [Buffer.from(receivedId, 'latin1')] : []];
    },
  } as unknown as RedisStore;
  const told: string[] = [];
  const watcher = {
    opened: () => undefined,
    deliver: () => undefined,
    received: (id: string) => void told.push(id),
    peer: () => undefined,
    displaced: () => undefined,
    unsubscribed: () => undefined,
    closed: () => undefined,
  };
  const mailbox = new RedisMailbox(store, 'channel', 'creator', watcher, 'token');
  const looked = mailbox.look();
  await mailbox.look(true);
  await mailbox.look();
  answerFirst();
  await looked;
  expect(asked).toEqual([false, true]);
  expect(told).toEqual([receivedId]);
});
