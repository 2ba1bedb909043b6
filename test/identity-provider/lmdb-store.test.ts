import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Challenge } from '../../src/core/challenge.ts';
import { openLmdbStore } from '../../src/identity-provider/lmdb-store.ts';
import { policy } from '../../src/identity-provider/policy.ts';
import type { Account, PendingRequest, Phone, Session, Store } from '../../src/identity-provider/store.ts';

let directory: string;
let store: Store;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tandem-store-'));
  store = openLmdbStore(directory);
});
afterEach(async () => {
  await store.close();
  rmSync(directory, { recursive: true });
});

const account: Account = {
  id: 'a1',
  email: 'ana@example.org',
  passwordHash: '$argon2id$',
  createdAt: 1,
  blockedAt: 0,
  strangersBlockedAt: 0,
};
const phone: Phone = {
  credentialId: 'c1',
  accountId: 'a1',
  name: 'Pixel 9',
  publicKey: new Uint8Array([1, 2, 3]),
  counter: 0,
  registeredAt: 5,
  lastUsedAt: 0,
};
const session: Session = {
  accountId: 'a1',
  method: 'number',
  phone: 'Pixel 9',
  signedInAt: 1,
  passwordAt: 0,
  expiresAt: 100,
};
const request: PendingRequest = {
  challenge: { type: 'sign-in', id: 'r1' } as Challenge,
  accountId: 'a1',
  holder: 'browser',
  expiresAt: 60,
  consumed: false,
};

describe('the LMDB store', () => {
  it('keeps one account per e-mail address', async () => {
    const made = await Promise.all(['a1', 'a2', 'a3'].map((id) => store.createAccount({ ...account, id })));
    expect(made).toEqual([true, false, false]);
    expect(await store.accountByEmail(account.email)).toEqual(account);
    expect(await store.account('a2')).toBeNull();
    expect(await store.accountByEmail('')).toBeNull();
    await store.setBlocked('a1', { blockedAt: 9 });
    await store.setBlocked('a1', { strangersBlockedAt: 10 });
    expect(await store.account('a1')).toEqual({ ...account, blockedAt: 9, strangersBlockedAt: 10 });
  });

  it('knows the browsers of an account, the latest of them', async () => {
    const browsers = Array.from({ length: policy.knownBrowsers }, (_, at) => `browser ${at}`);
    for (const browser of browsers) await store.rememberBrowser('a1', browser);
    await store.rememberBrowser('a1', 'browser 0');
    await store.rememberBrowser('a1', 'one more');
    expect(await store.knowsBrowser('a1', 'browser 0')).toBe(true);
    expect(await store.knowsBrowser('a1', 'browser 1')).toBe(false);
    expect(await store.knowsBrowser('a1', 'one more')).toBe(true);
    expect(await store.knowsBrowser('a2', 'one more')).toBe(false);
  });

  it('gives a request to the first who asks rightly', async () => {
    await store.putRequest(request, 100);
    expect(await store.consumeRequest('r2', 'sign-in', 'browser')).toBe('unknown-request');
    expect(await store.consumeRequest('r1', 'sign-in', 'another')).toBe('unknown-request');
    expect(await store.consumeRequest('r1', 'registration', 'browser')).toBe('unknown-request');
    const takers = await Promise.all(
      Array.from({ length: 20 }, () => store.consumeRequest('r1', 'sign-in', 'browser')),
    );
    expect(takers.filter((taken) => typeof taken === 'object')).toEqual([request]);
    expect(takers.filter((taken) => taken === 'request-consumed')).toHaveLength(19);
  });

  it('keeps a credential for one account', async () => {
    expect(await store.addPhone(phone)).toBe(true);
    expect(await store.addPhone({ ...phone, accountId: 'a2' })).toBe(false);
    expect(await store.phones('a2')).toEqual([]);
    const [kept] = await store.phones('a1');
    expect(new Uint8Array(kept?.publicKey ?? [])).toEqual(phone.publicKey);
    expect(await store.removePhone('a2', 'c1')).toBe(false);
    expect(await store.removePhone('a1', 'c1')).toBe(true);
    expect(await store.addPhone({ ...phone, accountId: 'a2' })).toBe(true);
  });

  it('lets a counter only go up, or stay at 0 where a phone counts nothing', async () => {
    await store.addPhone(phone);
    const uses: [counter: number, noted: boolean][] = [
      [0, true],
      [0, true],
      [3, true],
      [3, false],
      [0, false],
      [2, false],
      [4, true],
    ];
    for (const [counter, noted] of uses) expect(await store.usePhone('a1', 'c1', counter, 7)).toBe(noted);
    expect(await store.usePhone('a1', 'c2', 9, 7)).toBe(false);
    expect(await store.phones('a1')).toMatchObject([{ counter: 4, lastUsedAt: 7 }]);
  });

  it('keeps the newest entries of a log', async () => {
    for (let at = 0; at < policy.logEntries + 5; at++) {
      await store.log('a1', { at, method: 'number', outcome: 'signed-in' });
    }
    const log = await store.recentLog('a1');
    expect(log).toHaveLength(policy.logEntries);
    expect(log[0]?.at).toBe(policy.logEntries + 4);
    expect(await store.recentLog('a2')).toEqual([]);
  });

  it('sweeps what is over and nothing else', async () => {
    await store.putSession('s1', session);
    await store.putSession('s2', { ...session, expiresAt: 300 });
    await store.putRequest(request, 100);
    await store.sweep(99);
    expect(await store.session('s1')).toEqual(session);
    await store.sweep(101);
    expect(await store.session('s1')).toBeNull();
    expect(await store.session('s2')).not.toBeNull();
    expect(await store.consumeRequest('r1', 'sign-in', 'browser')).toBe('unknown-request');
  });

  it('remembers everything when it is opened again', async () => {
    await store.createAccount(account);
    await store.addPhone(phone);
    await store.putSession('s1', session);
    await store.putRequest(request, 100);
    await store.consumeRequest('r1', 'sign-in', 'browser');
    await store.close();
    store = openLmdbStore(directory);
    expect(await store.accountByEmail(account.email)).toEqual(account);
    expect(await store.phones('a1')).toHaveLength(1);
    expect(await store.session('s1')).toEqual(session);
    expect(await store.consumeRequest('r1', 'sign-in', 'browser')).toBe('request-consumed');
  });
});
