import 'fake-indexeddb/auto';
import { openDB } from 'idb';
import { describe, expect, it, vi } from 'vitest';
import { Vault } from '../../src/vault/vault.ts';

describe('a vault', () => {
  it('is opened by several windows at once, which then read each other', async () => {
    const windows = await Promise.all(Array.from({ length: 8 }, () => Vault.open('shared')));
    await Promise.all(windows.map((vault, at) => vault.set({ [`window:${at}`]: at })));
    for (const vault of windows) expect(await vault.entries('window:')).toHaveLength(windows.length);
    expect(await windows[0]?.entries('probe')).toEqual([]);
  });

  it('whose key cannot be used can be deleted, and made anew', async () => {
    await Vault.open('spoilt');
    const spoiling = await openDB('spoilt');
    await spoiling.put('keys', { no: 'key' }, 'wrapping');
    spoiling.close();
    await expect(Vault.open('spoilt')).rejects.toMatchObject({ code: 'key-storage-broken' });
    expect(await deleted('spoilt')).toBe('success');
    await Vault.open('spoilt');
  });

  it('writes all or nothing, and says so where it is nothing', async () => {
    const vault = await Vault.open('full');
    const { put } = IDBObjectStore.prototype;
    const full = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (
      this: IDBObjectStore,
      value,
      key,
    ) {
      const asked = put.call(this, value, key);
      // As where there is no more room.
      if (key === 'second') this.transaction.abort();
      return asked;
    });
    await expect(vault.set({ first: 1, second: 2 })).rejects.toMatchObject({ code: 'key-storage-broken' });
    full.mockRestore();
    expect(await vault.names('')).toEqual([]);
  });

  it('is let go of when it is deleted elsewhere', async () => {
    const windows = await Promise.all([Vault.open('deleted'), Vault.open('deleted')]);
    expect(await deleted('deleted')).toBe('success');
    const broken = { code: 'key-storage-broken' };
    for (const vault of windows) {
      await expect(vault.get('any')).rejects.toMatchObject(broken);
      await expect(vault.set({ any: 1 })).rejects.toMatchObject(broken);
      await expect(vault.remove(['any'])).rejects.toMatchObject(broken);
      await expect(vault.entries('')).rejects.toMatchObject(broken);
      await expect(vault.names('')).rejects.toMatchObject(broken);
    }
  });
});

/** What is heard first of a deletion: `blocked` where somebody does not let go. */
function deleted(name: string): Promise<string> {
  const deleting = indexedDB.deleteDatabase(name);
  return new Promise((resolve) => {
    for (const event of ['success', 'blocked', 'error']) deleting.addEventListener(event, () => resolve(event));
  });
}
