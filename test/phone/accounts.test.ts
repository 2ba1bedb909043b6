import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/core/errors.ts';
import { clearHistory, loadHistory } from '../../src/phone/history.ts';
import { repairOf } from '../../src/phone/storage/registration.ts';
import type { BrowserHalf } from './browser-half.ts';
import { eachRegistered } from './registered-scene.ts';
import { type Scene, seen, site } from './scene.ts';

const other = { origin: 'https://sso.other.example', site: 'Other', account: site.account };
const dayMs = 24 * 3_600_000;

let scene: Scene;
let browser: BrowserHalf;

eachRegistered((opened) => {
  ({ scene, browser } = opened);
});

/** A sign-in that was approved here, and what the provider made of that. */
async function signIn(outcome: 'approved' | 'failed', code?: 'approval-invalid') {
  const { request, key } = await scene.asked(browser);
  scene.phone.actions.pick(key, '17');
  scene.authenticator.last.succeed();
  await browser.conclude(request.id, outcome, code);
  await scene.screen('result');
  scene.phone.actions.dismiss(key);
  await scene.screen('home');
}

const registrations = () => {
  scene.phone.actions.go('accounts');
  if (scene.view.screen !== 'accounts') throw new Error('another screen');
  const { registrations: all } = scene.view;
  scene.phone.actions.go('home');
  return all;
};

describe('an account', () => {
  it('says since when it is registered and when it was last used', async () => {
    const registeredAt = scene.clock.now();
    expect(registrations()).toMatchObject([{ ...site, registeredAt }]);
    expect(registrations()[0]?.lastUsedAt).toBeUndefined();
    scene.pass(1_000);
    await signIn('approved');
    await scene.reload();
    expect(registrations()).toMatchObject([{ registeredAt, lastUsedAt: registeredAt + 1_000 }]);
  });

  it('is one of several, also of the same name at another organisation, and each is unregistered by itself', async () => {
    await scene.register(browser, other);
    expect(registrations()).toMatchObject([site, other]);
    const [first] = registrations();
    if (!first) throw new Error('none');
    scene.phone.actions.unregister(first);
    await scene.until((view) => view.screen === 'home' && view.registrations.length === 1);
    await scene.reload();
    expect(registrations()).toMatchObject([other]);
    const request = scene.signIn();
    await browser.ask(request);
    expect(await browser.answer(request.id)).toMatchObject({ decision: 'cannot', code: 'wrong-origin' });
    await scene.screen('warning');
  });

  it('is another one to the authenticator at another origin, whatever user that names, and the same one anew', async () => {
    const named = { userHandle: 'A'.repeat(22) };
    for (const of of [site, other, site]) await scene.register(browser, { ...of, ...named });
    const [here, there, again] = scene.authenticator.userIds.slice(-3);
    expect(there).not.toBe(here);
    expect(again).toBe(here);
    expect([here, there]).not.toContain(named.userHandle);
  });

  it('is marked when its provider does not take the approval, until one is taken', async () => {
    await signIn('failed', 'approval-invalid');
    await scene.reload();
    expect(registrations().map(repairOf)).toEqual(['approval-invalid']);
    await signIn('approved');
    expect(registrations().map(repairOf)).toEqual([null]);
  });

  it('is marked when its person is not verified three times in a row, as its key may be gone', async () => {
    const { key } = await scene.asked(browser);
    for (const [times, repair] of [
      [1, null],
      [2, null],
      [3, 'unconfirmed'],
    ] as const) {
      scene.phone.actions.pick(key, '42');
      scene.authenticator.last.fail(new AppError('verification-refused'));
      await scene.until((view) => view.screen === 'request' && view.problem !== null);
      await seen(scene.phone.registrations, (all) => all[0]?.unconfirmed === times);
      expect(scene.phone.registrations.value.map(repairOf)).toEqual([repair]);
    }
    scene.phone.actions.pick(key, '42');
    scene.authenticator.last.succeed();
    await browser.conclude(key.split(':')[1] ?? '', 'approved');
    await scene.screen('result');
    expect(scene.phone.registrations.value.map(repairOf)).toEqual([null]);
  });

  it('is marked anew by a registration that replaces it', async () => {
    await signIn('failed', 'approval-invalid');
    await scene.register(browser);
    expect(registrations().map(repairOf)).toEqual([null]);
  });
});

describe('the history', () => {
  const history = () => loadHistory(scene.phone.vault);

  it('has every end once, newest first, over a reload', async () => {
    scene.pass(1_000);
    await signIn('approved');
    scene.pass(1_000);
    const { key } = await scene.asked(browser);
    scene.phone.actions.deny(key, 'not-me');
    await scene.screen('result');
    scene.pass(1_000);
    const number = scene.observed();
    await browser.ask(number);
    await scene.screen('observed');
    await browser.say({ kind: 'withdraw', id: number.id, reason: 'gone' });
    await scene.until((view) => view.screen === 'result' && view.held.request.id === number.id);
    await scene.reload();
    expect(await history()).toMatchObject([
      { type: 'observed', end: 'gone', origin: number.origin, account: number.account },
      { type: 'sign-in', end: 'denied', reason: 'not-me', ...site },
      { type: 'sign-in', end: 'approved', browser: 'Chrome on Linux' },
      { type: 'registration', end: 'approved' },
    ]);
  });

  it('is told a later end of the same request', async () => {
    scene.pass(1_000);
    const number = scene.observed();
    await browser.ask(number);
    await scene.screen('observed');
    scene.pass(60_000);
    await scene.screen('result');
    expect((await history())[0]).toMatchObject({ type: 'observed', end: 'timed-out' });
    await browser.show(number.id, 'approved');
    await scene.until((view) => view.screen === 'result' && view.held.life.phase === 'approved');
    expect(await history()).toMatchObject([{ type: 'observed', end: 'approved' }, { type: 'registration' }]);
  });

  it('is kept for 90 days and no longer, and cleared when the person wants it', async () => {
    scene.aheadMs = 89 * dayMs;
    await scene.reload();
    expect(await history()).toHaveLength(1);
    scene.aheadMs = 91 * dayMs;
    await scene.reload();
    expect(await history()).toEqual([]);
    await browser.ask(scene.signIn());
    scene.phone.actions.keep((await scene.screen('unused')).pairing.pairing);
    const { key } = await scene.screen('request');
    scene.phone.actions.deny(key, 'by-mistake');
    await scene.screen('result');
    expect(await history()).toHaveLength(1);
    await clearHistory(scene.phone.vault);
    expect(await history()).toEqual([]);
  });
});
