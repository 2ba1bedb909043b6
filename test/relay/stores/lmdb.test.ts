import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codeOf } from '../../../src/core/errors.ts';
import { relayLimits } from '../../../src/relay/limits.ts';
import { lmdbStore } from '../../../src/relay/stores/lmdb.ts';
import type { OpenMailbox } from '../../../src/relay/stores/mailbox-store.ts';
import { bytes } from '../raw-client.ts';
import { describeStore, newId, putInto } from './contract.ts';

const nothing = () => undefined;
const silent = {
  opened: nothing,
  deliver: nothing,
  received: nothing,
  peer: nothing,
  displaced: nothing,
  unsubscribed: nothing,
  closed: nothing,
};
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
    await expect(lmdbStore(directory, Date)).rejects.toThrow('relay.mdb is no store, or damaged');
    await rm(directory, { recursive: true });
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
    expect(troubles).toEqual([expect.stringContaining('storage-full: the disk is nearly full')]);
    const again = () => lmdbStore(directory, clock, { freeBytes: () => Promise.resolve(freeBytes) });
    await expect(again()).rejects.toThrow(`less than 64 MiB are free in ${directory}`);
    freeBytes += 1;
    const reopened = await again();
    expect(await reopened.find(id)).toMatchObject({ closed: false });
    await reopened.close();
    await rm(directory, { recursive: true });
  });
});

describe('lmdb on a disk that does not say how full it is', () => {
  it('goes by what it knew, says so, and asks again', async () => {
    const directory = await temporary();
    const clock = { now: () => 1_700_000_000_000 };
    const answers = [() => Promise.reject(new Error('EIO')), () => Promise.resolve(0), () => Promise.resolve(0)];
    const troubles: unknown[] = [];
    const store = await lmdbStore(directory, clock, {
      freeBytes: () => (answers.shift() ?? (() => Promise.resolve(relayLimits.diskReserveBytes)))(),
      trouble: (thrown) => void troubles.push(String(thrown)),
    });
    await store.probe();
    await expect.poll(() => troubles).toEqual(['Error: EIO']);
    const outcome = () => store.probe().then(() => 'roomy', codeOf);
    await expect.poll(outcome, { timeout: 10_000 }).toBe('storage-full');
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
    expect(await put()).toMatchObject({ fresh: true });
    await writeFile(join(directory, 'other'), Buffer.alloc(8 * 1024 * 1024));
    await expect.poll(put, { timeout: 10_000 }).toMatchObject({ refused: 'storage-full' });
    await expect(store.probe()).rejects.toMatchObject({ code: 'storage-full' });
    await rm(join(directory, 'other'));
    await expect.poll(put, { timeout: 10_000 }).toMatchObject({ fresh: true });
    const delivered: Uint8Array[] = [];
    await store.open(id, 'joiner', 0, { ...silent, deliver: ({ body }) => void delivered.push(body) });
    expect(delivered.length).toBeGreaterThanOrEqual(2);
    await store.close();
    spawnSync('umount', [directory]);
    await rm(directory, { recursive: true });
  });
});
