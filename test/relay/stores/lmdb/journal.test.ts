import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { relayLimits } from '../../../../src/relay/limits.ts';
import { Journal, type JournalBase } from '../../../../src/relay/stores/lmdb/journal.ts';
import { readSegment } from '../../../../src/relay/stores/lmdb/segment-layout.ts';
import { type Change, FixedRecord, type LateRecord } from '../../../../src/relay/stores/records.ts';
import { propertyRuns } from '../../../support/property-runs.ts';
import { tamperedEverywhere, truncatedEverywhere } from '../../../support/tampering.ts';
import { bytes } from '../../raw-client.ts';

/** What a journal brings its changes to, one at a time, so that a crash may come between any two. */
class Base implements JournalBase {
  readonly values = new Map<string, string>();
  applied = 0;
  fails = false;
  settledEpoch = 0;
  /** Until then it takes nothing. */
  held: Promise<void> = Promise.resolve();

  async apply(changes: Iterable<Change>, epoch: number): Promise<void> {
    if (this.fails) throw new Error('ENOSPC');
    await this.held;
    for (const { key, value } of changes) {
      this.applied++;
      const name = Buffer.from(key).toString();
      if (value) this.values.set(name, Buffer.from(value).toString());
      else this.values.delete(name);
      await null;
    }
    this.settledEpoch = epoch;
  }
}

class NewRecord extends FixedRecord {
  override isNew(): boolean {
    return true;
  }
}

const record = (key: string, value: string | null, isNew = false): LateRecord =>
  new (isNew ? NewRecord : FixedRecord)(Buffer.from(key), value === null ? null : Buffer.from(value));
const troubles: unknown[] = [];
const trouble = (thrown: unknown) => void troubles.push(String(thrown));

let directory: string;
let base: Base;
let journal: Journal;
let turn = 0;
const append = (...records: LateRecord[]) => journal.append(records, ++turn);
/** A file up to its last byte that is not 0, as it grows by more than it needs. */
async function segment(number: 0 | 1, where = directory): Promise<Buffer> {
  const file = await readFile(join(where, `journal-${number}`));
  return file.subarray(0, file.findLastIndex((byte) => byte !== 0) + 1);
}

const valueAt = (key: string) => journal.get(Buffer.from(key));

const filesIn = (of: string): [string, string] => [join(of, 'journal-0'), join(of, 'journal-1')];

/** The base as it is after what is on the disk was read again, as after kill -9. */
async function afterCrash(spoil?: (copy: string) => Promise<void>): Promise<Map<string, string>> {
  const copy = await mkdtemp(join(tmpdir(), 'tandem-journal-'));
  const crashed = new Base();
  crashed.settledEpoch = base.settledEpoch;
  for (const [key, value] of base.values) crashed.values.set(key, value);
  await cp(directory, copy, { recursive: true });
  await spoil?.(copy);
  const opened = await Journal.open(filesIn(copy), crashed, trouble);
  await opened.close();
  await rm(copy, { recursive: true });
  return crashed.values;
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tandem-journal-'));
  base = new Base();
  troubles.length = 0;
  journal = await Journal.open(filesIn(directory), base, trouble);
});
afterEach(async () => {
  await journal.close();
  await rm(directory, { recursive: true });
});

describe('a journal', () => {
  it('has what was appended, before the base has it and after a crash', async () => {
    await append(record('a', 'one'), record('b', 'two'));
    await append(record('a', null), record('c', ''));
    const seen = ['a', 'b', 'c', 'd'].map((key) => valueAt(key) && Buffer.from(valueAt(key) ?? []).toString());
    expect(seen).toEqual([null, 'two', '', undefined]);
    expect(base.values.size).toBe(0);
    expect([...(await afterCrash())]).toEqual([
      ['b', 'two'],
      ['c', ''],
    ]);
  });

  it('settles into the base, in order, and begins anew', async () => {
    await append(record('a', 'one'));
    expect(journal.settledTurn).toBeLessThan(turn);
    await journal.settle();
    await append(record('a', 'two'));
    await journal.settle();
    expect(journal.settledTurn).toBe(turn);
    expect([...base.values]).toEqual([['a', 'two']]);
    expect(valueAt('a')).toBeUndefined();
    expect(await afterCrash()).toEqual(base.values);
  });

  it('keeps from the base what came and went before it was asked to have it', async () => {
    await append(record('a', 'one', true));
    await append(record('a', null));
    await append(record('b', 'one', true));
    await journal.settle();
    await append(record('b', null));
    await journal.settle();
    expect(base.applied).toBe(2);
    expect(base.values.size).toBe(0);
  });

  it('makes durable what comes while it settles, and does not wait for that', async () => {
    await append(record('a', 'one'));
    let letGo: () => void = () => undefined;
    base.held = new Promise((resolve) => (letGo = resolve));
    const settled = journal.settle();
    await append(record('b', 'two'));
    expect(base.values.size).toBe(0);
    letGo();
    await settled;
    expect([...base.values.keys()]).toEqual(['a']);
    expect((await afterCrash()).size).toBe(2);
  });

  it('takes a group that is larger than a part of it', async () => {
    const large = 'x'.repeat(relayLimits.journalBytes);
    await append(record('a', 'one'));
    await append(record('b', large), record('c', large));
    await append(record('d', 'four'));
    const after = await afterCrash();
    expect([...after.keys()].sort()).toEqual(['a', 'b', 'c', 'd']);
    expect(after.get('c')).toBe(large);
  });

  it('brings nothing back that was removed since, when a group passed over a part that was too small for it', async () => {
    await append(record('a', 'one'));
    await journal.settle();
    await append(record('a', null));
    await journal.settle();
    await append(record('b', 'x'.repeat(relayLimits.journalBytes)));
    expect([...(await afterCrash()).keys()]).toEqual(['b']);
  });

  it('goes from one part to the other when one is full, as often as it takes', async () => {
    const half = 'x'.repeat(relayLimits.journalBytes / 2 - 200);
    for (let count = 0; count < 9; count++) await append(record(`key ${count}`, half), record('last', String(count)));
    const after = await afterCrash();
    expect(after.size).toBe(10);
    expect(after.get('last')).toBe('8');
  });

  it('refuses by name while the base takes nothing, keeps what it has, and goes on afterwards', async () => {
    const full = 'x'.repeat(relayLimits.journalBytes - 200);
    base.fails = true;
    await append(record('a', full));
    await append(record('b', full));
    await expect(append(record('c', full))).rejects.toMatchObject({ code: 'storage-full' });
    await expect(journal.settle()).rejects.toMatchObject({ code: 'storage-full' });
    expect(new Set(troubles)).toEqual(new Set(['Error: ENOSPC']));
    expect(valueAt('a')?.length).toBe(full.length);
    base.fails = false;
    await append(record('c', full));
    expect([...(await afterCrash()).keys()].sort()).toEqual(['a', 'b', 'c']);
  });
});

describe('a journal on the disk', () => {
  const keysOf = (file: Uint8Array) =>
    readSegment(Buffer.from(file)).changes.map(({ key }) => Buffer.from(key).toString());

  it('is read up to where it is whole, group by group', async () => {
    await append(record('a', 'one'), record('b', 'two'));
    await append(record('c', 'three'), record('d', 'four'));
    const file = await segment(0);
    expect(keysOf(file)).toEqual(['a', 'b', 'c', 'd']);
    const allowed = new Set(['', 'ab', 'abcd']);
    for (const { bytes: broken } of truncatedEverywhere(new Uint8Array(file))) {
      expect(allowed).toContain(keysOf(broken).join(''));
    }
    for (const { bytes: broken } of tamperedEverywhere(new Uint8Array(file))) {
      expect(['', 'ab']).toContain(keysOf(broken).join(''));
    }
  });

  it('has nothing of what was there before it began anew', async () => {
    await append(record('a', 'one'), record('b', 'two'));
    await append(record('c', 'three'));
    for (const key of ['d', 'e']) {
      await journal.settle();
      await append(record(key, 'five'));
    }
    expect(keysOf(await segment(0))).toEqual(['e']);
  });

  it('brings nothing back when power fails while it begins anew and the disk has only the later of what was written', async () => {
    await append(record('a', 'one'));
    const { length } = await segment(0);
    await append(record('a', null));
    await journal.settle();
    await append(record('b', 'two'));
    const after = await afterCrash(async (copy) => {
      const file = await segment(0, copy);
      await writeFile(join(copy, 'journal-0'), file.fill(bytes(1), length));
    });
    expect([...after.keys()]).toEqual(['b']);
  });

  it('takes nothing inside a message for a group of its own', async () => {
    await append(record('a', 'one'));
    const group = (await segment(0)).subarray(30);
    // Behind the end of the second, which is shorter, comes what the first left there.
    await append(record('b', group.toString('latin1').repeat(20)));
    const forged = Buffer.concat([await segment(0), group, group]);
    expect(keysOf(forged).filter((key) => key === 'a')).toHaveLength(3);
    for (let count = 0; count < 2; count++) {
      await journal.settle();
      await append(record('c', 'six'));
    }
    const reused = Buffer.concat([(await segment(0)).subarray(0, 60), group, group]);
    expect(keysOf(reused)).not.toContain('a');
  });

  it('is nothing where it is empty, or something else', () => {
    for (const file of [Buffer.alloc(0), Buffer.alloc(200), Buffer.from(bytes(200))]) {
      expect(readSegment(file)).toEqual({ epoch: 0, changes: [] });
    }
  });
});

describe('a journal on a real disk that takes a part of a write', () => {
  it('refuses by name, goes on in its place, and has nothing of what it refused after a crash', async ({ skip }) => {
    await journal.close();
    const options = ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', directory];
    const isMounted = spawnSync('mount', options).status === 0;
    journal = await Journal.open(filesIn(directory), base, trouble);
    if (!isMounted) return skip('not allowed to mount a small file system here');
    const large = 'x'.repeat(700_000);
    await append(record('a', large));
    await expect(append(record('a', null), record('b', large))).rejects.toMatchObject({ code: 'storage-full' });
    expect(valueAt('a')?.length).toBe(large.length);
    expect([...(await afterCrash()).keys()]).toEqual(['a']);
    await append(record('c', 'three'));
    expect([...(await afterCrash()).keys()]).toEqual(['a', 'c']);
    await journal.settle();
    expect([...base.values.keys()].sort()).toEqual(['a', 'c']);
    await journal.close();
    spawnSync('umount', [directory]);
    journal = await Journal.open(filesIn(directory), base, trouble);
  });
});

describe('a journal that ends at any moment', () => {
  const key = fc.constantFrom('a', 'b', 'c');
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.array(fc.tuple(key, fc.option(fc.string({ maxLength: 3 }))), { minLength: 1, maxLength: 4 }),
    },
    { weight: 1, arbitrary: fc.constant('settle' as const) },
  );

  it('has all that it said was durable', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.nat({ max: 5 }), async (steps, later) => {
        await journal.close();
        await rm(directory, { recursive: true });
        directory = await mkdtemp(join(tmpdir(), 'tandem-journal-'));
        base = new Base();
        journal = await Journal.open(filesIn(directory), base, trouble);
        const durable = new Map<string, string>();
        for (const each of steps) {
          if (each === 'settle') {
            // Not waited for: the crash may come in the midst of it.
            journal.settle().catch(trouble);
            for (let count = 0; count < later; count++) await null;
            continue;
          }
          await append(...each.map(([name, value]) => record(name, value)));
          for (const [name, value] of each) {
            if (value === null) durable.delete(name);
            else durable.set(name, value);
          }
        }
        expect(new Map([...(await afterCrash())].sort())).toEqual(new Map([...durable].sort()));
        expect(troubles).toEqual([]);
      }),
      propertyRuns(20),
    );
  });
});
