import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { CommitGroup } from '../../../src/relay/stores/lmdb/commit-group.ts';
import type { Message, OpenMailbox } from '../../../src/relay/stores/mailbox-store.ts';
import { MemoryRecords } from '../../../src/relay/stores/memory.ts';
import { RecordStore } from '../../../src/relay/stores/record-store.ts';
import { currentValueOf, keyOf, type LateRecord } from '../../../src/relay/stores/records.ts';
import { propertyRuns } from '../../support/property-runs.ts';
import { bytes } from '../raw-client.ts';
import { newId, silent } from './contract.ts';

/** Groups of writes that are durable, or fail, when the test says so, one under way and one that gathers. */
class GroupedRecords extends MemoryRecords {
  #gathers = new CommitGroup(0);
  #underWay: (() => void)[] = [];

  override save(record: LateRecord): void {
    this.#gathers.add(record);
  }

  begin(isToBeDurable: boolean): void {
    const group = this.#gathers;
    this.#gathers = new CommitGroup(0);
    const values = group.records.map((record) => [keyOf(record), currentValueOf(record)] as const);
    this.#underWay.push(() => {
      if (isToBeDurable) for (const [key, value] of values) if (value !== undefined) this.set(key, value);
      group.end(isToBeDurable ? null : new AppError('storage-full'));
    });
  }

  /** Ends the first that is under way, and says whether there was one. */
  end(): boolean {
    const end = this.#underWay.shift();
    end?.();
    return end !== undefined;
  }
}

interface Put {
  readonly id: string;
  readonly collapse: number | null;
  told: 'nothing' | 'waits' | 'gone' | 'refused';
  isReceived: boolean;
}

const clock = { now: () => 1_700_000_000_000 };
/** One channel, its sender, and a receiver that comes and goes. */
class Line {
  readonly records = new GroupedRecords();
  readonly puts: Put[] = [];
  readonly #id = bytes(16);
  readonly #collapses = [bytes(16), bytes(16)];
  #store: RecordStore | null = null;
  #sender: OpenMailbox | null = null;
  #receiver: OpenMailbox | null = null;
  #last: Message | null = null;

  static async begin(): Promise<Line> {
    const line = new Line();
    const store = await RecordStore.open(line.records, clock);
    const joinKey = bytes(32);
    await store.create(line.#id, { creatorKey: bytes(32), joinKey }, clock.now() + 60_000);
    await store.join(line.#id, joinKey, bytes(32));
    line.#sender = await store.open(line.#id, 'creator', 0, silent);
    line.#store = store;
    return line;
  }
  put(collapse: number | null): void {
    const put: Put = { id: newId(), collapse, told: 'nothing', isReceived: false };
    this.puts.push(put);
    this.#sender?.put({
      ...{ id: put.id, expiresMs: clock.now() + 60_000, body: bytes(4) },
      collapse: collapse === null ? null : (this.#collapses[collapse] as Uint8Array),
      received: () => {
        put.isReceived = true;
      },
      stored: (_seq, waits) => {
        put.told = waits ? 'waits' : 'gone';
      },
      refused: () => {
        put.told = 'refused';
      },
    });
  }

  async come(): Promise<string[]> {
    const delivered: string[] = [];
    const deliver = (message: Message) => {
      this.#last = message;
      delivered.push(message.id);
      expect(message.body).toHaveLength(4);
    };
    this.#receiver = (await this.#store?.open(this.#id, 'joiner', 0, { ...silent, deliver })) ?? null;
    return delivered;
  }

  leave(): void {
    this.#receiver?.leave();
    this.#receiver = null;
  }

  /** All that was delivered. */
  acknowledge(): void {
    if (!this.#receiver || !this.#last) return;
    const { id, seq } = this.#last;
    const upTo = this.puts.findIndex((put) => put.id === id);
    for (const put of this.puts.slice(0, upTo + 1)) put.isReceived = true;
    this.#receiver.acknowledge(seq);
  }

  /** Ends what is under way, and writes what could not be written. */
  async settle(): Promise<void> {
    for (let count = 0; count < 3; count++) {
      this.records.begin(true);
      while (this.records.end());
      await this.#store?.sweep();
    }
  }

  async restart(): Promise<void> {
    this.leave();
    this.#store = await RecordStore.open(this.records, clock);
  }
}

const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(0, 1, null).map((collapse) => ({ do: 'put' as const, collapse })) },
    { weight: 3, arbitrary: fc.boolean().map((isDurable) => ({ do: 'begin' as const, isDurable })) },
    { weight: 3, arbitrary: fc.constantFrom({ do: 'end' as const }) },
    {
      weight: 2,
      arbitrary: fc.constantFrom({ do: 'come' as const }, { do: 'leave' as const }, { do: 'acknowledge' as const }),
    },
  ),
  { maxLength: 40 },
);

it('what waits is what was last said to wait, whatever was refused in between', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const line = await Line.begin();
      for (const step of all) {
        if (step.do === 'put') line.put(step.collapse);
        else if (step.do === 'begin') line.records.begin(step.isDurable);
        else if (step.do === 'end') line.records.end();
        else if (step.do === 'come') await line.come();
        else if (step.do === 'leave') line.leave();
        else line.acknowledge();
      }
      await line.settle();
      const isLater = (put: Put, other: Put) => line.puts.indexOf(other) > line.puts.indexOf(put);
      const replacing = (put: Put) =>
        line.puts.filter((other) => put.collapse !== null && other.collapse === put.collapse && isLater(put, other));
      const must = line.puts.filter(
        (put) =>
          put.told === 'waits' &&
          !put.isReceived &&
          replacing(put).every(({ told, isReceived }) => told === 'refused' && !isReceived),
      );
      const may = line.puts.filter(
        (put) =>
          put.told !== 'refused' &&
          !put.isReceived &&
          replacing(put).every(({ told, isReceived }) => told !== 'waits' && !isReceived),
      );
      for (const comes of ['again', 'after a restart']) {
        if (comes === 'after a restart') await line.restart();
        const delivered = await line.come();
        const ids = (puts: readonly Put[]) => puts.map(({ id }) => id);
        expect(
          ids(must).filter((id) => !delivered.includes(id)),
          comes,
        ).toEqual([]);
        expect(
          delivered.filter((id) => !ids(may).includes(id)),
          comes,
        ).toEqual([]);
      }
    }),
    propertyRuns(1_000),
  );
});
