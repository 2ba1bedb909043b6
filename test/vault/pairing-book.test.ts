import 'fake-indexeddb/auto';
import { openDB } from 'idb';
import { expect, it } from 'vitest';
import { PairingBook } from '../../src/vault/pairing-book.ts';
import { Vault } from '../../src/vault/vault.ts';
import { pairingOf } from '../extension/support/contacts.ts';

const dayMs = 24 * 3_600_000;
const names = (of: readonly { peerName: string }[]) => of.map(({ peerName }) => peerName);

it('sets aside what it cannot open or read, tells who is left for 30 days, and has no keys for nothing', async () => {
  const vault = await Vault.open('book');
  const book = new PairingBook(vault);
  const idOf = (name: string) => pairingOf(name).pairing;
  for (const name of ['sound', 'damaged', 'foreign', 'leaving', 'past']) await book.add(pairingOf(name));
  await vault.set({ [`pairing:${idOf('foreign')}`]: { of: 'another version' } });
  const spoiling = await openDB('book');
  const sealed = await spoiling.get('records', `pairing:${idOf('damaged')}`);
  await spoiling.put('records', { ...sealed, iv: new Uint8Array(12) }, `pairing:${idOf('damaged')}`);
  spoiling.close();
  await book.leave(idOf('leaving'), 40 * dayMs);
  await book.leave(idOf('past'), 9 * dayMs);
  await book.leave(idOf('lost'), 40 * dayMs);

  const all = await book.all(40 * dayMs);
  expect(names(all.pairings)).toEqual(['sound', 'leaving']);
  expect([...all.leaving]).toEqual([[idOf('leaving'), 40 * dayMs]]);
  expect(all.unreadable.sort()).toEqual([idOf('damaged'), idOf('foreign')].sort());
  expect(await vault.names('leaving:')).toEqual([`leaving:${idOf('leaving')}`]);
  expect((await book.all(71 * dayMs)).leaving.size).toBe(0);
  expect(names((await book.all(71 * dayMs)).pairings)).toEqual(['sound']);
  vault.close();
});
