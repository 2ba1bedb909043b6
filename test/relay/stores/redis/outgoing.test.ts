import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Log } from '../../../../src/relay/log.ts';
import type { MailboxStore, OpenMailbox } from '../../../../src/relay/stores/mailbox-store.ts';
import { channelKey, mailboxKeys } from '../../../../src/relay/stores/redis/keys.ts';
import { redisStore } from '../../../../src/relay/stores/redis.ts';
import { bytes } from '../../raw-client.ts';
import { hasRedis, type RedisServer, startRedis } from '../../redis-server.ts';
import { quietLog } from '../../test-relay.ts';
import { newId, putInto, watcher } from '../contract.ts';

/** More than are put with one call, and in more than one slot. */
const channels = 100;

describe.runIf(hasRedis)('what is put in one turn of the event loop', () => {
  let redis: RedisServer;
  let stores: MailboxStore[] = [];
  const said: string[] = [];
  beforeAll(async () => {
    redis = await startRedis();
    for (let at = 0; at < 2; at++) {
      const warn: Log['warn'] = (_event, fields) => void said.push(String(fields?.error));
      const parts = {
        clock: Date,
        random: (length: number) => new Uint8Array(bytes(length)),
        log: { ...quietLog, warn },
      };
      stores.push(await redisStore({ urls: [redis.url], allowLoss: false }, parts));
    }
  });
  beforeEach(() => {
    said.length = 0;
  });
  afterAll(async () => {
    await Promise.all(stores.map((store) => store.close()));
    stores = [];
    await redis.end();
  });

  const message = () => ({ id: newId(), expiresMs: Date.now() + 60_000, collapse: null, body: bytes(40) });

  /** A channel with both mailboxes open, its creator's on one process and its joiner's on the other. */
  async function joined() {
    const [from, to] = stores as [MailboxStore, MailboxStore];
    const id = new Uint8Array(bytes(16));
    const [creatorKey, joinKey] = [bytes(32), bytes(32)];
    await from.create(id, { creatorKey, joinKey }, Date.now() + 150_000);
    await from.join(id, joinKey, bytes(32));
    const [sender, receiver] = [watcher(), watcher()];
    const toBox = (await to.open(id, 'joiner', 0, receiver)) as OpenMailbox;
    const fromBox = (await from.open(id, 'creator', 0, sender)) as OpenMailbox;
    return { id, sender, receiver, fromBox, toBox };
  }

  /** How many calls of scripts Redis has had. */
  async function calls(): Promise<number> {
    return Number(/cmdstat_evalsha:calls=(\d+)/.exec(await redis.client.info('commandstats'))?.[1]);
  }

  it('takes few calls, whosever it is, and so does what is acknowledged', async () => {
    const all = await Promise.all(Array.from({ length: channels }, joined));
    const before = await calls();
    const put = await Promise.all(all.map(({ fromBox }) => putInto(fromBox, message())));
    expect(put.every((what) => 'here' in what && what.here && what.waits)).toBe(true);
    await expect.poll(() => all.every(({ receiver }) => receiver.messages.length === 1)).toBe(true);
    expect((await calls()) - before).toBe(5);
    for (const { receiver, toBox } of all) toBox.acknowledge(receiver.messages[0]?.seq as number);
    await expect.poll(() => all.every(({ sender }) => sender.receivedIds.length === 1)).toBe(true);
    expect((await calls()) - before).toBe(9);
    for (const { receiver, sender } of all) expect(sender.receivedIds).toEqual([receiver.messages[0]?.id]);
  });

  it('is known to wait for nobody where the receiver’s process is gone', async () => {
    const [here, gone] = [await joined(), await joined()];
    await redis.client.hset(channelKey(gone.id), 'oj', `${'a'.repeat(22)}:1`);
    const put = await Promise.all([here, gone].map(({ fromBox }) => putInto(fromBox, message())));
    expect(put).toMatchObject([
      { here: true, waits: true },
      { here: false, waits: true },
    ]);
    expect([here, gone].map(({ sender }) => sender.events)).toEqual([['opened here'], ['opened here', 'away']]);
    expect(await redis.client.hexists(channelKey(gone.id), 'oj')).toBe(0);
  });

  it('is stored for one mailbox though it fails for another, which is refused until that is mended', async () => {
    const [right, wrong] = [await joined(), await joined()];
    const [waiting] = mailboxKeys(channelKey(wrong.id), 'joiner');
    await redis.client.set(waiting, 'not a stream');
    const again = message();
    const put = () => Promise.all([putInto(wrong.fromBox, again), putInto(right.fromBox, message())]);
    expect(await put()).toMatchObject([{ refused: 'storage-full' }, { waits: true }]);
    expect(said.join()).toContain('WRONGTYPE');
    await expect.poll(() => right.receiver.messages).toHaveLength(1);
    wrong.toBox.acknowledge(1);
    right.toBox.acknowledge(right.receiver.messages[0]?.seq as number);
    await expect.poll(() => right.sender.receivedIds).toHaveLength(1);
    await redis.client.del(waiting);
    expect(await put()).toMatchObject([{ waits: true }, { waits: true }]);
  });

  it('is in its order also where Redis has forgotten the scripts', async () => {
    const { sender, receiver, fromBox, toBox } = await joined();
    const ids: string[] = [];
    const puts: Promise<unknown>[] = [];
    for (let round = 0; round < 20; round++) {
      for (let turn = 0; turn < 40; turn++) {
        if (turn % 10 === 0) void redis.client.script('FLUSH');
        const next = message();
        ids.push(next.id);
        puts.push(putInto(fromBox, next));
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect((await Promise.all(puts.splice(0))).every((put) => 'waits' in (put as object))).toBe(true);
      await expect.poll(() => receiver.messages.length).toBe(ids.length);
      for (const { seq } of receiver.messages.slice(-40)) toBox.acknowledge(seq);
      await expect.poll(() => sender.receivedIds.length).toBe(ids.length);
    }
    expect(receiver.messages.map(({ id }) => id)).toEqual(ids);
  });
});
