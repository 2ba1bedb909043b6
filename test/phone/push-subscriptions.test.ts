import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { base64url } from '../../src/core/bytes.ts';
import { PushSubscriptions, type RingState } from '../../src/phone/push-subscriptions.ts';
import { startPushService } from '../relay/push-service.ts';
import { Scene, seen } from './scene.ts';
import { TestPush } from './test-push.ts';

const dayMs = 24 * 3_600_000;

let scene: Scene;
let service: Awaited<ReturnType<typeof startPushService>>;
let push: TestPush;
let subscriptions: PushSubscriptions;
let renewals: number;

/** As `main` does for each window that leads. */
function begin(): void {
  subscriptions = new PushSubscriptions(scene.phone, push, () => renewals++);
  scene.pushed = (pairing, event) => void subscriptions.said(pairing, event);
  subscriptions.start();
}

function state(holds: (state: RingState) => boolean): Promise<RingState> {
  return seen(subscriptions.state, holds);
}

const settled = () => state(({ is }) => is !== 'looking');
const isOn = ({ is }: RingState) => is === 'on';

beforeEach(async () => {
  service = await startPushService();
  scene = await Scene.open({ alsoAllow: [service.origin] });
  push = new TestPush(service.subscription);
  renewals = 0;
  begin();
});

afterEach(async () => {
  subscriptions.stop();
  await scene.close();
  await service.stop();
});

describe('a phone’s push subscription', () => {
  it('is on where it is known for all pairings that go on, whatever became of the others', async () => {
    await scene.pairedBrowser();
    const over = await scene.pairedBrowser('Edge on Windows');
    await scene.pairedBrowser('Firefox on Linux');
    await state(isOn);
    const [, , damaged] = scene.phone.pairings.value;
    await over.refuse();
    await seen(scene.phone.pairings, (all) => all.some(({ ended }) => ended === 'channel-closed'));
    await scene.phone.vault.set({ [`pairing:${damaged?.pairing}`]: { of: 'another version' } });
    // All that was told is told anew.
    push.lose();
    subscriptions.stop();
    await scene.reload();
    await seen(scene.phone.pairings, (all) => all.filter(({ ended }) => ended !== null).length === 2);
    begin();
    expect(await settled()).toEqual({ is: 'on' });
  });

  it('is made once a browser is paired, and told for each', async () => {
    expect(await settled()).toEqual({ is: 'unpaired' });
    await scene.pairedBrowser();
    await state(isOn);
    await scene.pairedBrowser('Firefox on Linux');
    await state(() => scene.said('subscribed').length === 2 && isOn(subscriptions.state.value));
    expect(push.made).toEqual([push.key]);
  });

  it('is not ended by an app that was left meanwhile, as no relay would hear of another', async () => {
    await scene.pairedBrowser();
    await state(isOn);
    const { key } = push;
    const asked = new Promise<(key: string) => void>((ask) => {
      push.publicKey = () => new Promise((answer) => ask(answer));
    });
    const refreshed = subscriptions.refresh();
    const answer = await asked;
    subscriptions.stop();
    answer(base64url(new Uint8Array(65).fill(5)));
    await refreshed;
    expect(push.made).toEqual([key]);
  });

  it('is not ended by what nobody waits for any more, as no relay would hear of another', async () => {
    await scene.pairedBrowser();
    await state(isOn);
    const { key, publicKey } = push;
    const asked = new Promise<(key: string) => void>((ask) => {
      push.publicKey = () => new Promise((answer) => ask(answer));
    });
    const refreshed = subscriptions.refresh();
    const answer = await asked;
    scene.clock.pass(10_000);
    await refreshed;
    expect(subscriptions.state.value).toEqual({ is: 'off', code: 'push-unavailable' });
    push.publicKey = publicKey;
    answer(base64url(new Uint8Array(65).fill(5)));
    await subscriptions.refresh();
    expect([subscriptions.state.value, push.made]).toEqual([{ is: 'on' }, [key]]);
  });

  it('is not said to be on while another takes its place, of which the relay has yet to hear', async () => {
    await scene.pairedBrowser();
    await state(isOn);
    push.key = base64url(new Uint8Array(65).fill(5));
    push.hangs = true;
    const hung = new Promise<void>((resolve) => {
      push.hung = resolve;
    });
    void subscriptions.refresh();
    await hung;
    expect(subscriptions.state.value).toEqual({ is: 'looking' });
  });

  it('stays although it ends soon, where the relay has no key to make another for', async () => {
    push.expirationTime = scene.clock.now() + dayMs;
    await scene.pairedBrowser();
    await state(isOn);
    const made = push.made.length;
    push.isOffline = true;
    await subscriptions.refresh();
    expect([subscriptions.state.value, push.made.length]).toEqual([{ is: 'on' }, made]);
  });

  it('is told once at each start, and again when it has changed', async () => {
    await scene.pairedBrowser();
    await state(isOn);
    await subscriptions.refresh();
    await again();
    await said(2);
    expect(push.made).toHaveLength(1);
    push.lose();
    await subscriptions.refresh();
    await state(isOn);
    expect(scene.said('subscribed')).toHaveLength(3);
    expect(push.made).toHaveLength(2);
  });

  it('is made anew by itself, once, when its push service has told the relay that it knows it no more', async () => {
    const browser = await scene.pairedBrowser();
    await scene.pairedBrowser('Firefox on Linux');
    await state(() => scene.said('subscribed').length === 2 && isOn(subscriptions.state.value));
    service.answer(410);
    scene.phone.stop();
    await browser.until(() => browser.notes.includes('away'));
    await browser.ask(scene.signIn());
    await service.next();
    await browser.until(() => browser.notes.includes('gone'));
    await again();
    await expect.poll(() => push.made.length).toBe(2);
    await state(isOn);
    service.answer(201);
    scene.phone.stop();
    await browser.until(() => browser.notes.at(-1) === 'away');
    await browser.ask(scene.signIn());
    expect((await service.next()).payload).not.toBeNull();
  });

  it('is told again when the person asks for it, whatever the relay said', async () => {
    await scene.pairedBrowser();
    await state(isOn);
    await subscriptions.refresh(true);
    await state(isOn);
    expect(scene.said('subscribed')).toHaveLength(2);
    expect(push.made).toHaveLength(2);
  });

  it('is made anew for another key of the relay’s, and when it is about to end', async () => {
    await scene.pairedBrowser();
    await state(isOn);
    push.key = base64url(new Uint8Array(65).fill(5));
    push.expirationTime = scene.clock.now() + dayMs;
    await again();
    await said(2);
    expect(push.made.at(-1)).toBe(push.key);
    push.expirationTime = null;
    await again();
    await said(3);
    expect(push.made).toHaveLength(3);
    await state(isOn);
  });

  it('is made anew for another key also where the browser does not say for which it was made', async () => {
    push.saysItsKey = false;
    await scene.pairedBrowser();
    await state(isOn);
    await again();
    await said(2);
    expect(push.made).toHaveLength(1);
    push.key = base64url(new Uint8Array(65).fill(5));
    await again();
    await said(3);
    expect(push.made.at(-1)).toBe(push.key);
  });

  it('is looked after again when the relay is back, which may have another key, and says so', async () => {
    await scene.pairedBrowser();
    await state(isOn);
    const before = renewals;
    push.key = base64url(new Uint8Array(65).fill(5));
    scene.setOnline(false);
    await seen(scene.phone.reached, ({ size }) => size === 0);
    scene.setOnline(true);
    scene.phone.wake();
    await said(2);
    expect(push.made.at(-1)).toBe(push.key);
    expect(renewals).toBe(before + 1);
  });

  it('is on at once where the relay was told of it, before it is known whether its key is another', async () => {
    await scene.pairedBrowser();
    await state(isOn);
    push.publicKey = () => new Promise(() => undefined);
    await again();
    expect(await settled()).toEqual({ is: 'on' });
  });

  it('is kept while the relay’s key cannot be had', async () => {
    await scene.pairedBrowser();
    await state(isOn);
    push.isOffline = true;
    await again();
    expect(await settled()).toEqual({ is: 'on' });
  });

  it('wakes the phone from then on', async () => {
    const browser = await scene.pairedBrowser();
    await state(isOn);
    scene.phone.stop();
    await browser.until(() => browser.notes.includes('away'));
    await browser.ask(scene.signIn());
    expect((await service.next()).payload).not.toBeNull();
  });

  /** So often the relay has said that it keeps it. */
  async function said(times: number): Promise<void> {
    await expect.poll(() => scene.said('subscribed').length).toBe(times);
  }

  async function again(): Promise<void> {
    subscriptions.stop();
    await scene.reload();
    begin();
  }
});

describe('what fails about it', () => {
  it.each<[string, Partial<TestPush>, RingState]>([
    ['nobody was asked', { now: 'default' }, { is: 'asks' }],
    ['the person said no', { now: 'denied' }, { is: 'off', code: 'notifications-denied' }],
    ['it is not on the home screen', { needsInstall: true }, { is: 'install' }],
    ['the browser has none', { access: async () => null as never }, { is: 'unsupported' }],
    ['the relay is gone', { isOffline: true }, { is: 'off', code: 'push-unavailable' }],
  ])('is said: %s; pairing and signing in go on', async (_what, now, expected) => {
    Object.assign(push, now);
    const browser = await scene.registered();
    expect(await settled()).toEqual(expected);
    const ask = scene.signIn();
    await browser.ask(ask);
    await scene.screen('request');
  });

  it('is in nobody’s way when the browser never answers', async () => {
    push.hangs = true;
    const hung = new Promise<void>((resolve) => {
      push.hung = resolve;
    });
    const browser = await scene.pairedBrowser();
    await hung;
    scene.clock.pass(10_000);
    expect(await state(({ is }) => is === 'off')).toEqual({ is: 'off', code: 'push-unavailable' });
    await browser.ask(scene.registration());
    await scene.screen('request');
  });

  it('is that the relay knows no such push service, and the mailbox stays open', async () => {
    const other = new TestPush({ ...service.subscription, endpoint: 'https://push.example/1' });
    push = other;
    subscriptions.stop();
    begin();
    const browser = await scene.registered();
    expect(await settled()).toEqual({ is: 'off', code: 'push-refused' });
    await browser.ask(scene.signIn());
    await scene.screen('request');
  });

  it('is mended by a yes', async () => {
    push.now = 'default';
    await scene.pairedBrowser();
    expect(await settled()).toEqual({ is: 'asks' });
    push.answers = 'denied';
    await subscriptions.allow();
    expect(subscriptions.state.value).toEqual({ is: 'off', code: 'notifications-denied' });
    push.now = 'granted';
    await subscriptions.allow();
    await state(isOn);
  });
});
