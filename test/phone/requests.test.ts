import { describe, expect, it } from 'vitest';
import { base64url } from '../../src/core/bytes.ts';
import { AppError } from '../../src/core/errors.ts';
import { limits } from '../../src/core/limits.ts';
import type { Message } from '../../src/core/messages.ts';
import { statementHash } from '../../src/core/statement.ts';
import type { BrowserHalf } from './browser-half.ts';
import { eachRegistered } from './registered-scene.ts';
import { type Scene, seen, site } from './scene.ts';

let scene: Scene;
let browser: BrowserHalf;

eachRegistered((opened) => {
  ({ scene, browser } = opened);
});

/** A sign-in that was answered with the first number. */
async function answered() {
  const { request, key } = await scene.asked(browser);
  scene.phone.actions.pick(key, '17');
  scene.authenticator.last.succeed();
  await browser.answer(request.id);
  await scene.until((view) => view.screen === 'verifying' && view.isSent);
  return { request, key };
}

describe('a request', () => {
  it.each([
    ['ahead', 3_600_000],
    ['back', -3_600_000],
  ])('lives as long as ever where this phone’s clock was set %s since the relay told the time', async (_, byMs) => {
    scene.aheadMs = byMs;
    await browser.ask(scene.signIn());
    const { held } = await scene.screen('request');
    expect(held.life.expiresAt - scene.phone.now()).toBe(60_000);
  });
});

describe('a registration', () => {
  it('states what was asked, and is kept once the provider has said yes', async () => {
    const request = scene.registration({ account: 'grace@login.example' });
    await browser.ask(request);
    const { key, isRegistered } = await scene.screen('request');
    expect(isRegistered).toBe(false);
    scene.phone.actions.register(key);
    const { id, nonce, origin, account } = request;
    const { ceremony } = scene.authenticator.last;
    expect(ceremony.challenge).toEqual(statementHash({ id, nonce, origin, account, decision: 'register', number: '' }));
    scene.authenticator.last.succeed();
    expect(await browser.answer(id)).toMatchObject({ decision: 'register', phone: 'Chrome on Android' });
    await scene.reload();
    expect(scene.view).toMatchObject({ screen: 'verifying', isSent: true });
    await browser.conclude(id, 'approved');
    await scene.screen('result');
    scene.phone.actions.dismiss(key);
    const { registrations } = await scene.screen('home');
    expect(registrations.map((one) => one.account)).toEqual([site.account, account]);
    await scene.reload();
    expect((await scene.screen('home')).registrations).toEqual(registrations);
  });

  it('is not kept when the provider says no', async () => {
    const request = scene.registration({ account: 'grace@login.example' });
    await browser.ask(request);
    const { key } = await scene.screen('request');
    scene.phone.actions.register(key);
    scene.authenticator.last.succeed();
    await browser.conclude(request.id, 'failed', 'already-registered');
    expect((await scene.screen('result')).held.life).toMatchObject({ phase: 'failed', code: 'already-registered' });
    scene.phone.actions.dismiss(key);
    expect((await scene.screen('home')).registrations).toHaveLength(1);
  });

  it('is kept though the yes came after this phone had given up', async () => {
    const request = scene.registration({ account: 'grace@login.example' });
    await browser.ask(request);
    const { key } = await scene.screen('request');
    scene.phone.actions.register(key);
    scene.authenticator.last.succeed();
    await browser.answer(request.id);
    await scene.until((view) => view.screen === 'verifying' && view.isSent);
    scene.pass(70_000);
    await scene.screen('result');
    await browser.conclude(request.id, 'approved');
    scene.phone.actions.dismiss(key);
    await scene.until((view) => view.screen === 'home' && view.registrations.length === 2);
  });

  it('again for the same account replaces the one before', async () => {
    await scene.register(browser);
    expect((await scene.screen('home')).registrations).toHaveLength(1);
  });
});

describe('a sign-in', () => {
  it('shows three numbers, states the one that was picked, and says how it went', async () => {
    const { request, key } = await scene.asked(browser);
    const { id, nonce, origin, account } = request;
    await browser.receipt(id, 'received');
    await browser.receipt(id, 'opened');
    scene.phone.actions.pick(key, '42');
    expect(scene.view).toMatchObject({ screen: 'verifying', isSent: false });
    const { ceremony } = scene.authenticator.last;
    const statement = { id, nonce, origin, account, decision: 'approve', number: '42' } as const;
    expect(ceremony.challenge).toEqual(statementHash(statement));
    expect(ceremony.timeoutMs).toBe(60_000);
    scene.authenticator.last.succeed();
    expect(await browser.answer(id)).toMatchObject({
      decision: 'approve',
      chosen: '42',
      credentialId: scene.authenticator.credentialId,
      signature: base64url(statementHash(statement)),
    });
    await browser.conclude(id, 'approved');
    expect((await scene.screen('result')).held.life.phase).toBe('approved');
    scene.phone.actions.dismiss(key);
    await scene.screen('home');
  });

  it('without choices takes two typed digits, the first not 0, and nothing else', async () => {
    const { request, key } = await scene.asked(browser, { choices: [] });
    const before = scene.authenticator.asked.length;
    for (const typed of ['', '4', '07', '420', '4x', '٤٢']) scene.phone.actions.pick(key, typed);
    expect(scene.authenticator.asked).toHaveLength(before);
    scene.phone.actions.pick(key, '42');
    scene.authenticator.last.succeed();
    expect(await browser.answer(request.id)).toMatchObject({ decision: 'approve', chosen: '42' });
  });

  it('survives a reload between every two steps', async () => {
    const { request, key } = await scene.asked(browser);
    await scene.reload();
    expect(scene.view).toMatchObject({ screen: 'request', key });
    scene.phone.actions.pick(key, '17');
    await scene.reload();
    expect(scene.view).toMatchObject({ screen: 'request', key });
    scene.phone.actions.pick(key, '86');
    scene.authenticator.last.succeed();
    expect(await browser.answer(request.id)).toMatchObject({ chosen: '86' });
    await scene.until((view) => view.screen === 'verifying' && view.isSent);
    await scene.reload();
    expect(scene.view).toMatchObject({ screen: 'verifying', key, isSent: true });
    await browser.conclude(request.id, 'approved');
    await scene.screen('result');
    await scene.reload();
    expect(scene.view).toMatchObject({ screen: 'result', key });
    scene.phone.actions.dismiss(key);
    await scene.screen('home');
    await scene.reload();
    expect(scene.view.screen).toBe('home');
    expect(browser.heard('answer')).toBe(2);
  });

  it('that came while the app was closed is there when it opens', async () => {
    scene.phone.stop();
    const stored = () => browser.notes.filter((note) => note === 'stored').length;
    const before = stored();
    await browser.ask(scene.signIn());
    await browser.until(() => stored() > before);
    await scene.reload();
    await scene.screen('request');
  });

  it('sends an answer that was given without a network once it is back, also after a reload', async () => {
    const { request, key } = await scene.asked(browser);
    scene.setOnline(false);
    scene.phone.actions.pick(key, '17');
    scene.authenticator.last.succeed();
    await scene.until((view) => view.screen === 'verifying' && view.isSent);
    expect(await seen(scene.phone.trouble, (code) => code !== null)).toBe('relay-unreachable');
    await scene.reload();
    scene.setOnline(true);
    scene.phone.wake();
    expect(await browser.answer(request.id)).toMatchObject({ chosen: '17' });
    expect(scene.phone.trouble.value).toBeNull();
  });

  it('is opened only once the person can see it', async () => {
    scene.visible.value = false;
    const { request } = await scene.asked(browser);
    await browser.receipt(request.id, 'received');
    expect(browser.notes.filter((note) => note === 'receipt')).toHaveLength(3);
    scene.visible.value = true;
    await browser.receipt(request.id, 'opened');
  });

  it('can be tried again when the person was not verified', async () => {
    const { request, key } = await scene.asked(browser);
    scene.phone.actions.pick(key, '17');
    scene.authenticator.last.fail(new AppError('verification-refused'));
    await scene.until((view) => view.screen === 'request' && view.problem === 'verification-refused');
    scene.phone.actions.pick(key, '17');
    scene.authenticator.last.succeed();
    expect(await browser.answer(request.id)).toMatchObject({ decision: 'approve' });
  });

  it('goes back to its numbers when the verification is cancelled', async () => {
    const { key } = await scene.asked(browser);
    scene.phone.actions.pick(key, '17');
    scene.phone.actions.cancelVerification();
    expect(await scene.screen('request')).toMatchObject({ key, problem: null });
  });

  it('cannot be approved where the phone cannot verify anybody, and says so on both sides', async () => {
    const { request, key } = await scene.asked(browser);
    scene.phone.actions.pick(key, '17');
    scene.authenticator.last.fail(new AppError('verification-unavailable'));
    const code = 'verification-unavailable';
    expect(await browser.answer(request.id)).toMatchObject({ decision: 'cannot', code });
    expect((await scene.screen('result')).held.life).toMatchObject({ phase: 'failed', code });
  });

  it.each(['not-me', 'by-mistake'] as const)('is denied: %s', async (reason) => {
    const { request, key } = await scene.asked(browser);
    scene.phone.actions.deny(key, reason);
    expect(await browser.answer(request.id)).toEqual({ decision: 'deny', id: request.id, reason });
    expect((await scene.screen('result')).held.life).toMatchObject({ phase: 'denied', reason });
  });

  it.each(['mismatched', 'timed-out', 'superseded', 'password', 'gone'] as const)(
    'ends as the page says: %s',
    async (outcome) => {
      const { request } = await answered();
      await browser.conclude(request.id, outcome);
      expect((await scene.screen('result')).held.life.phase).toBe(outcome);
    },
  );

  it('that fails says why', async () => {
    const { request } = await answered();
    await browser.conclude(request.id, 'failed', 'approval-invalid');
    expect((await scene.screen('result')).held.life.code).toBe('approval-invalid');
  });

  it.each(['password', 'timed-out', 'superseded', 'gone'] as const)('is withdrawn: %s', async (reason) => {
    const { request, key } = await scene.asked(browser);
    scene.phone.actions.pick(key, '17');
    await browser.say({ kind: 'withdraw', id: request.id, reason });
    expect((await scene.screen('result')).held.life.phase).toBe(reason);
    expect(scene.authenticator.last.ceremony.signal.aborted).toBe(true);
  });

  it('expires by itself, also while the person is being verified, and sends nothing afterwards', async () => {
    const { key } = await scene.asked(browser);
    const before = browser.heard('answer');
    scene.phone.actions.pick(key, '17');
    scene.pass(60_000);
    expect((await scene.screen('result')).held.life.phase).toBe('timed-out');
    expect(scene.authenticator.last.ceremony.signal.aborted).toBe(true);
    scene.phone.actions.pick(key, '17');
    scene.phone.actions.deny(key, 'not-me');
    await scene.reload();
    expect(scene.view).toMatchObject({ screen: 'result', key });
    expect(browser.heard('answer')).toBe(before);
  });

  it('that expired long ago is not shown when the app opens', async () => {
    await scene.asked(browser);
    scene.phone.stop();
    scene.pass(600_000);
    await scene.reload();
    expect(scene.view.screen).toBe('home');
  });

  it('has at most its time once more where the clock is set back by an hour, and ends', async () => {
    await scene.asked(browser);
    scene.aheadMs = -3_600_000;
    scene.pass(60_000);
    const expiresAt = scene.clock.now() + scene.aheadMs + 60_000;
    await scene.until((view) => view.screen === 'request' && view.held.life.expiresAt === expiresAt);
    scene.pass(60_000);
    expect((await scene.screen('result')).held.life.phase).toBe('timed-out');
  });

  it('ends where the clock is set forward by an hour', async () => {
    await scene.asked(browser);
    scene.aheadMs = 3_600_000;
    scene.pass(60_000);
    expect((await scene.screen('result')).held.life.phase).toBe('timed-out');
  });

  it('can be answered though the clock is set back by an hour meanwhile', async () => {
    const { request, key } = await scene.asked(browser);
    scene.aheadMs = -3_600_000;
    scene.phone.actions.pick(key, '17');
    scene.authenticator.last.succeed();
    expect(await browser.answer(request.id)).toMatchObject({ decision: 'approve', chosen: '17' });
  });

  it('without an outcome ends a little after its time', async () => {
    await answered();
    scene.pass(60_000);
    expect(scene.view.screen).toBe('verifying');
    scene.pass(10_000);
    expect((await scene.screen('result')).held.life.phase).toBe('timed-out');
  });

  it('counts by the relay’s time, though this phone’s clock is an hour wrong', async () => {
    for (const aheadMs of [3_600_000, -3_600_000]) {
      scene.aheadMs = aheadMs;
      await scene.reload();
      const { key } = await scene.asked(browser);
      await scene.reload();
      expect(scene.view).toMatchObject({ screen: 'request', key });
      scene.pass(60_000);
      await scene.screen('result');
      scene.phone.actions.dismiss(key);
      await scene.screen('home');
    }
  });
});

describe('two sign-ins', () => {
  it('of the same account leave the newer one', async () => {
    const older = await scene.asked(browser);
    scene.phone.actions.pick(older.key, '17');
    const newer = await scene.asked(browser);
    expect(scene.authenticator.last.ceremony.signal.aborted).toBe(true);
    expect(scene.view).toMatchObject({ waiting: 0 });
    scene.phone.actions.deny(newer.key, 'by-mistake');
    await scene.screen('result');
    scene.phone.actions.dismiss(newer.key);
    await scene.screen('home');
  });

  it('of other accounts wait for each other, the newest first', async () => {
    const account = 'grace@login.example';
    await scene.register(browser, { ...site, account });
    const older = await scene.asked(browser);
    const newer = await scene.asked(browser, { account });
    expect(scene.view).toMatchObject({ key: newer.key, waiting: 1 });
    expect(scene.phone.settling.value).toBe(true);
    scene.pass(600);
    expect(scene.phone.settling.value).toBe(false);
    scene.phone.actions.deny(newer.key, 'by-mistake');
    await scene.until((view) => view.screen === 'request' && view.key === older.key);
    expect(scene.view).toMatchObject({ waiting: 0 });
    scene.pass(1);
    await browser.say({ kind: 'withdraw', id: older.request.id, reason: 'gone' });
    await scene.until((view) => view.screen === 'result' && view.key === older.key);
  });

  it('do not disturb each other while one is being verified', async () => {
    const account = 'grace@login.example';
    await scene.register(browser, { ...site, account });
    const older = await scene.asked(browser);
    scene.phone.actions.pick(older.key, '17');
    const next = scene.signIn({ account });
    await browser.ask(next);
    await browser.receipt(next.id, 'received');
    expect(scene.view).toMatchObject({ screen: 'verifying', key: older.key });
    scene.authenticator.last.succeed();
    await browser.answer(older.request.id);
    await scene.until((view) => view.screen === 'request' && view.held.request.id === next.id);
  });

  it('of two browsers do not touch each other, even with the same id', async () => {
    const other = await scene.pairedBrowser('Edge on Windows');
    const { request, key } = await scene.asked(browser);
    await other.say({ kind: 'withdraw', id: request.id, reason: 'gone' });
    await other.ask({ ...request, account: 'nobody@login.example' });
    expect(await other.answer(request.id)).toMatchObject({ decision: 'cannot' });
    expect(scene.view).toMatchObject({ screen: 'request', key });
  });
});

describe('a sign-in that this phone is not registered for', () => {
  it('is refused with a warning that names both origins when the account is registered elsewhere', async () => {
    const request = scene.signIn({ origin: 'https://login.example.evil.test' });
    await browser.ask(request);
    expect(await browser.answer(request.id)).toEqual({ decision: 'cannot', id: request.id, code: 'wrong-origin' });
    const view = await scene.screen('warning');
    expect(view).toMatchObject({ code: 'wrong-origin', origins: [site.origin], held: { request } });
    scene.phone.actions.pick(view.key, '17');
    expect(scene.authenticator.asked).toHaveLength(1);
    await scene.reload();
    expect(scene.view).toMatchObject({ screen: 'warning', key: view.key });
  });

  it('is refused when the account is not registered at all', async () => {
    const request = scene.signIn({ account: 'nobody@login.example' });
    await browser.ask(request);
    expect(await browser.answer(request.id)).toMatchObject({ decision: 'cannot', code: 'no-registration' });
    expect(await scene.screen('warning')).toMatchObject({ code: 'no-registration' });
  });
});

describe('a hostile browser', () => {
  const id = base64url(new Uint8Array(16));

  it.each<[string, Message]>([
    ['a withdrawal of nothing', { kind: 'withdraw', id, reason: 'gone' }],
    ['an outcome of nothing', { kind: 'outcome', id, outcome: 'approved' }],
    ['an answer', { kind: 'answer', answer: { decision: 'deny', id, reason: 'not-me' } }],
    ['a receipt', { kind: 'receipt', id, stage: 'opened' }],
    ['a confirmation', { kind: 'confirm' }],
  ])('is ignored with %s', async (_, message) => {
    await browser.say(message);
    const { key } = await scene.asked(browser);
    expect(scene.view).toMatchObject({ screen: 'request', key });
    expect(scene.phone.fault.value).toBeNull();
  });

  it('cannot have a request approved that nobody answered', async () => {
    const { request, key } = await scene.asked(browser);
    await browser.say({ kind: 'outcome', id: request.id, outcome: 'approved' });
    scene.phone.actions.deny(key, 'not-me');
    await browser.answer(request.id);
    expect((await scene.screen('result')).held.life.phase).toBe('denied');
  });

  it('cannot show a request twice, nor one that has expired', async () => {
    const { request, key } = await scene.asked(browser);
    await browser.ask(request);
    const late = scene.signIn({ expiresAt: scene.clock.now() + 1 });
    scene.pass(1);
    await browser.ask({ ...late, expiresAt: scene.clock.now() });
    expect(scene.view).toMatchObject({ key, waiting: 0 });
  });

  it('cannot pass itself off as another browser', async () => {
    const other = await scene.pairedBrowser('Edge on Windows');
    await other.ask(scene.signIn({ browser: browser.name }));
    expect((await scene.screen('request')).held.request.browser).toBe('Edge on Windows');
  });

  it('cannot ask without end, and leaves other browsers their turn', async () => {
    const other = await scene.pairedBrowser('Edge on Windows');
    // Its registration counts, too.
    const asking = Array.from({ length: 64 }, () => scene.signIn());
    for (const request of asking) {
      await browser.ask(request);
      if (request !== asking.at(-1)) await browser.receipt(request.id, 'received');
    }
    const last = asking.at(-1)?.id as string;
    expect(await browser.answer(last)).toEqual({ decision: 'cannot', id: last, code: 'too-many-requests' });
    const wanted = scene.signIn();
    await other.ask(wanted);
    await other.receipt(wanted.id, 'received');
    expect(await scene.screen('request')).toMatchObject({ held: { request: { id: wanted.id } } });

    scene.pass(2 * limits.longestRequestLifeMs);
    const again = scene.signIn();
    await browser.ask(again);
    await browser.receipt(again.id, 'opened');
  });

  it('cannot have a number picked that was not offered', async () => {
    const { key } = await scene.asked(browser);
    scene.phone.actions.pick(key, '99');
    expect(scene.view.screen).toBe('request');
    expect(scene.authenticator.asked).toHaveLength(1);
  });
});
