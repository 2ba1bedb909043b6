import { describe, expect, it } from 'vitest';
import { base64url } from '../../src/core/bytes.ts';
import type { Message } from '../../src/core/messages.ts';
import type { PhoneActions } from '../../src/phone/phone-actions.ts';
import { endText } from '../../src/phone/screens/end-texts.ts';
import type { ObservedRequest } from '../../src/phone/storage/held-request.ts';
import type { View } from '../../src/phone/view.ts';
import type { BrowserHalf } from './browser-half.ts';
import { eachRegistered } from './registered-scene.ts';
import { type Scene, seen, site } from './scene.ts';

let scene: Scene;
let browser: BrowserHalf;

eachRegistered((opened) => {
  ({ scene, browser } = opened);
});

const shows = (id: string, screen: View['screen']) => (view: View) =>
  view.screen === screen && 'held' in view && view.held.request.id === id;

/** A number on the screen. */
async function watched(of: Partial<ObservedRequest> = {}) {
  const request = scene.observed(of);
  await browser.ask(request);
  const view = await scene.until(shows(request.id, 'observed'));
  if (view.screen !== 'observed') throw new Error('another screen');
  return { request, key: view.key, held: view.held };
}

async function result(id: string) {
  const view = await scene.until(shows(id, 'result'));
  if (view.screen !== 'result') throw new Error('another screen');
  return view.held;
}

/** A sign-in that comes and goes: when it is there, everything that was said before has been heard. */
async function heard() {
  const { key } = await scene.asked(browser);
  scene.phone.actions.deny(key, 'by-mistake');
  await scene.until((view) => view.screen === 'result' && view.key === key);
  scene.phone.actions.dismiss(key);
  await scene.until((view) => !('key' in view) || view.key !== key);
}

describe('a number of another app', () => {
  it.each<[string, Partial<ObservedRequest>]>([
    ['with everything', {}],
    ['of one digit', { number: '0', direction: 'choose' }],
    ['of eight digits', { number: '00123456', direction: 'compare' }],
    ['that is a letter', { number: 'X' }],
    ['without an account', { account: undefined }],
    ['that is kept off the phone', { number: undefined }],
  ])('is shown as it came: %s', async (_, of) => {
    const { request, held } = await watched(of);
    expect(held.request).toEqual(request);
    await browser.receipt(request.id, 'received');
    await browser.receipt(request.id, 'opened');
  });

  it('is named its account when the page says it late, and changes in nothing else', async () => {
    const { request, held } = await watched({ account: undefined });
    await browser.ask({ ...request, account: 'ada@example.com', number: '11', apps: ['Another'] });
    const view = await scene.until((now) => now.screen === 'observed' && now.held.request.account !== undefined);
    if (view.screen !== 'observed') throw new Error('another screen');
    expect(view.held).toEqual({ ...held, life: view.held.life, request: { ...request, account: 'ada@example.com' } });
    await browser.ask(request);
    await heard();
    await scene.until((now) => now.screen === 'observed' && now.held.request.account === 'ada@example.com');
  });

  it('is opened only once the person can see it', async () => {
    scene.visible.value = false;
    const { request } = await watched();
    await browser.receipt(request.id, 'received');
    const receipts = () => browser.notes.filter((note) => note === 'receipt').length;
    const before = receipts();
    scene.visible.value = true;
    await browser.receipt(request.id, 'opened');
    expect(receipts()).toBe(before + 1);
  });

  it('is not answered, whatever is tapped', async () => {
    const { request, key } = await watched();
    const answers = browser.heard('answer');
    const { actions } = scene.phone;
    const taps: ((of: PhoneActions) => void)[] = [
      ({ pick }) => pick(key, '07'),
      ({ register }) => register(key),
      ({ deny }) => deny(key, 'not-me'),
    ];
    for (const tap of taps) tap(actions);
    await browser.show(request.id, 'approved');
    expect((await result(request.id)).answer).toBeUndefined();
    expect(scene.authenticator.asked).toHaveLength(1);
    expect(browser.heard('answer')).toBe(answers);
  });

  it('is no sign-in of an account that this phone holds, wherever it is', async () => {
    const { request } = await watched({ account: site.account, origin: 'https://login.example.evil.test' });
    await browser.show(request.id, 'failed', 'wrong-origin');
    expect((await result(request.id)).life).toMatchObject({ phase: 'failed', code: 'wrong-origin' });
  });

  it('survives a reload before and after its end', async () => {
    const { request, key } = await watched({ account: undefined });
    await scene.reload();
    expect(scene.view).toMatchObject({ screen: 'observed', key, held: { request: { number: '07' } } });
    await browser.show(request.id, 'denied');
    await result(request.id);
    await scene.reload();
    expect(scene.view).toMatchObject({ screen: 'result', key, held: { life: { phase: 'denied' } } });
    scene.phone.actions.dismiss(key);
    await scene.screen('home');
    await scene.reload();
    expect(scene.view.screen).toBe('home');
  });

  it('is only hidden when it is closed, and stays so', async () => {
    const { request, key } = await watched();
    scene.phone.actions.dismiss(key);
    await scene.screen('home');
    await scene.reload();
    expect(scene.view.screen).toBe('home');
    await browser.show(request.id, 'approved');
    await heard();
    expect(scene.view.screen).toBe('home');
    expect(browser.heard('answer')).toBe(2);
  });

  it('makes way for the link that the person opens', async () => {
    await watched();
    const other = await scene.newBrowser('Edge on Windows');
    scene.phone.actions.openLink(await other.offer());
    await scene.screen('digits');
  });
});

describe('the end of a number of another app', () => {
  it.each(['approved', 'denied', 'timed-out', 'superseded', 'password', 'gone'] as const)(
    'is what the page shows: %s',
    async (outcome) => {
      const { request } = await watched();
      await browser.show(request.id, outcome);
      const held = await result(request.id);
      expect(held.life.phase).toBe(outcome);
      expect(endText(held)).not.toBeNull();
    },
  );

  it.each(['password', 'timed-out', 'superseded', 'gone'] as const)('is withdrawn: %s', async (reason) => {
    const { request } = await watched();
    await browser.say({ kind: 'withdraw', id: request.id, reason });
    expect((await result(request.id)).life.phase).toBe(reason);
  });

  it.each(['denied-or-timed-out', undefined] as const)('that is a failure says why: %s', async (code) => {
    const { request } = await watched();
    await browser.show(request.id, 'failed', code);
    const held = await result(request.id);
    expect(held.life).toMatchObject({ phase: 'failed', code: code ?? 'unexpected' });
    expect(endText(held)).toBeNull();
  });

  it('comes by the relay’s time, though this phone’s clock is an hour wrong', async () => {
    for (const aheadMs of [3_600_000, -3_600_000]) {
      scene.aheadMs = aheadMs;
      await scene.reload();
      const { request, key } = await watched();
      scene.pass(59_999);
      expect(scene.view.screen).toBe('observed');
      scene.pass(1);
      expect((await result(request.id)).life.phase).toBe('timed-out');
      scene.phone.actions.dismiss(key);
      await scene.screen('home');
    }
  });

  it('is believed also when the time was over here, as the person was in the other app', async () => {
    const { request } = await watched();
    scene.pass(60_000);
    await result(request.id);
    await browser.show(request.id, 'approved');
    await scene.until((view) => view.screen === 'result' && view.held.life.phase === 'approved');
    const taken = () => browser.notes.filter((note) => note === 'received').length;
    const before = taken();
    await browser.show(request.id, 'denied');
    await browser.until(() => taken() > before);
    expect((await result(request.id)).life.phase).toBe('approved');
  });

  it('is believed also when the clock was set back by an hour since the time was over here', async () => {
    const { request } = await watched();
    scene.pass(60_000);
    await result(request.id);
    scene.aheadMs = -3_600_000;
    await browser.show(request.id, 'approved');
    await scene.until((view) => view.screen === 'result' && view.held.life.phase === 'approved');
    // Told a later end, it replaces itself.
    const history = await scene.phone.vault.entries('history:');
    expect(history.filter(([, record]) => (record as { type: string }).type === 'observed')).toMatchObject([
      [expect.any(String), { end: 'approved' }],
    ]);
  });
});

describe('several requests', () => {
  it('show the newest number first, and each but once', async () => {
    const older = await watched();
    scene.pass(1);
    const newer = await watched({ number: '42' });
    expect(scene.phone.settling.value).toBe(true);
    await browser.ask(newer.request);
    scene.phone.actions.dismiss(newer.key);
    await scene.until(shows(older.request.id, 'observed'));
    await browser.show(older.request.id, 'approved');
    await result(older.request.id);
    scene.phone.actions.dismiss(older.key);
    await scene.screen('home');
  });

  it.each(['before', 'after'])('show the number that took another’s place, which is told %s it', async (when) => {
    const older = await watched();
    const withdraw = () => browser.say({ kind: 'withdraw', id: older.request.id, reason: 'superseded' });
    scene.pass(1);
    if (when === 'before') await withdraw();
    const newer = await watched({ number: '42' });
    if (when === 'after') await withdraw();
    await browser.show(newer.request.id, 'approved');
    await result(newer.request.id);
    scene.phone.actions.dismiss(newer.key);
    await scene.screen('home');
  });

  it('show one that waits for an answer before a number, whichever came first', async () => {
    const before = await watched();
    const { request, key } = await scene.asked(browser);
    expect(scene.view).toMatchObject({ waiting: 0 });
    expect(scene.phone.settling.value).toBe(true);
    const after = scene.observed({ number: '42' });
    await browser.ask(after);
    await browser.receipt(after.id, 'received');
    expect(scene.view).toMatchObject({ screen: 'request', key });
    scene.phone.actions.pick(key, '17');
    expect(scene.view).toMatchObject({ screen: 'verifying', isSent: false });
    scene.pass(1);
    scene.authenticator.last.succeed();
    await browser.answer(request.id);
    await scene.until((view) => view.screen === 'verifying' && view.isSent);
    await browser.conclude(request.id, 'approved');
    await result(request.id);
    scene.phone.actions.dismiss(key);
    await scene.until(shows(after.id, 'observed'));
    await browser.show(after.id, 'approved');
    const { life } = await result(after.id);
    expect(life.phase).toBe('approved');
    scene.phone.actions.dismiss(`${(scene.view as { held: { pairing: string } }).held.pairing}:${after.id}`);
    await scene.until(shows(before.request.id, 'observed'));
  });

  it('show a number while an answer is being checked, and then what came of the answer', async () => {
    const { request, key } = await scene.asked(browser);
    scene.phone.actions.pick(key, '17');
    scene.authenticator.last.succeed();
    await browser.answer(request.id);
    await scene.until((view) => view.screen === 'verifying' && view.isSent);
    scene.pass(1);
    const number = await watched();
    scene.pass(1);
    await browser.conclude(request.id, 'mismatched');
    await result(request.id);
    scene.phone.actions.dismiss(key);
    await scene.until(shows(number.request.id, 'observed'));
  });

  it('of the same page and account do not replace each other where only one is answered here', async () => {
    const number = await watched({ origin: site.origin, account: site.account });
    const { key } = await scene.asked(browser);
    scene.phone.actions.deny(key, 'not-me');
    await scene.screen('result');
    scene.phone.actions.dismiss(key);
    await scene.until(shows(number.request.id, 'observed'));
  });

  it('of two browsers do not touch each other, even with the same id', async () => {
    const other = await scene.pairedBrowser('Edge on Windows');
    const { request, key } = await watched();
    await other.say({ kind: 'withdraw', id: request.id, reason: 'gone' });
    await other.show(request.id, 'approved');
    const next = scene.observed();
    await other.ask(next);
    const view = await scene.until(shows(next.id, 'observed'));
    scene.phone.actions.dismiss((view as { key: string }).key);
    expect(await seen(scene.phone.view, shows(request.id, 'observed'))).toMatchObject({ key });
  });
});

describe('a hostile browser', () => {
  it('has one that expired ignored, and its life cut to what any request may live', async () => {
    await browser.ask(scene.observed({ expiresAt: scene.clock.now() }));
    const { held } = await watched({ expiresAt: scene.clock.now() + 86_400_000 });
    expect(held.life.expiresAt - scene.clock.now()).toBe(300_000);
  });

  it('cannot make a number one that is answered, nor the other way round', async () => {
    const { request, key } = await watched();
    await browser.ask(scene.signIn({ id: request.id }));
    await browser.ask(scene.registration({ id: request.id, account: 'grace@login.example' }));
    await heard();
    expect(scene.view).toMatchObject({ screen: 'observed', key });
    const native = await scene.asked(browser);
    await browser.ask(scene.observed({ id: native.request.id }));
    const id = base64url(new Uint8Array(16));
    await browser.say({ kind: 'outcome', id, outcome: 'approved' } satisfies Message);
    scene.phone.actions.pick(native.key, '17');
    scene.authenticator.last.succeed();
    expect(await browser.answer(native.request.id)).toMatchObject({ decision: 'approve' });
  });
});
