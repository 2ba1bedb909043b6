import { describe, expect, it } from 'vitest';
import { AppError, codeOf } from '../../../src/core/errors.ts';
import type { Message, OpenMailbox } from '../../../src/relay/stores/mailbox-store.ts';
import { MemoryRecords } from '../../../src/relay/stores/memory.ts';
import { RecordStore } from '../../../src/relay/stores/record-store.ts';
import type { LateRecord } from '../../../src/relay/stores/records.ts';
import { bytes, same } from '../raw-client.ts';
import { type Message as NewMessage, newId, putInto, silent } from './contract.ts';
import { HeldRecords } from './held-records.ts';

const hourMs = 3_600_000;
/** What is not held in memory is read again when it is asked for. */
class CountedRecords extends MemoryRecords {
  reads = 0;

  override get(key: Uint8Array): Uint8Array | undefined {
    this.reads++;
    return super.get(key);
  }
}

/** What refuses every write for a while, as a disk that is full. */
class RefusingRecords extends MemoryRecords {
  refuses = false;
  /** Nothing is let go of, as while it has not settled. */
  override readonly settledTurn = -1;

  override set(key: Uint8Array, value: Uint8Array | null): Promise<void> {
    if (!this.refuses) return super.set(key, value);
    const refused = Promise.reject(new AppError('storage-full'));
    // As a group of writes has somebody who hears of it, whether or not each writer does.
    refused.catch(codeOf);
    return refused;
  }

  override save(record: LateRecord): void {
    if (this.refuses) queueMicrotask(() => record.written(false));
    else super.save(record);
  }
}

describe('what expired while the storage refused', () => {
  it('is dropped afterwards, with all that belongs to it', async () => {
    const clock = { nowMs: 1_700_000_000_000, now: () => clock.nowMs };
    const records = new RefusingRecords();
    const store = await RecordStore.open(records, clock);
    const id = bytes(16);
    const keys = { creatorKey: bytes(32), joinKey: bytes(32) };
    await store.create(id, keys, clock.nowMs + hourMs);
    const mailbox = (await store.open(id, 'creator', 0, silent)) as OpenMailbox;
    const message = { expiresMs: clock.nowMs + 9 * hourMs, collapse: null, body: bytes(10) };
    for (let count = 0; count < 2; count++) await putInto(mailbox, { ...message, id: newId() });
    clock.nowMs += hourMs;
    records.refuses = true;
    await store.sweep();
    records.refuses = false;
    for (let count = 0; count < 2; count++) await store.sweep();
    const ofChannels = [...records.range(new Uint8Array([0]), new Uint8Array([5]))];
    expect(ofChannels).toEqual([]);
  });
});

describe('what a store holds in memory', () => {
  it.each(['left', 'closed', 'expired'])('is let go of at the sweep after a channel was %s', async (how) => {
    const clock = { nowMs: 1_700_000_000_000, now: () => clock.nowMs };
    const records = new CountedRecords();
    const store = await RecordStore.open(records, clock);
    const id = bytes(16);
    await store.create(id, { creatorKey: bytes(32), joinKey: bytes(32) }, clock.nowMs + hourMs);
    const mailbox = await store.open(id, 'creator', 0, silent);
    await store.sweep();
    const whileOpen = records.reads;
    await store.find(id);
    expect(records.reads).toBe(whileOpen);

    if (how === 'left') mailbox?.leave();
    if (how === 'closed') await mailbox?.close();
    if (how === 'expired') clock.nowMs += 2 * hourMs;
    // The first may still write what it found due.
    await store.sweep();
    await store.sweep();
    const afterwards = records.reads;
    await store.find(id);
    expect(records.reads).toBe(afterwards + 1);
  });

  it('has no bodies of what waits and is durable, also while somebody who acknowledges nothing is there', async () => {
    const clock = { now: () => 1_700_000_000_000 };
    const records = new CountedRecords();
    const store = await RecordStore.open(records, clock);
    const id = bytes(16);
    await store.create(id, { creatorKey: bytes(32), joinKey: bytes(32) }, clock.now() + hourMs);
    const creator = await store.open(id, 'creator', 0, silent);
    const delivered: Uint8Array[] = [];
    const seeing = { ...silent, deliver: ({ body }: Message) => void delivered.push(body) };
    await store.open(id, 'joiner', 0, seeing);
    const body = bytes(100);
    await putInto(creator as OpenMailbox, { id: newId(), expiresMs: clock.now() + hourMs, collapse: null, body });
    const stored = records.reads;
    await store.open(id, 'joiner', 0, seeing);
    // The body, and whether its push subscription still works.
    expect(records.reads).toBe(stored + 2);
    expect(delivered.map((each) => same(each, body))).toEqual([true, true]);
  });
});

describe('what is gone before a disk that stalls has it', () => {
  async function stalled() {
    const clock = { nowMs: 1_700_000_000_000, now: () => clock.nowMs };
    const records = new HeldRecords();
    const store = await RecordStore.open(records, clock);
    const id = bytes(16);
    const joinKey = bytes(32);
    await store.create(id, { creatorKey: bytes(32), joinKey }, clock.nowMs + hourMs);
    await store.join(id, joinKey, bytes(32));
    // From here on it is due when it lapses, in 90 days.
    clock.nowMs += 2 * hourMs;
    await store.sweep();
    const kept = () => [...records.range(new Uint8Array([0]), new Uint8Array([5]))].length;
    const received: string[] = [];
    const sender = (await store.open(id, 'creator', 0, {
      ...silent,
      received: (one) => void received.push(one),
    })) as OpenMailbox;
    const delivered: Message[] = [];
    const seeing = { ...silent, deliver: (message: Message) => void delivered.push(message) };
    const arrive = async () => (await store.open(id, 'joiner', 0, seeing)) as OpenMailbox;
    const message = (collapse: Uint8Array | null = null): NewMessage => ({
      id: newId(),
      expiresMs: clock.nowMs + 2 * hourMs,
      collapse,
      body: bytes(10),
    });
    records.isHeld = true;
    return { clock, records, store, kept, sender, received, delivered, arrive, message };
  }

  it.each([true, false])(
    'is answered with its number when it is said again (it was durable: %s)',
    async (isDurable) => {
      const { records, sender, received, delivered, arrive, message } = await stalled();
      const receiver = await arrive();
      const once = message();
      const puts = [putInto(sender, once), putInto(sender, once)];
      receiver.acknowledge(delivered[0]?.seq as number);
      expect(received).toEqual([once.id]);
      records.release(isDurable);
      const { seq } = delivered[0] as Message;
      expect(await Promise.all(puts)).toMatchObject([{ seq }, { seq, waits: false }]);
      expect(await putInto(sender, once)).toMatchObject({ seq, waits: false });
    },
  );

  it.each([true, false])(
    'was replaced by what was received, and neither comes nor wakes anybody (durable: %s)',
    async (isDurable) => {
      const { records, sender, received, delivered, arrive, message } = await stalled();
      const collapse = bytes(16);
      const [replaced, replacing] = [message(collapse), message(collapse)];
      const puts = [putInto(sender, replaced), putInto(sender, replacing)];
      const receiver = await arrive();
      receiver.acknowledge(delivered[0]?.seq as number);
      records.release(isDurable);
      for (const put of await Promise.all(puts)) expect(put).toMatchObject({ waits: false });
      expect(await putInto(sender, replaced)).toMatchObject({ waits: false });
      expect(delivered.map(({ id }) => id)).toEqual([replacing.id]);
      expect(received).toEqual([replacing.id]);
    },
  );

  it('was delivered to who left meanwhile, and waits for somebody who is not there', async () => {
    const { records, sender, arrive, message } = await stalled();
    const receiver = await arrive();
    const put = putInto(sender, message());
    receiver.leave();
    records.release(true);
    expect(await put).toMatchObject({ waits: true, here: false });
  });

  it('is forgotten in time, also when it could be written only later', async () => {
    const { clock, records, store, kept, sender, delivered, arrive, message } = await stalled();
    const before = kept();
    const receiver = await arrive();
    const put = putInto(sender, message());
    receiver.acknowledge(delivered[0]?.seq as number);
    records.release(false);
    await put;
    sender.leave();
    receiver.leave();
    await store.sweep();
    expect(kept()).toBeGreaterThan(before);
    clock.nowMs += 3 * hourMs;
    for (let count = 0; count < 2; count++) await store.sweep();
    // The mark of its number, and when the channel lapses.
    expect(kept()).toBeLessThanOrEqual(before + 1);
  });
});
