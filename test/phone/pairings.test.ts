import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { AppError } from '../../src/core/errors.ts';
import type { PairingEntry } from '../../src/phone/pairings.ts';
import { LocalMailbox } from '../../src/relay/stores/local-mailbox.ts';
import type { BrowserHalf } from './browser-half.ts';
import { Scene, seen } from './scene.ts';

const dayMs = 24 * 3_600_000;

/** Something that is come to, and goes on when the test lets it. */
class Moment {
  reach!: () => void;
  pass!: () => void;
  readonly reached = new Promise<void>((resolve) => {
    this.reach = resolve;
  });
  readonly #mayPass = new Promise<void>((resolve) => {
    this.pass = resolve;
  });

  passed(): Promise<void> {
    this.reach();
    return this.#mayPass;
  }
}

let scene: Scene;

beforeEach(async () => {
  scene = await Scene.open();
});

afterEach(() => scene.close());

function pairings() {
  scene.phone.actions.go('browsers');
  const { view } = scene;
  scene.phone.actions.go('home');
  return view.screen === 'browsers' ? view.pairings : [];
}

describe('several browsers', () => {
  it('are paired at once, and those that were there hear of each new one', async () => {
    const first = await scene.pairedBrowser('Firefox on Linux');
    const second = await scene.pairedBrowser('Edge on Windows');
    await first.until(() => first.heard('paired') === 1);
    expect(second.heard('paired')).toBe(0);
    await scene.register(first);
    for (const browser of [first, second]) {
      const request = scene.signIn();
      await browser.ask(request);
      const view = await scene.until((now) => now.screen === 'request' && now.held.request.id === request.id);
      expect(view).toMatchObject({ held: { request: { browser: browser.name } } });
      scene.phone.actions.deny('key' in view ? view.key : '', 'by-mistake');
      await scene.screen('result');
    }
  });

  it('that are paired once more end what was there before without a word, and later with one', async () => {
    const [first, second] = [await scene.pairedBrowser(), await scene.pairedBrowser()];
    await first.say({ kind: 'unpair' });
    await first.until(() => first.notes.includes('ended channel-closed'));
    expect(scene.view).toMatchObject({ pairings: [{ browser: second.name }], news: { what: 'paired' } });
    scene.pass(11 * 60_000);
    await scene.pairedBrowser('Firefox on Linux');
    await second.say({ kind: 'unpair' });
    await scene.until((view) => view.screen === 'home' && view.news?.what === 'unpaired-there');
  });

  it('are paired also when one that was there ends its pairing in the moment in which it is to hear of the new one', async () => {
    const [first, second] = [await scene.pairedBrowser('Firefox on Linux'), await scene.pairedBrowser()];
    const [staying = '', leaving = ''] = pairings().map(({ pairing }) => pairing);
    await first.until(() => first.heard('paired') === 1);
    let ended: Promise<unknown> | null = null;
    const over = () => (ended ??= second.until(() => second.notes.includes('ended channel-closed')));
    const { vault } = scene.phone;
    const set = vault.set.bind(vault);
    const [stored, goodbye, told] = [new Moment(), new Moment(), new Moment()];
    vi.spyOn(vault, 'set').mockImplementation(async (values) => {
      const [name = ''] = Object.keys(values);
      if (name.startsWith('pairing:')) await stored.passed();
      const kept = Object.entries(values).map(([key, value]) => [key, JSON.stringify(value)]);
      const has = (place: string, of: string) =>
        kept.some(([key, value]) => key?.startsWith(place) && value?.includes(of));
      if (has('post:inbox:', leaving)) await goodbye.passed();
      if (has('post:outbox:', staying)) await over();
      await set(values);
      if (name === 'news') told.reach();
    });
    const third = await scene.newBrowser('Edge on Windows');
    scene.phone.actions.openLink(await third.offer());
    await scene.screen('digits');
    await third.confirm();
    await third.until(() => third.notes.includes('received'));
    scene.phone.actions.digitsMatch();
    await stored.reached;
    await second.say({ kind: 'unpair' });
    await goodbye.reached;
    stored.pass();
    await told.reached;
    goodbye.pass();
    await scene.screen('home');
    await over();
    expect(pairings().map(({ browser }) => browser)).toEqual([first.name, third.name]);
    await first.until(() => first.heard('paired') === 2);
  });

  it('say when they were paired with another phone, over a reload, until that was read', async () => {
    const browser = await scene.pairedBrowser();
    scene.phone.actions.dismissNews();
    await browser.say({ kind: 'paired', name: 'Pixel 9' });
    const news = { what: 'paired-elsewhere', browser: browser.name, other: 'Pixel 9' };
    expect(await scene.until((view) => view.screen === 'home' && view.news?.what === news.what)).toMatchObject({
      news,
    });
    await scene.reload();
    expect(scene.view).toMatchObject({ news });
  });

  it('say everything that the person did not do and has not read, whatever comes afterwards', async () => {
    const [first, second] = [await scene.pairedBrowser('Firefox on Linux'), await scene.pairedBrowser()];
    const told = (what: string) => scene.until((view) => view.screen === 'home' && view.news?.what === what);
    await first.say({ kind: 'paired', name: 'Pixel 9' });
    await told('paired-elsewhere');
    await second.say({ kind: 'unpair' });
    await told('unpaired-there');
    await scene.pairedBrowser('Edge on Windows');
    await told('paired');
    await scene.reload();
    scene.phone.actions.dismissNews();
    await told('unpaired-there');
    scene.phone.actions.dismissNews();
    expect(await told('paired-elsewhere')).toMatchObject({ news: { browser: first.name, other: 'Pixel 9' } });
    scene.phone.actions.dismissNews();
    await scene.until((view) => view.screen === 'home' && view.news === null);
  });

  it('are called what the person calls them, in requests too', async () => {
    const browser = await scene.registered();
    const [{ pairing } = { pairing: '' }] = pairings();
    scene.phone.actions.rename(pairing, ' The one at\u202e work\u0007 ');
    await scene.until((view) => view.screen === 'home' && view.pairings[0]?.browser === 'The one at work');
    await scene.reload();
    await browser.ask(scene.signIn());
    const named = { request: { browser: 'The one at work' }, system: 'Chrome on Linux' };
    expect(await scene.screen('request')).toMatchObject({ held: named });
    await scene.reload();
    expect(await scene.screen('request')).toMatchObject({ held: named });
    scene.phone.actions.rename(pairing, '  ');
    const { key } = await scene.screen('request');
    scene.phone.actions.deny(key, 'by-mistake');
    await scene.screen('result');
    scene.phone.actions.dismiss(key);
    await scene.until((view) => view.screen === 'home' && view.pairings[0]?.browser === browser.name);
  });

  it('are called but once what they call themselves, also where the person has typed just that', async () => {
    const browser = await scene.registered();
    const [{ pairing } = { pairing: '' }] = pairings();
    scene.phone.actions.rename(pairing, 'Work');
    await scene.until((view) => view.screen === 'home' && view.pairings[0]?.system === browser.name);
    scene.phone.actions.rename(pairing, browser.name);
    await scene.until((view) => view.screen === 'home' && view.pairings[0]?.browser === browser.name);
    await scene.reload();
    expect(pairings()).toMatchObject([{ browser: browser.name, system: undefined }]);
    await browser.ask(scene.signIn());
    expect(await scene.screen('request')).toMatchObject({ held: { request: { browser: browser.name } } });
    expect(scene.phone.requests.value[0]?.system).toBeUndefined();
  });

  it('were last heard of when something of them came', async () => {
    const browser = await scene.registered();
    const pairedAt = scene.clock.now();
    expect(pairings()).toMatchObject([{ seenAt: pairedAt, usedAt: pairedAt }]);
    scene.aheadMs = dayMs;
    await scene.reload();
    await browser.ask(scene.signIn());
    await scene.screen('request');
    await scene.reload();
    await scene.screen('request');
    expect(pairings()).toEqual([]);
    const { key } = await scene.screen('request');
    scene.phone.actions.deny(key, 'by-mistake');
    await scene.screen('result');
    scene.phone.actions.dismiss(key);
    await scene.screen('home');
    expect(pairings()).toMatchObject([{ pairedAt, seenAt: pairedAt + dayMs, usedAt: pairedAt + dayMs }]);
  });
});

describe('a pairing that was not used for 30 days', () => {
  async function askedAfter(days: number) {
    const browser = await scene.registered();
    scene.aheadMs = days * dayMs + 1;
    await scene.reload();
    const request = scene.signIn();
    await browser.ask(request);
    return { browser, request };
  }

  it('asks before it goes on, and shows nothing to tap until then', async () => {
    const { browser, request } = await askedAfter(30);
    const { pairing } = await scene.screen('unused');
    await browser.receipt(request.id, 'received');
    expect(browser.notes.filter((note) => note === 'receipt')).toHaveLength(3);
    scene.phone.actions.keep(pairing.pairing);
    await scene.screen('request');
    expect(scene.phone.settling.value).toBe(true);
    await browser.receipt(request.id, 'opened');
    await scene.reload();
    await scene.screen('request');
  });

  it('ends when the person says so', async () => {
    const { browser } = await askedAfter(30);
    const { pairing } = await scene.screen('unused');
    scene.phone.actions.unpair(pairing.pairing);
    expect(await scene.screen('home')).toMatchObject({ pairings: [] });
    await browser.until(() => browser.heard('unpair') === 1);
  });

  it('is not spoken of before', async () => {
    await askedAfter(29);
    await scene.screen('request');
  });
});

it('shows what went wrong until the next thing that the person does works', async () => {
  await scene.pairedBrowser();
  const { vault, actions, pairings, fault } = scene.phone;
  const [{ pairing }] = pairings.value as readonly [PairingEntry];
  const set = vault.set.bind(vault);
  vault.set = () => Promise.reject(new AppError('key-storage-broken'));
  actions.rename(pairing, 'Work');
  await seen(fault, (code) => code === 'key-storage-broken');
  vault.set = set;
  actions.rename(pairing, 'Work');
  await seen(fault, (code) => code === null);
});

describe('unpairing', () => {
  it('tells the browser, closes the channel and forgets the keys', async () => {
    const browser = await scene.pairedBrowser();
    const home = await scene.screen('home');
    scene.phone.actions.unpair(home.pairings[0]?.pairing ?? '');
    await browser.until(() => browser.heard('unpair') === 1 && browser.notes.includes('ended channel-closed'));
    expect(await scene.screen('home')).toMatchObject({ pairings: [], news: { what: 'unpaired-here' } });
    await scene.reload();
    expect(scene.view).toMatchObject({ pairings: [] });
  });

  it('tells the browser later when the relay cannot be reached, also after a reload', async () => {
    const browser = await scene.pairedBrowser();
    const home = await scene.screen('home');
    scene.setOnline(false);
    scene.phone.actions.unpair(home.pairings[0]?.pairing ?? '');
    await scene.until((view) => view.screen === 'home' && view.pairings.length === 0);
    await scene.reload();
    expect(scene.view).toMatchObject({ screen: 'home', pairings: [] });
    scene.setOnline(true);
    scene.phone.wake();
    await browser.until(() => browser.notes.includes('ended channel-closed'));
    expect(browser.heard('unpair')).toBeGreaterThan(0);
  });

  it('reaches a browser that was off for a week, though the word of it was kept for a day', async () => {
    const browser = await scene.pairedBrowser();
    const { pairings } = await scene.screen('home');
    browser.stop();
    scene.phone.actions.unpair(pairings[0]?.pairing ?? '');
    await scene.until((view) => view.screen === 'home' && view.pairings.length === 0);
    const kept = async () => (await scene.phone.vault.names('leaving:')).length;
    scene.pass(2 * dayMs);
    expect(await kept()).toBe(1);
    await scene.reload();
    await vi.waitFor(async () => expect(await kept()).toBe(0));
    scene.pass(5 * dayMs);
    browser.resume();
    await browser.until(() => browser.notes.includes('ended channel-closed'));
    expect(browser.heard('unpair')).toBe(0);
  });

  it.each([
    ['here', (_: BrowserHalf, pairing: string) => scene.phone.actions.unpair(pairing)],
    ['there', (browser: BrowserHalf) => void browser.say({ kind: 'unpair' })],
  ])('%s has the relay close the channel again until it says so, also after a reload', async (_, unpair) => {
    const browser = await scene.pairedBrowser();
    const { pairings } = await scene.screen('home');
    const kept = async () => (await scene.phone.vault.names('leaving:')).length;
    const close = vi.spyOn(LocalMailbox.prototype, 'close').mockRejectedValue(new AppError('storage-full'));
    onTestFinished(() => close.mockRestore());
    unpair(browser, pairings[0]?.pairing ?? '');
    const leftAt = async () => (await scene.phone.vault.entries('leaving:')).map(([, record]) => record);
    const told = [{ leftAt: scene.clock.now() - dayMs }];
    for (const times of [1, 2, 3]) {
      if (times > 1) scene.pass(10 * 60_000);
      await vi.waitFor(() => expect(close).toHaveBeenCalledTimes(times));
      // Its keys are kept from when it was told first, or a relay that never closes it would keep them here for ever.
      await vi.waitFor(async () => expect(await leftAt()).toEqual(told));
    }
    expect([scene.phone.pairings.value, await kept()]).toEqual([[], 1]);
    close.mockRestore();
    await scene.reload();
    await browser.until(() => browser.notes.includes('ended channel-closed'));
    await vi.waitFor(async () => expect(await kept()).toBe(0));
    expect(await scene.phone.vault.names('pairing:')).toEqual([]);
  });

  it('keeps no other from opening where what says the goodbye cannot be loaded, and goes on at a later start', async () => {
    const [gone, other] = [await scene.pairedBrowser('Firefox on Linux'), await scene.registered()];
    scene.setOnline(false);
    const [left, kept] = scene.phone.pairings.value;
    scene.phone.actions.unpair(left?.pairing ?? '');
    await scene.until((view) => view.screen === 'home' && view.pairings.length === 1);
    vi.doMock('../../src/phone/unpairing.ts', () => {
      throw new Error('no network');
    });
    onTestFinished(() => void vi.doUnmock('../../src/phone/unpairing.ts'));
    await scene.reload();
    expect(scene.phone.pairings.value).toMatchObject([{ pairing: kept?.pairing, ended: null }]);
    scene.setOnline(true);
    scene.phone.wake();
    await scene.asked(other);
    expect(scene.phone.fault.value).toBeNull();
    vi.doUnmock('../../src/phone/unpairing.ts');
    await scene.reload();
    await gone.until(() => gone.notes.includes('ended channel-closed'));
    await vi.waitFor(async () => expect(await scene.phone.vault.names('leaving:')).toEqual([]));
  });

  it('is heard from the browser, and forgets what it has asked', async () => {
    const browser = await scene.registered();
    await browser.ask(scene.signIn());
    await scene.screen('request');
    await browser.say({ kind: 'unpair' });
    expect(await scene.screen('home')).toMatchObject({ pairings: [], news: { what: 'unpaired-there' } });
    await scene.reload();
    expect(scene.view).toMatchObject({ screen: 'home', pairings: [], news: { what: 'unpaired-there' } });
    scene.phone.actions.dismissNews();
    await scene.until((view) => view.screen === 'home' && view.news === null);
  });

  it('by the relay’s word alone keeps the pairing and shows that it ended', async () => {
    const browser = await scene.pairedBrowser();
    await browser.refuse();
    const ended = await scene.until((view) => view.screen === 'home' && view.pairings[0]?.ended != null);
    expect(ended).toMatchObject({ pairings: [{ ended: 'channel-closed' }] });
    await scene.reload();
    await scene.until((view) => view.screen === 'home' && view.pairings[0]?.ended === 'channel-closed');
    scene.phone.actions.unpair((await scene.screen('home')).pairings[0]?.pairing ?? '');
    await scene.until((view) => view.screen === 'home' && view.pairings.length === 0);
  });

  it('is shown as lapsed where the relay has forgotten it, as neither was there for 90 days', async () => {
    const browser = await scene.pairedBrowser();
    const { pairings } = await scene.screen('home');
    scene.phone.stop();
    await browser.until(() => browser.notes.includes('away'));
    browser.stop();
    await scene.lapse(pairings[0]?.pairing ?? '');
    await scene.reload();
    await scene.until((view) => view.screen === 'home' && view.pairings[0]?.ended === 'unknown-channel');
  });
});
