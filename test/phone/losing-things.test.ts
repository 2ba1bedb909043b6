import 'fake-indexeddb/auto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/core/errors.ts';
import { type CheckParts, checkPhone, isWell } from '../../src/phone/checks.ts';
import { loadHistory } from '../../src/phone/history.ts';
import { pairedMarker } from '../../src/phone/paired-marker.ts';
import { historyPrefix } from '../../src/phone/storage/history-record.ts';
import { Vault } from '../../src/vault/vault.ts';
import { Scene, seen } from './scene.ts';

describe('what a phone is checked for', () => {
  async function checked(of: Partial<CheckParts> = {}) {
    const vault = await Vault.open('checks');
    const storage = { estimate: async () => ({ quota: 10 ** 10 }), persisted: async () => true };
    return checkPhone({ vault, storage, canVerify: async () => true, clockAheadMs: 0, ...of });
  }

  it('is all there in a phone that is sound', async () => {
    const checks = await checked();
    expect(checks).toEqual({ keepsKeys: true, isKept: true, isPrivate: false, hasLock: true, clockAheadMs: 0 });
    expect(isWell(checks)).toBe(true);
    expect(isWell(await checked({ storage: undefined, clockAheadMs: null }))).toBe(true);
  });

  it.each<[string, () => Partial<CheckParts>]>([
    ['storage that does not give back', () => ({ vault: { probe: async () => false } as unknown as Vault })],
    [
      'storage that refuses',
      () => ({ vault: { probe: () => Promise.reject(new AppError('key-storage-broken')) } as unknown as Vault }),
    ],
    ['no screen lock', () => ({ canVerify: async () => false })],
    ['no WebAuthn at all', () => ({ canVerify: () => Promise.reject(new ReferenceError('PublicKeyCredential')) })],
    [
      'a private window',
      () => ({ storage: { estimate: async () => ({ quota: 120 * 2 ** 20 }), persisted: async () => false } }),
    ],
    ['a clock that is an hour ahead', () => ({ clockAheadMs: 3_600_000 })],
    ['a clock that is an hour behind', () => ({ clockAheadMs: -3_600_000 })],
  ])('finds %s', async (_, of) => {
    expect(isWell(await checked(of()))).toBe(false);
  });
});

describe('a phone', () => {
  let scene: Scene;

  beforeEach(async () => {
    scene = await Scene.open();
  });

  afterEach(() => scene.close());

  it('knows by how much its clock is wrong', async () => {
    expect(scene.phone.clockAheadMs()).toBeNull();
    await scene.pairedBrowser();
    expect(scene.phone.clockAheadMs()).toBe(0);
    scene.aheadMs = 3_600_000;
    await scene.reload();
    await seen(scene.phone.reached, (reached) => reached.size === 1);
    expect(scene.phone.clockAheadMs()).toBe(3_600_000);
  });

  it('says that its keys are gone where the browser has cleared them, and only then', async () => {
    const browser = await scene.pairedBrowser();
    expect(scene.paired.value).toBe(true);
    await scene.reload();
    expect(scene.view).toMatchObject({ news: { what: 'paired' } });
    await scene.clearVault(async (vault) => vault.set({ 'probe:of another window': 'that opens at the same time' }));
    expect(await scene.screen('home')).toMatchObject({ pairings: [], news: { what: 'keys-gone' } });
    expect(scene.paired.value).toBe(false);
    await scene.reload();
    expect(scene.view).toMatchObject({ news: { what: 'keys-gone' } });
    browser.stop();
  });

  it('goes on without what it cannot read of its own, pairings and other accounts as they were', async () => {
    await scene.registered();
    const [pairing] = scene.phone.pairings.value;
    const names = [
      'news',
      'failed-ring',
      'person-key',
      'pending-pairing',
      'push-subscription',
      'request:a:b',
      'registration:a b',
    ];
    const history = `${historyPrefix}${'9'.repeat(15)}`;
    await scene.phone.vault.set(
      Object.fromEntries([...names, history].map((name) => [name, { of: 'another version' }])),
    );
    await scene.reload();
    expect(scene.view).toMatchObject({ screen: 'home', pairings: [{ pairing: pairing?.pairing }], news: null });
    expect(scene.phone.registrations.value).toHaveLength(1);
    expect(await loadHistory(scene.phone.vault)).toHaveLength(1);
    expect(await scene.phone.vault.names('request:a:b')).toEqual([]);
    await scene.pairedBrowser('Firefox on Linux');
  });

  it('sets a pairing aside whose record is damaged: the others go on, and it can be removed', async () => {
    const browser = await scene.registered();
    const damaged = await scene.pairedBrowser('Edge on Windows');
    const pairing = scene.phone.pairings.value[1]?.pairing ?? '';
    await scene.phone.vault.set({ [`pairing:${pairing}`]: { of: 'another version' } });
    await scene.reload();
    const unreadable = { pairing, browser: '', ended: 'pairing-unreadable' };
    expect(scene.view).toMatchObject({
      screen: 'home',
      pairings: [{ browser: browser.name, ended: null }, unreadable],
    });
    const { key } = await scene.asked(browser);
    scene.phone.actions.deny(key, 'by-mistake');
    await scene.screen('result');
    scene.phone.actions.dismissNews();
    scene.phone.actions.unpair(pairing);
    await seen(scene.phone.pairings, (all) => all.length === 1);
    await scene.reload();
    expect(scene.phone.pairings.value).toHaveLength(1);
    expect(await scene.phone.vault.names(`pairing:${pairing}`)).toEqual([]);
    damaged.stop();
  });

  it('is not kept from opening by a pairing that was ended here and whose keys are gone, nor by when that was', async () => {
    const browser = await scene.pairedBrowser();
    await scene.pairedBrowser('Edge on Windows');
    const [first, second] = scene.phone.pairings.value.map(({ pairing }) => pairing);
    await scene.phone.vault.set({
      [`leaving:${first}`]: { of: 'another version' },
      [`leaving:${second}`]: { leftAt: scene.clock.now() },
      [`pairing:${second}`]: { of: 'another version' },
    });
    await scene.reload();
    expect(scene.view).toMatchObject({ screen: 'home', pairings: [] });
    await browser.until(() => browser.heard('unpair') === 1);
    expect(await scene.phone.vault.names('leaving:')).not.toContain(`leaving:${second}`);
  });

  it('is parted with for good: browsers are told, accounts and history forgotten', async () => {
    const browser = await scene.registered();
    const other = await scene.pairedBrowser('Edge on Windows');
    scene.phone.actions.go('mend');
    scene.phone.actions.retire();
    await scene.until((view) => view.screen === 'home' && view.pairings.length === 0);
    for (const one of [browser, other]) await one.until(() => one.heard('unpair') === 1);
    await scene.reload();
    expect(scene.view).toMatchObject({ pairings: [], registrations: [] });
    expect(await loadHistory(scene.phone.vault)).toEqual([]);
    expect(scene.paired.value).toBe(false);
  });
});

it('whether a phone is paired is kept apart from its vault', () => {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
    removeItem: (name: string) => void kept.delete(name),
  };
  const paired = pairedMarker(storage, 'it');
  expect(paired.value).toBe(false);
  paired.value = true;
  expect(pairedMarker(storage, 'it').value).toBe(true);
  paired.value = false;
  expect(pairedMarker(storage, 'it').value).toBe(false);
});
