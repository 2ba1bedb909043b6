import 'fake-indexeddb/auto';
import { describe, expect, it } from 'vitest';
import { Vault } from '../../src/vault/vault.ts';

describe('a vault', () => {
  it('is opened by several windows at once, which then read each other', async () => {
    const windows = await Promise.all(Array.from({ length: 8 }, () => Vault.open('shared')));
    await Promise.all(windows.map((vault, at) => vault.set({ [`window:${at}`]: at })));
    for (const vault of windows) expect(await vault.entries('window:')).toHaveLength(windows.length);
    expect(await windows[0]?.entries('probe')).toEqual([]);
  });
});
