import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { limits as wire } from '../../../src/core/limits.ts';
import { relayLimits } from '../../../src/relay/limits.ts';
import { name } from '../../../src/relay/name.ts';
import type {
  Message as Delivered,
  MailboxStore,
  NewMessage,
  OpenMailbox,
  Side,
  Watcher,
} from '../../../src/relay/stores/mailbox-store.ts';
import type { StoreEvents } from '../../../src/relay/stores/record-store.ts';
import { bytes, same } from '../raw-client.ts';

export interface StoreUnderTest {
  store: MailboxStore;
  /** Lets go of it and opens it again, as a restart does; null for a store that forgets with its process. */
  reopen: (() => Promise<MailboxStore>) | null;
  end(): Promise<void>;
}

interface Seen extends Watcher {
  events: string[];
  messages: Delivered[];
  receivedIds: string[];
  seq: number;
}

export function watcher(): Seen {
  const seen: Seen = {
    events: [],
    messages: [],
    receivedIds: [],
    seq: -1,
    opened(seq, peer) {
      seen.seq = seq;
      seen.events.push(`opened ${peer}`);
    },
    deliver: ({ seq, id, expiresMs, body }) => void seen.messages.push({ seq, id, expiresMs, body }),
    received: (id) => void seen.receivedIds.push(id),
    peer: (event) => void seen.events.push(event),
    unsubscribed: (subscription) => void seen.events.push(`unsubscribed ${subscription}`),
    displaced: () => void seen.events.push('displaced'),
    closed: () => void seen.events.push('closed'),
  };
  return seen;
}

/** Whoever has a mailbox open, and does not look. */
export const silent: Watcher = {
  opened: () => undefined,
  deliver: () => undefined,
  received: () => undefined,
  peer: () => undefined,
  displaced: () => undefined,
  unsubscribed: () => undefined,
  closed: () => undefined,
};

const lifeMs = 60_000;

export type Message = Omit<NewMessage, 'received' | 'stored' | 'refused'>;
export type Put =
  | { seq: number; waits: boolean; here: boolean }
  | { refused: Parameters<NewMessage['refused']>[0]; retryAfterMs: number };

export function putInto(mailbox: OpenMailbox, message: Message): Promise<Put> {
  return new Promise((resolve) =>
    mailbox.put({
      ...message,
      received: () => undefined,
      stored: (seq, waits, here) => resolve({ seq, waits, here }),
      refused: (refused, retryAfterMs) => resolve({ refused, retryAfterMs }),
    }),
  );
}

/** An id as a store knows it. */
export const newId = () => name(bytes(16));

/** What every store promises (src/relay/stores/README.md), run on each. */
export function describeStore(
  name: string,
  {
    survives,
    begin,
  }: { survives: boolean; begin(clock: { now(): number }, events: StoreEvents): Promise<StoreUnderTest> },
): void {
  describe(name, () => {
    let nowMs = 1_700_000_000_000;
    let under: StoreUnderTest;
    let store: MailboxStore;
    let id: Uint8Array;
    let expired: number;
    const creatorKey = bytes(32);
    const joinKey = bytes(32);
    const joinerKey = bytes(32);

    beforeEach(async () => {
      expired = 0;
      under = await begin(
        { now: () => nowMs },
        {
          expired: (count) => {
            expired += count;
          },
        },
      );
      store = under.store;
      id = bytes(16);
      await store.create(id, { creatorKey, joinKey }, nowMs + 150_000);
    });
    afterEach(() => under.end());

    const message = (change: Partial<Message> = {}): Message => ({
      id: newId(),
      expiresMs: nowMs + lifeMs,
      collapse: null,
      body: bytes(40),
      ...change,
    });

    async function open(side: Side, since = 0): Promise<{ box: OpenMailbox; seen: Seen }> {
      const seen = watcher();
      const box = await store.open(id, side, since, seen);
      if (!box) throw new Error('not opened');
      return { box, seen };
    }

    async function pair() {
      await store.join(id, joinKey, joinerKey);
      const creator = await open('creator');
      const joiner = await open('joiner');
      return { creator, joiner };
    }

    /** Messages of other tests in the same storage are over, and counted. */
    async function forgetOthers(): Promise<void> {
      nowMs += 2_000_000;
      await store.sweep();
      await store.sweep();
      expired = 0;
    }

    function placed(put: Put) {
      if ('refused' in put) throw new Error(put.refused);
      return put;
    }

    async function reopen(): Promise<void> {
      if (!under.reopen) throw new Error('forgets');
      store = await under.reopen();
    }

    describe('channels', () => {
      it('takes an identical creation again, and no other', async () => {
        const until = nowMs + 150_000;
        expect(await store.create(id, { creatorKey, joinKey }, until)).toBe('repeated');
        expect(await store.create(id, { creatorKey: bytes(32), joinKey }, until)).toBe('channel-exists');
        expect(await store.create(id, { creatorKey, joinKey: bytes(32) }, until)).toBe('channel-exists');
      });

      it('finds what was created and nothing else', async () => {
        const found = await store.find(id);
        expect(found).toMatchObject({ joinerKey: null, closed: false });
        expect(same(found?.creatorKey as Uint8Array, creatorKey)).toBe(true);
        expect(await store.find(bytes(16))).toBeNull();
        expect(await store.open(bytes(16), 'creator', 0, watcher())).toBeNull();
      });

      it('lets one key join, again and again, and no second one', async () => {
        const { seen } = await open('creator');
        expect(await store.join(id, joinKey, joinerKey)).toBe('joined');
        expect(await store.join(id, joinKey, joinerKey)).toBe('repeated');
        expect(await store.join(id, joinKey, bytes(32))).toBe('already-joined');
        expect(seen.events).toEqual(['opened awaited', 'joined', 'second-join']);
      });

      it('takes no join key any more once the joiner has attached by its own', async () => {
        await store.settle(id);
        expect(await store.find(id)).toMatchObject({ settled: false });
        await store.join(id, joinKey, joinerKey);
        const { seen } = await open('creator');
        await store.settle(id);
        expect(await store.find(id)).toMatchObject({ settled: true, closed: false });
        expect(await store.join(id, joinKey, joinerKey)).toBe('already-joined');
        expect(seen.events).toEqual(['opened away']);
        const { box } = await open('joiner');
        expect(await putInto(box, message())).toMatchObject({ waits: true });
        await box.close();
        expect(await store.find(id)).toMatchObject({ closed: true });
      });

      it('lets only one of two join that come at once', async () => {
        const outcomes = await Promise.all([store.join(id, joinKey, bytes(32)), store.join(id, joinKey, bytes(32))]);
        expect(outcomes.sort()).toEqual(['already-joined', 'joined']);
      });

      it('refuses another join key, and a channel that nobody created', async () => {
        expect(await store.join(id, bytes(32), joinerKey)).toBe('bad-signature');
        expect(await store.join(bytes(16), joinKey, joinerKey)).toBe('unknown-channel');
      });

      it('forgets a channel that nobody joined, and says so', async () => {
        const { box, seen } = await open('creator');
        await putInto(box, message());
        nowMs += 150_000;
        expect(await store.find(id)).toBeNull();
        expect(await store.join(id, joinKey, joinerKey)).toBe('unknown-channel');
        expect(await putInto(box, message())).toMatchObject({ refused: 'channel-closed' });
        await store.sweep();
        expect(seen.events).toEqual(['opened awaited', 'closed']);
        expect(await store.create(id, { creatorKey: bytes(32), joinKey }, nowMs + 150_000)).toBe('created');
        expect((await open('joiner')).seen.messages).toEqual([]);
      });

      it('creates one anew over one that expired and was not yet swept, with none of its messages', async () => {
        const { box } = await open('creator');
        await putInto(box, message({ expiresMs: nowMs + 1_000_000 }));
        nowMs += 150_000;
        expect(await store.create(id, { creatorKey, joinKey }, nowMs + 150_000)).toBe('created');
        expect((await open('joiner')).seen.messages).toEqual([]);
      });

      it('keeps a joined channel while somebody opens it now and then, and lets it lapse 90 days after', async () => {
        await store.join(id, joinKey, joinerKey);
        for (const side of ['creator', 'joiner', 'creator'] as const) {
          nowMs += relayLimits.lapseMs - 1;
          await store.sweep();
          (await open(side)).box.leave();
        }
        const { box } = await open('joiner');
        await box.subscribe('one');
        box.leave();
        nowMs += relayLimits.lapseMs;
        expect(await store.find(id)).toBeNull();
        expect(await store.open(id, 'creator', 0, watcher())).toBeNull();
        expect(await store.join(id, joinKey, joinerKey)).toBe('unknown-channel');
        expect(await store.subscription(id, 'joiner')).toBeNull();
        await store.sweep();
        expect(await store.create(id, { creatorKey, joinKey }, nowMs + 150_000)).toBe('created');
        await store.join(id, joinKey, joinerKey);
        expect(await store.subscription(id, 'joiner')).toBeNull();
      });

      it('keeps a joined channel that somebody has open all the time', async () => {
        const { creator, joiner } = await pair();
        joiner.box.leave();
        for (let days = 0; days < 200; days += 50) {
          nowMs += 50 * 24 * 3_600_000;
          await store.sweep();
        }
        placed(await putInto(creator.box, message()));
        creator.box.leave();
        nowMs += relayLimits.lapseMs - 50 * 24 * 3_600_000;
        expect((await open('joiner')).seen.events).toEqual(['opened away']);
      });

      it('closes for both sides, drops what waits, and says closed for 30 days', async () => {
        const { creator, joiner } = await pair();
        joiner.box.leave();
        await putInto(creator.box, message());
        const again = await open('joiner', 1);
        await creator.box.close();
        expect(creator.seen.events.at(-1)).toBe('closed');
        expect(again.seen.events.at(-1)).toBe('closed');
        expect(await putInto(creator.box, message())).toMatchObject({ refused: 'channel-closed' });
        expect(await store.open(id, 'joiner', 0, watcher())).toBeNull();
        expect(await store.create(id, { creatorKey, joinKey }, nowMs + 150_000)).toBe('channel-closed');
        nowMs += relayLimits.tombstoneMs - 1;
        await store.sweep();
        expect((await store.find(id))?.closed).toBe(true);
        nowMs += 1;
        expect(await store.find(id)).toBeNull();
        await store.sweep();
        expect(await store.find(id)).toBeNull();
      });
    });

    describe('mailboxes', () => {
      it('delivers at once and in order to whoever is here', async () => {
        const { creator, joiner } = await pair();
        const messages = Array.from({ length: 20 }, () => message());
        const puts = await Promise.all(messages.map((each) => putInto(creator.box, each)));
        expect(joiner.seen.messages.map((each) => each.body)).toEqual(messages.map((each) => each.body));
        const seqs = joiner.seen.messages.map((each) => each.seq);
        expect(seqs).toEqual([...seqs].sort((left, right) => left - right));
        expect(puts.map((put) => placed(put))).toEqual(seqs.map((seq) => ({ seq, waits: true, here: true })));
      });

      it('keeps the two directions apart', async () => {
        const { creator, joiner } = await pair();
        await putInto(joiner.box, message());
        expect(creator.seen.messages).toHaveLength(1);
        expect(joiner.seen.messages).toEqual([]);
      });

      it('resumes after a number, and forgets only what is acknowledged', async () => {
        const { creator, joiner } = await pair();
        const messages = [message(), message(), message()];
        for (const each of messages) await putInto(creator.box, each);
        joiner.box.leave();
        const [, second] = joiner.seen.messages as [Delivered, Delivered, Delivered];
        const resumed = await open('joiner', second.seq);
        expect(resumed.seen.messages.map((each) => each.id)).toEqual([messages[2]?.id]);
        expect((await open('joiner')).seen.messages).toHaveLength(3);
        const last = await open('joiner');
        last.box.acknowledge(second.seq);
        expect((await open('joiner')).seen.messages.map((each) => each.id)).toEqual([messages[2]?.id]);
      });

      it('says whether the other side is here', async () => {
        const { creator, joiner } = await pair();
        expect(joiner.seen.events).toEqual(['opened here']);
        joiner.box.leave();
        expect(placed(await putInto(creator.box, message())).here).toBe(false);
        await open('joiner');
        expect(creator.seen.events).toEqual(['opened away', 'here', 'away', 'here']);
      });

      it('lets the newest have the mailbox, without a word to the other side', async () => {
        const { creator, joiner } = await pair();
        const newest = await open('joiner');
        joiner.box.leave();
        await putInto(creator.box, message());
        expect(joiner.seen.events.at(-1)).toBe('displaced');
        expect(joiner.seen.messages).toEqual([]);
        expect(newest.seen.messages).toHaveLength(1);
        expect(creator.seen.events).toEqual(['opened away', 'here']);
      });

      it('takes a repeated id once, also after it was acknowledged', async () => {
        const { creator, joiner } = await pair();
        const once = message();
        const [first, second] = await Promise.all([putInto(creator.box, once), putInto(creator.box, once)]);
        expect(placed(second)).toEqual(placed(first));
        expect(placed(await putInto(creator.box, once))).toEqual({ ...placed(first), waits: true });
        joiner.box.acknowledge(placed(first).seq);
        expect(placed(await putInto(creator.box, once))).toEqual({ ...placed(first), waits: false });
        expect(joiner.seen.messages).toHaveLength(1);
      });

      it('remembers a bounded number of ids', async () => {
        const { creator, joiner } = await pair();
        const first = message();
        await putInto(creator.box, first);
        for (let count = 0; count < relayLimits.rememberedMessages + 1; count++) {
          const { seq } = placed(await putInto(creator.box, message()));
          joiner.box.acknowledge(seq);
        }
        expect(placed(await putInto(creator.box, first)).waits).toBe(true);
      });

      it('tells the sender what was received, whether or not it is durable, once or at its next opening', async () => {
        const { creator, joiner } = await pair();
        const early = message();
        const order: string[] = [];
        const tell = creator.seen.received;
        creator.seen.received = (received) => {
          order.push('received');
          tell(received);
        };
        const take = joiner.seen.deliver;
        joiner.seen.deliver = (delivered) => {
          take(delivered);
          if (delivered.id === early.id) queueMicrotask(() => joiner.box.acknowledge(delivered.seq));
        };
        let wasReceived = false;
        creator.box.put({
          ...early,
          received: () => {
            wasReceived = true;
          },
          stored: () => void order.push('stored'),
          refused: (code) => void order.push(code),
        });
        await expect.poll(() => order.length, { timeout: 10_000 }).toBe(2);
        // A store over a network delivers what it has stored, and who put it may hear of either first.
        expect(order.toSorted()).toEqual(['received', 'stored']);
        if (wasReceived) expect(order).toEqual(['received', 'stored']);
        creator.box.leave();
        const sender = await open('creator');
        expect(sender.seen.receivedIds).toEqual([early.id]);
        const late = message();
        await putInto(sender.box, late);
        sender.box.leave();
        joiner.box.acknowledge(joiner.seen.messages[1]?.seq as number);
        expect((await open('creator')).seen.receivedIds).toEqual([early.id, late.id]);
        nowMs += lifeMs;
        expect((await open('creator')).seen.receivedIds).toEqual([]);
      });

      it('replaces an unread message with the same collapse key', async () => {
        const { creator, joiner } = await pair();
        joiner.box.leave();
        const collapse = bytes(16);
        const replaced = message({ collapse });
        const other = message({ collapse: bytes(16) });
        const plain = message();
        const newest = message({ collapse });
        for (const each of [replaced, other, plain, newest]) await putInto(creator.box, each);
        const { seen, box } = await open('joiner');
        expect(seen.messages.map((each) => each.id)).toEqual([other.id, plain.id, newest.id]);
        expect(placed(await putInto(creator.box, replaced)).waits).toBe(false);
        box.acknowledge(seen.seq);
        await expect.poll(() => creator.seen.receivedIds).toEqual([other.id, plain.id, newest.id]);
      });

      it('never delivers what expired, and makes room of it', async () => {
        const { creator, joiner } = await pair();
        await forgetOthers();
        joiner.box.leave();
        const brief = message({ expiresMs: nowMs + 1_000 });
        const long = message();
        await putInto(creator.box, brief);
        await putInto(creator.box, long);
        expect(await putInto(creator.box, message({ expiresMs: nowMs }))).toMatchObject({ refused: 'expired' });
        nowMs += 1_000;
        expect((await open('joiner')).seen.messages.map((each) => each.id)).toEqual([long.id]);
        await store.sweep();
        expect((await open('joiner')).seen.messages.map((each) => each.id)).toEqual([long.id]);
        expect(placed(await putInto(creator.box, message())).waits).toBe(true);
        nowMs += relayLimits.lookMs;
        await store.sweep();
        await store.sweep();
        expect(expired).toBe(1);
      });

      it('answers each of those that are put at once, in their order', async () => {
        const { creator, joiner } = await pair();
        const collapse = bytes(16);
        const [first, brief, replaced] = [message(), message({ expiresMs: nowMs }), message({ collapse })];
        const rest = Array.from({ length: wire.waitingMessages - 3 }, () => message());
        const [replacing, last, none] = [message({ collapse }), message(), message()];
        const puts = await Promise.all(
          [first, brief, replaced, first, ...rest, replacing, last, none].map((each) => putInto(creator.box, each)),
        );
        expect(puts[1]).toMatchObject({ refused: 'expired' });
        expect(puts[3]).toMatchObject({ seq: placed(puts[0] as Put).seq, waits: true });
        expect(puts.at(-1)).toMatchObject({ refused: 'mailbox-full' });
        const stored = [first, replaced, ...rest, replacing, last].map(({ id }) => id);
        expect(joiner.seen.messages.map((each) => each.id)).toEqual(stored);
        const seqs = joiner.seen.messages.map(({ seq }) => seq);
        expect(seqs).toEqual([...seqs].sort((left, right) => left - right));
        joiner.box.acknowledge(seqs.at(-1) as number);
        const received = stored.filter((each) => each !== replaced.id);
        await expect.poll(() => creator.seen.receivedIds).toEqual(received);
      });

      it('counts each that expires, also one put after that which is due before what was there already', async () => {
        const { creator, joiner } = await pair();
        await forgetOthers();
        joiner.box.leave();
        const long = message({ expiresMs: nowMs + 10 * relayLimits.lookMs });
        await putInto(creator.box, long);
        for (const count of [1, 2]) {
          await putInto(creator.box, message({ expiresMs: nowMs + relayLimits.lookMs }));
          nowMs += 2 * relayLimits.lookMs;
          await store.sweep();
          await store.sweep();
          expect(expired).toBe(count);
        }
        expect((await open('joiner')).seen.messages.map((each) => each.id)).toEqual([long.id]);
      });

      it('refuses one more than may wait, until something is acknowledged, replaced or expired', async () => {
        const { creator, joiner } = await pair();
        joiner.box.leave();
        const collapse = bytes(16);
        await putInto(creator.box, message({ expiresMs: nowMs + 500 }));
        await putInto(creator.box, message({ collapse }));
        for (let count = 2; count < wire.waitingMessages; count++) placed(await putInto(creator.box, message()));
        expect(await putInto(creator.box, message())).toEqual({ refused: 'mailbox-full', retryAfterMs: 500 });
        expect(placed(await putInto(creator.box, message({ collapse }))).waits).toBe(true);
        nowMs += 500;
        expect(placed(await putInto(creator.box, message())).waits).toBe(true);
        expect(await putInto(creator.box, message())).toMatchObject({ refused: 'mailbox-full' });
        const { box, seen } = await open('joiner');
        expect(seen.messages).toHaveLength(wire.waitingMessages);
        box.acknowledge(seen.messages[0]?.seq as number);
        expect(placed(await putInto(creator.box, message())).waits).toBe(true);
      });

      it('does not give a number twice after everything expired', async () => {
        const { creator, joiner } = await pair();
        const { seq } = placed(await putInto(creator.box, message()));
        joiner.box.acknowledge(seq);
        creator.box.leave();
        joiner.box.leave();
        nowMs += lifeMs;
        for (let count = 0; count < 3; count++) await store.sweep();
        const { box } = await open('creator');
        expect(placed(await putInto(box, message())).seq).toBeGreaterThan(seq);
      });
    });

    describe('beside messages', () => {
      it('keeps one subscription for each side', async () => {
        const { joiner } = await pair();
        expect(await store.subscription(id, 'joiner')).toBeNull();
        await joiner.box.subscribe('one');
        await joiner.box.subscribe('two');
        expect(await store.subscription(id, 'joiner')).toBe('two');
        expect(await store.subscription(id, 'creator')).toBeNull();
        await store.unsubscribe(id, 'joiner', 'one');
        expect(await store.subscription(id, 'joiner')).toBe('two');
      });

      it('says of one that its push service knows no more, at once and at each opening until there is another', async () => {
        const { joiner } = await pair();
        await joiner.box.subscribe('one');
        await store.unsubscribe(id, 'joiner', 'one');
        expect(await store.subscription(id, 'joiner')).toBeNull();
        await expect.poll(() => joiner.seen.events.at(-1)).toBe('unsubscribed one');
        joiner.box.leave();
        expect((await open('creator')).seen.events).toEqual(['opened away']);
        const again = await open('joiner');
        expect(again.seen.events).toEqual(['opened here', 'unsubscribed one']);
        await again.box.subscribe('one');
        expect(await store.subscription(id, 'joiner')).toBe('one');
        expect((await open('joiner')).seen.events).toEqual(['opened here']);
      });

      it('forgets the subscription with the channel', async () => {
        const { joiner } = await pair();
        await joiner.box.subscribe('one');
        await joiner.box.close();
        expect(await store.subscription(id, 'joiner')).toBeNull();
      });

      it('makes a value of its own once', async () => {
        const made = await store.keep('secret', () => bytes(8));
        expect(new Uint8Array(await store.keep('secret', () => bytes(8)))).toEqual(new Uint8Array(made));
      });

      it('can write', () => store.probe());
    });

    if (!survives) return;

    describe('after a restart', () => {
      it('has all that was stored, and nothing that was acknowledged', async () => {
        const { creator, joiner } = await pair();
        const collapse = bytes(16);
        const messages = [message({ collapse }), message(), message({ collapse }), message({ expiresMs: nowMs + 10 })];
        for (const each of messages) await putInto(creator.box, each);
        joiner.box.acknowledge(joiner.seen.messages[1]?.seq as number);
        await joiner.box.subscribe('one');
        const secret = await store.keep('secret', () => bytes(8));
        nowMs += 10;
        await reopen();
        expect((await store.find(id))?.joinerKey).not.toBeNull();
        const after = await open('joiner');
        expect(after.seen.messages.map((each) => [each.seq, new Uint8Array(each.body)])).toEqual([
          [joiner.seen.messages[2]?.seq, messages[2]?.body],
        ]);
        const sender = await open('creator');
        expect(sender.seen.receivedIds).toEqual([messages[1]?.id]);
        expect(placed(await putInto(sender.box, messages[1] as Message)).waits).toBe(false);
        expect(await store.subscription(id, 'joiner')).toBe('one');
        expect(new Uint8Array(await store.keep('secret', () => bytes(8)))).toEqual(new Uint8Array(secret));
      });

      it('gives numbers above all that anybody may have seen', async () => {
        const { creator, joiner } = await pair();
        for (let count = 0; count < 5; count++) await putInto(creator.box, message());
        const last = joiner.seen.messages.at(-1)?.seq as number;
        await reopen();
        const { box } = await open('creator');
        expect(placed(await putInto(box, message())).seq).toBeGreaterThan(last);
      });

      it('expires what was due meanwhile', async () => {
        const other = bytes(16);
        await store.create(other, { creatorKey, joinKey }, nowMs + 1_000);
        const { creator } = await pair();
        await creator.box.close();
        await reopen();
        nowMs += relayLimits.tombstoneMs;
        await store.sweep();
        expect(await store.find(other)).toBeNull();
        expect(await store.find(id)).toBeNull();
        expect(await store.create(other, { creatorKey, joinKey }, nowMs + 1_000)).toBe('created');
      });
    });
  });
}
