import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from 'lmdb';
import { describe, expect, it } from 'vitest';
import { codeOf } from '../../../src/core/errors.ts';
import { relayLimits } from '../../../src/relay/limits.ts';
import { settingKey } from '../../../src/relay/stores/layout.ts';
import { checkLmdbFile } from '../../../src/relay/stores/lmdb/lmdb-file.ts';
import { lmdbStore } from '../../../src/relay/stores/lmdb.ts';
import type { OpenMailbox, Side, Watcher } from '../../../src/relay/stores/mailbox-store.ts';
import { bytes } from '../raw-client.ts';
import { describeStore, newId, putInto, silent } from './contract.ts';

const temporary = () => mkdtemp(join(tmpdir(), 'tandem-relay-'));

describeStore('lmdb', {
  survives: true,
  async begin(clock, events) {
    const directory = await temporary();
    let store = await lmdbStore(directory, clock, events);
    return {
      store,
      async reopen() {
        await store.close();
        store = await lmdbStore(directory, clock, events);
        return store;
      },
      async end() {
        await store.close();
        await rm(directory, { recursive: true });
      },
    };
  },
});

describe('lmdb over a file that is none of its own', () => {
  it.each([100, 5])('says so before LMDB can end the process: %i bytes', async (length) => {
    const directory = await temporary();
    await writeFile(join(directory, 'relay.mdb'), bytes(length));
    await expect(lmdbStore(directory, Date)).rejects.toThrow('relay.mdb is missing, is no store, or is damaged');
    await rm(directory, { recursive: true });
  });
});

describe('lmdb over what a relay of another layout stored', () => {
  it('says so, and leaves its journal as it is', async () => {
    const directory = await temporary();
    const clock = { now: () => 1_700_000_000_000 };
    const id = bytes(16);
    const store = await lmdbStore(directory, clock);
    await store.create(id, { creatorKey: bytes(32), joinKey: bytes(32) }, clock.now() + 60_000);
    await store.close();
    const mark = async (layout: string) => {
      const db = open({ path: join(directory, 'relay.mdb'), encoding: 'binary', keyEncoding: 'binary' });
      await db.put(settingKey('layout'), Buffer.from(layout));
      await db.close();
    };
    await mark('2');
    await expect(lmdbStore(directory, clock)).rejects.toThrow(`in ${directory} has layout "2"`);
    await mark('1');
    const again = await lmdbStore(directory, clock);
    expect(await again.find(id)).not.toBeNull();
    await again.close();
    await rm(directory, { recursive: true });
  });
});

describe('lmdb over a file of which the end is missing', () => {
  const files = async (keys: number, kept: number) => {
    const directory = await temporary();
    const path = join(directory, 'relay.mdb');
    const db = open<Buffer, Uint8Array>({ path, encoding: 'binary', keyEncoding: 'binary' });
    const key = (at: number) => Buffer.from(`key ${String(at).padStart(3, '0')}`);
    await Promise.all(Array.from({ length: keys }, (_, at) => db.put(key(at), Buffer.alloc(5_000, at))));
    for (let at = kept; at < keys; at++) await db.remove(key(at));
    await db.close();
    const { size } = await stat(path);
    return { directory, path, size };
  };

  it('says so before LMDB can end the process: a byte, a page, half, all but the first page', async () => {
    const { directory, path, size } = await files(20, 20);
    expect(() => checkLmdbFile(path, [])).not.toThrow();
    for (const bytesLeft of [size - 1, size - 4096, Math.floor(size / 8192) * 4096, 4096]) {
      await truncate(path, bytesLeft);
      expect(() => checkLmdbFile(path, [])).toThrow('relay.mdb is missing, is no store, or is damaged');
    }
    expect((await readdir(directory)).filter((name) => name.includes('copy'))).toEqual([]);
    await rm(directory, { recursive: true });
  });

  it('takes one without the last pages where those are free, as LMDB may leave them out', async () => {
    const { directory, path, size } = await files(20, 1);
    await truncate(path, size - 4096);
    expect(() => checkLmdbFile(path, [])).not.toThrow();
    await rm(directory, { recursive: true });
  });
});

describe('lmdb over a directory of which a part is gone', () => {
  const clock = { now: () => 1_700_000_000_000 };
  const gone: Record<string, (path: string) => Promise<void>> = {
    'is not there': (path) => rm(path),
    'is empty': (path) => truncate(path, 0),
  };

  it.each(['relay.mdb', 'journal-0'].flatMap((file) => Object.keys(gone).map((what) => [file, what] as const)))(
    'says so where %s %s, and does not begin without what it held',
    async (file, what) => {
      const directory = await temporary();
      for (let run = 0; run < 2; run++) await (await lmdbStore(directory, clock)).close();
      await gone[what]?.(join(directory, file));
      await expect(lmdbStore(directory, clock)).rejects.toThrow(`${file} is missing`);
      await rm(directory, { recursive: true });
    },
  );
});

describe('lmdb after an older copy was put back', () => {
  it('gives no number again that was given out since', async () => {
    const [directory, copy] = [await temporary(), await temporary()];
    const clock = { nowMs: 1_700_000_000_000, now: () => clock.nowMs };
    const id = bytes(16);
    const run = async () => {
      clock.nowMs += 60_000;
      const store = await lmdbStore(directory, clock);
      await store.create(id, { creatorKey: bytes(32), joinKey: bytes(32) }, clock.now() + 3_600_000);
      const mailbox = (await store.open(id, 'creator', 0, silent)) as OpenMailbox;
      const message = { id: newId(), expiresMs: clock.now() + 1_000, collapse: null, body: bytes(8) };
      const { seq } = (await putInto(mailbox, message)) as { seq: number };
      await store.close();
      return seq;
    };
    await run();
    await cp(directory, copy, { recursive: true });
    const since = [await run(), await run()];
    await rm(directory, { recursive: true });
    await cp(copy, directory, { recursive: true });
    expect(await run()).toBeGreaterThan(Math.max(...since));
    await rm(directory, { recursive: true });
    await rm(copy, { recursive: true });
  });
});

describe('lmdb after a crash', () => {
  it('gives numbers far above the last that are on the disk, as others may have been delivered', async () => {
    const directory = await temporary();
    const clock = { now: () => 1_700_000_000_000 };
    const id = bytes(16);
    const seqs: number[] = [];
    for (let run = 0; run < 2; run++) {
      const store = await lmdbStore(directory, clock);
      if (run === 0) await store.create(id, { creatorKey: bytes(32), joinKey: bytes(32) }, clock.now() + 1_000);
      const mailbox = await store.open(id, 'creator', 0, silent);
      const message = { id: newId(), expiresMs: clock.now() + 1_000, collapse: null, body: bytes(8) };
      const put = await putInto(mailbox as OpenMailbox, message);
      seqs.push((put as { seq: number }).seq);
      await store.close();
    }
    expect((seqs[1] as number) - (seqs[0] as number)).toBeGreaterThan(1_000_000);
    await rm(directory, { recursive: true });
  });
});

describe('lmdb on a disk that fills up', () => {
  it('refuses by name, loses nothing, and goes on when there is room again', async () => {
    const directory = await temporary();
    const clock = { now: () => 1_700_000_000_000 };
    let freeBytes = relayLimits.diskReserveBytes;
    const troubles: string[] = [];
    const store = await lmdbStore(directory, clock, {
      freeBytes: () => Promise.resolve(freeBytes),
      trouble: (thrown) => void troubles.push(String(thrown)),
    });
    const id = bytes(16);
    freeBytes -= 1;
    await expect.poll(() => store.probe().then(() => 'roomy', codeOf), { timeout: 10_000 }).toBe('storage-full');
    const keys = { creatorKey: bytes(32), joinKey: bytes(32) };
    await expect(store.probe()).rejects.toMatchObject({ code: 'storage-full' });
    await expect(store.create(id, keys, clock.now() + 1_000)).rejects.toMatchObject({ code: 'storage-full' });
    expect(await store.find(id)).toBeNull();
    freeBytes = relayLimits.diskReserveBytes;
    await store.probe();
    expect(await store.create(id, keys, clock.now() + 1_000)).toBe('created');
    freeBytes -= 1;
    await expect.poll(() => store.probe().then(() => 'roomy', codeOf), { timeout: 10_000 }).toBe('storage-full');
    await store.close();
    // When it begins, when it is over, when it begins again; and that what was stored goes into the database later.
    const full = expect.stringContaining('storage-full: the disk is nearly full');
    expect(troubles).toEqual([full, 'there is room on the disk again', full, full]);
    const again = () => lmdbStore(directory, clock, { freeBytes: () => Promise.resolve(freeBytes) });
    await expect(again()).rejects.toThrow(`less than 64 MiB are free in ${directory}`);
    freeBytes += 1;
    const reopened = await again();
    expect(await reopened.find(id)).toMatchObject({ closed: false });
    await reopened.close();
    await rm(directory, { recursive: true });
  });
});

describe('lmdb after a disk was full for a while', () => {
  /** A disk that can be full, and the store on it with a channel whose sides are both there. */
  async function begin() {
    const directory = await temporary();
    const clock = { nowMs: 1_700_000_000_000, now: () => clock.nowMs };
    let freeBytes = relayLimits.diskReserveBytes;
    const store = await lmdbStore(directory, clock, { freeBytes: () => Promise.resolve(freeBytes) });
    const id = bytes(16);
    const keys = { creatorKey: bytes(32), joinKey: bytes(32) };
    const full = async (isFull: boolean) => {
      freeBytes = relayLimits.diskReserveBytes - (isFull ? 1 : 0);
      const outcome = () => store.probe().then(() => 'roomy', codeOf);
      await expect.poll(outcome, { timeout: 10_000 }).toBe(isFull ? 'storage-full' : 'roomy');
    };
    /** Long enough for what nobody has open to be let go of. */
    const sweep = async () => {
      for (let count = 0; count < 4; count++) await store.sweep();
    };
    const open = async (side: Side, watcher: Partial<Watcher> = {}) =>
      (await store.open(id, side, 0, { ...silent, ...watcher })) as OpenMailbox;
    const message = () => ({ id: newId(), expiresMs: clock.nowMs + 60_000, collapse: null, body: bytes(8) });
    const end = async () => {
      await store.close();
      await rm(directory, { recursive: true });
    };
    return { store, clock, id, keys, full, sweep, open, message, end };
  }

  it('gives no number again that was delivered and then refused', async () => {
    const { store, clock, id, keys, full, sweep, open, message, end } = await begin();
    await store.create(id, keys, clock.nowMs + 60_000);
    const delivered: number[] = [];
    const joiner = await open('joiner', { deliver: ({ seq }) => void delivered.push(seq) });
    const creator = await open('creator');
    await full(true);
    expect(await putInto(creator, message())).toMatchObject({ refused: 'storage-full' });
    await expect(store.probe()).rejects.toMatchObject({ code: 'storage-full' });
    joiner.leave();
    creator.leave();
    await full(false);
    await sweep();
    const again = (await putInto(await open('creator'), message())) as { seq: number };
    expect(again.seq).toBeGreaterThan(delivered.at(-1) as number);
    await end();
  });

  it('delivers no more what was acknowledged meanwhile, and remembers it', async () => {
    const { store, clock, id, keys, full, sweep, open, message, end } = await begin();
    await store.create(id, keys, clock.nowMs + 60_000);
    const delivered: number[] = [];
    const deliver = ({ seq }: { seq: number }) => void delivered.push(seq);
    const joiner = await open('joiner', { deliver });
    const creator = await open('creator');
    const once = message();
    await putInto(creator, once);
    await full(true);
    joiner.acknowledge(delivered[0] as number);
    await expect(store.probe()).rejects.toMatchObject({ code: 'storage-full' });
    joiner.leave();
    creator.leave();
    await full(false);
    await sweep();
    await open('joiner', { deliver });
    expect(delivered).toHaveLength(1);
    expect(await putInto(await open('creator'), once)).toMatchObject({ seq: delivered[0], waits: false });
    await end();
  });

  it('still has what a message was to replace that was refused, until one is not', async () => {
    const { store, clock, id, keys, full, sweep, open, message, end } = await begin();
    await store.create(id, keys, clock.nowMs + 60_000);
    const creator = await open('creator');
    const collapse = bytes(16);
    const [first, second, third, between] = [message(), message(), message(), message()];
    await putInto(creator, { ...first, collapse });
    await putInto(creator, between);
    const waiting = async () => {
      const found: Uint8Array[] = [];
      (await open('joiner', { deliver: ({ body }) => void found.push(body) })).leave();
      return found.map((body) => [...body]);
    };
    const still = [first, between].map(({ body }) => [...body]);
    await full(true);
    const refused = { refused: 'storage-full' };
    expect(await putInto(creator, { ...second, collapse })).toMatchObject(refused);
    expect(await waiting()).toEqual(still);
    expect(await putInto(creator, { ...third, collapse })).toMatchObject(refused);
    creator.leave();
    await full(false);
    await sweep();
    expect(await waiting()).toEqual(still);
    await putInto(await open('creator'), { ...third, collapse });
    expect(await waiting()).toEqual([between, third].map(({ body }) => [...body]));
    await sweep();
    expect(await waiting()).toEqual([between, third].map(({ body }) => [...body]));
    await end();
  });

  it('ends a channel in time whose creation was refused at first', async () => {
    const { store, clock, id, keys, full, sweep, open, end } = await begin();
    await full(true);
    await expect(store.create(id, keys, clock.nowMs + 60_000)).rejects.toMatchObject({ code: 'storage-full' });
    await full(false);
    await store.create(id, keys, clock.nowMs + 60_000);
    const events: string[] = [];
    await open('creator', { closed: () => void events.push('closed') });
    clock.nowMs += 60_000;
    await sweep();
    expect(events).toEqual(['closed']);
    await end();
  });
});

describe('lmdb while one write fails and the next does not', () => {
  it('says of no repeated creation that it is durable whose own write failed', async () => {
    const directory = await temporary();
    const clock = { now: () => 1_700_000_000_000 };
    const answers: ((bytes: number) => void)[] = [];
    let isHeld = false;
    const freeBytes = () =>
      isHeld ? new Promise<number>((resolve) => answers.push(resolve)) : Promise.resolve(relayLimits.diskReserveBytes);
    const store = await lmdbStore(directory, clock, { freeBytes });
    isHeld = true;
    await expect.poll(() => store.probe().then(() => answers.length), { timeout: 10_000 }).toBe(1);
    answers.shift()?.(0);
    const create = (channel = id) => store.create(channel, keys, clock.now() + 1_000).catch(codeOf);
    const id = bytes(16);
    const keys = { creatorKey: bytes(32), joinKey: bytes(32) };
    const first = create();
    await expect.poll(() => answers.length).toBe(1);
    const between = create(bytes(16));
    const again = create();
    isHeld = false;
    answers.shift()?.(0);
    expect(await Promise.all([first, again, between])).toEqual(['storage-full', 'storage-full', 'created']);
    expect(await store.find(id)).toBeNull();
    await store.close();
    await rm(directory, { recursive: true });
  });
});

describe('lmdb on a disk that does not say how full it is', () => {
  it('goes by what it knew, says so, and asks again', async () => {
    const directory = await temporary();
    const clock = { now: () => 1_700_000_000_000 };
    let freeBytes = () => Promise.reject<number>(new Error('EIO'));
    const troubles: unknown[] = [];
    const store = await lmdbStore(directory, clock, {
      freeBytes: () => freeBytes(),
      trouble: (thrown) => void troubles.push(String(thrown)),
    });
    await store.probe();
    expect(troubles[0]).toBe('Error: EIO');
    const outcome = () => store.probe().then(() => 'roomy', codeOf);
    freeBytes = () => Promise.resolve(0);
    await expect.poll(outcome, { timeout: 10_000 }).toBe('storage-full');
    freeBytes = () => Promise.resolve(relayLimits.diskReserveBytes);
    await expect.poll(outcome, { timeout: 10_000 }).toBe('roomy');
    await store.close();
    await rm(directory, { recursive: true });
  });
});

/** A file system of its own, small and in memory, where whoever runs the tests may mount one. */
const smallBytes = relayLimits.diskReserveBytes + 8 * 1024 * 1024;
function mounted(directory: string): boolean {
  return spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${smallBytes}`, 'tmpfs', directory]).status === 0;
}

describe('lmdb on a real disk that fills up', () => {
  it('refuses by name, keeps what it has, and goes on when there is room again', async ({ skip }) => {
    const directory = await temporary();
    if (!mounted(directory)) return skip('not allowed to mount a small file system here');
    const clock = { now: () => 1_700_000_000_000 };
    const store = await lmdbStore(directory, clock);
    const id = bytes(16);
    await store.create(id, { creatorKey: bytes(32), joinKey: bytes(32) }, clock.now() + 60_000);
    const mailbox = await store.open(id, 'creator', 0, silent);
    const put = () =>
      putInto(mailbox as OpenMailbox, {
        ...{ id: newId(), expiresMs: clock.now() + 60_000 },
        ...{ collapse: null, body: bytes(8_000) },
      });
    expect(await put()).toMatchObject({ waits: true });
    await writeFile(join(directory, 'other'), Buffer.alloc(8 * 1024 * 1024));
    await expect.poll(put, { timeout: 10_000 }).toMatchObject({ refused: 'storage-full' });
    await expect(store.probe()).rejects.toMatchObject({ code: 'storage-full' });
    await rm(join(directory, 'other'));
    await expect.poll(put, { timeout: 10_000 }).toMatchObject({ waits: true });
    const delivered: Uint8Array[] = [];
    await store.open(id, 'joiner', 0, { ...silent, deliver: ({ body }) => void delivered.push(body) });
    expect(delivered.length).toBeGreaterThanOrEqual(2);
    await store.close();
    spawnSync('umount', [directory]);
    await rm(directory, { recursive: true });
  });
});
