import { beforeEach, expect, it } from 'vitest';
import type { NewMessage } from '../../../../src/relay/stores/mailbox-store.ts';
import { RedisMailbox } from '../../../../src/relay/stores/redis/redis-mailbox.ts';
import type { RedisStore } from '../../../../src/relay/stores/redis/redis-store.ts';
import { newId, silent } from '../contract.ts';

const told: string[] = [];
const watcher = { ...silent, received: (id: string) => void told.push(id) };
beforeEach(() => {
  told.length = 0;
});

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
  const mailbox = new RedisMailbox(store, 'channel', 'creator', watcher, 'token');
  const looked = mailbox.look();
  await mailbox.look(true);
  await mailbox.look();
  answerFirst();
  await looked;
  expect(asked).toEqual([false, true]);
  expect(told).toEqual([receivedId]);
});

it('a message whose acknowledgement is heard before the answer to its put is known to be received', () => {
  // Only what a put needs of the store: the two come by different connections, and which is first is a matter of moments.
  const store = {
    outgoing: { add: () => undefined },
    expired: () => undefined,
  } as unknown as RedisStore;
  const mailbox = new RedisMailbox(store, 'a'.repeat(32), 'creator', watcher, 'token');
  const events: string[] = [];
  const message = (which: string): NewMessage => ({
    ...{ id: newId(), expiresMs: 1, collapse: null, body: new Uint8Array(1) },
    received: () => void events.push(`${which} received`),
    stored: () => void events.push(`${which} stored`),
    refused: () => void events.push(`${which} refused`),
  });
  const [first, second] = [message('first'), message('second')];
  mailbox.put(first);
  mailbox.put(second);
  const put = mailbox.takePut();
  mailbox.received(second.id);
  put?.answered(['here', '0', '0', 'stored', '1', 'stored', '2'].map((text) => Buffer.from(text)));
  expect(events).toEqual(['second received', 'first stored', 'second stored']);
  mailbox.received(first.id);
  expect(events).toHaveLength(3);
  expect(told).toEqual([second.id, first.id]);
});

it('what waits behind a message that Redis could not store is refused with it', () => {
  const store = { outgoing: { add: () => undefined } } as unknown as RedisStore;
  const mailbox = new RedisMailbox(store, 'a'.repeat(32), 'creator', watcher, 'token');
  const refused: string[] = [];
  const put = (which: string) =>
    mailbox.put({
      ...{ id: newId(), expiresMs: 1, collapse: null, body: new Uint8Array(1) },
      received: () => undefined,
      stored: () => undefined,
      refused: (code) => void refused.push(`${which} ${code}`),
    });
  put('first');
  const part = mailbox.takePut();
  put('second');
  part?.failed();
  expect(refused).toEqual(['first storage-full', 'second storage-full']);
  expect(mailbox.takePut()).toBeNull();
});

it('a message that expired while Redis took its time is not delivered, and the next is no gap', () => {
  const nowMs = 1_700_000_000_000;
  const delivered: number[] = [];
  const store = { now: () => nowMs } as unknown as RedisStore;
  const deliver = ({ seq }: { seq: number }) => void delivered.push(seq);
  const mailbox = new RedisMailbox(store, 'channel', 'creator', { ...watcher, deliver }, 'token');
  const message = (expiresMs: number) => ({ id: newId(), expiresMs, collapse: null, body: new Uint8Array(1) });
  mailbox.arrived(1, 0, message(nowMs));
  mailbox.arrived(2, 1, message(nowMs + 1));
  expect(delivered).toEqual([2]);
});
