import { effect } from '@preact/signals';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Scene, seen } from './scene.ts';

let scene: Scene;

beforeEach(async () => {
  scene = await Scene.open();
});

afterEach(() => scene.close());

describe('pairing', () => {
  it('begins unpaired, on the home screen', () => {
    expect(scene.view).toMatchObject({ screen: 'home', pairings: [], registrations: [], news: null });
  });

  it('survives a reload between every two steps', async () => {
    const browser = await scene.newBrowser();
    scene.setOnline(false);
    scene.phone.actions.openLink(await browser.offer());
    await seen(scene.phone.trouble, (code) => code !== null);
    await scene.screen('pairing');
    await scene.reload();
    expect(scene.view).toMatchObject({ screen: 'pairing', failed: null });
    scene.setOnline(true);
    scene.phone.wake();
    const { digits } = await browser.digits();
    await scene.reload();
    expect(await scene.screen('digits')).toMatchObject({ digits, confirmed: false });
    await scene.reload();
    expect(await scene.screen('digits')).toMatchObject({ digits, confirmed: false });
    scene.phone.actions.digitsMatch();
    await scene.until((view) => view.screen === 'digits' && view.confirmed);
    await scene.reload();
    expect(await scene.screen('digits')).toMatchObject({ digits, confirmed: true });
    await browser.confirm();
    await scene.screen('home');
    await scene.reload();
    expect(await scene.screen('home')).toMatchObject({ pairings: [{ browser: browser.name }] });
  });

  it('says so when it is paired with that browser already', async () => {
    const browser = await scene.newBrowser();
    const link = await browser.offer();
    scene.phone.actions.openLink(link);
    await browser.confirm();
    await scene.screen('digits');
    scene.phone.actions.digitsMatch();
    await scene.screen('home');
    scene.phone.actions.openLink(link);
    const told = await scene.until((view) => view.screen === 'home' && view.news?.what === 'already-paired');
    expect(told).toMatchObject({ pairings: [{ browser: browser.name }] });
  });

  it('goes on when the same link is opened once more meanwhile', async () => {
    const browser = await scene.newBrowser();
    const link = await browser.offer();
    scene.phone.actions.openLink(link);
    const { digits } = await scene.screen('digits');
    scene.phone.actions.openLink(link);
    scene.phone.actions.digitsMatch();
    expect(await scene.until((view) => view.screen === 'digits' && view.confirmed)).toMatchObject({ digits });
  });

  it('goes on when another link is opened meanwhile, unless the person says that the other takes its place', async () => {
    const [browser, other] = [await scene.newBrowser(), await scene.newBrowser('Firefox on Linux')];
    scene.phone.actions.openLink(await browser.offer());
    const { digits } = await scene.screen('digits');
    const link = await other.offer();
    scene.phone.actions.openLink(link);
    expect(await scene.until((view) => view.screen === 'digits' && view.other !== null)).toMatchObject({
      digits,
      browser: browser.name,
      other: 'asks',
    });
    // What happens to the pairing meanwhile takes nothing away from the question, nor the question from it.
    scene.phone.actions.digitsMatch();
    await scene.until((view) => view.screen === 'digits' && view.confirmed && view.other === 'asks');
    scene.phone.actions.answerOther(false);
    await scene.until((view) => view.screen === 'digits' && view.confirmed && view.other === null);
    scene.phone.actions.openLink(link);
    await scene.until((view) => view.screen === 'digits' && view.other === 'asks');
    scene.phone.actions.answerOther(true);
    await scene.until((view) => view.screen === 'digits' && view.browser === other.name);
    await browser.until(() => browser.notes.includes('ended channel-closed'));
    await other.confirm();
    scene.phone.actions.digitsMatch();
    expect(await scene.screen('home')).toMatchObject({ pairings: [{ browser: other.name }] });
    scene.phone.actions.answerOther(true);
    expect(scene.view).toMatchObject({ screen: 'home', pairings: [{ browser: other.name }] });
  });

  it('goes on, also over a reload, when the link that it began with is opened again in another window', async () => {
    const browser = await scene.newBrowser();
    const link = await browser.offer();
    scene.setOnline(false);
    scene.phone.actions.openLink(link);
    await scene.screen('pairing');
    await scene.reload();
    scene.setOnline(true);
    scene.phone.wake();
    scene.phone.actions.openLink(link);
    const { digits } = await browser.digits();
    expect(await scene.screen('digits')).toMatchObject({ digits, other: null });
    await scene.reload();
    scene.phone.actions.openLink(link);
    await browser.confirm();
    scene.phone.actions.digitsMatch();
    await scene.screen('home');
    expect(browser.notes).not.toContain('second-join');
  });

  it('goes on when a link that is none is opened meanwhile, and says so', async () => {
    const browser = await scene.newBrowser();
    scene.setOnline(false);
    scene.phone.actions.openLink(await browser.offer());
    await scene.until((view) => view.screen === 'pairing' && view.failed === null);
    scene.phone.actions.openLink('https://example.org/');
    await scene.until((view) => view.screen === 'pairing' && view.other === 'link-malformed' && view.failed === null);
    scene.phone.actions.answerOther(false);
    await scene.until((view) => view.screen === 'pairing' && view.other === null);
    scene.setOnline(true);
    scene.phone.wake();
    await scene.screen('digits');
  });

  it('gives up when no reply comes, and when nobody confirms', async () => {
    const deaf = await scene.newBrowser();
    const link = await deaf.offer();
    deaf.stop();
    scene.phone.actions.openLink(link);
    await scene.screen('pairing');
    scene.pass(131_000);
    expect(await scene.until((view) => view.screen === 'pairing' && view.failed !== null)).toMatchObject({
      failed: 'pairing-unfinished',
    });
    const slow = await scene.newBrowser();
    scene.phone.actions.openLink(await slow.offer());
    await scene.screen('digits');
    scene.pass(301_000);
    expect(await scene.screen('pairing')).toMatchObject({ failed: 'pairing-unfinished' });
  });

  it('can be given up, which frees the way for another', async () => {
    const browser = await scene.newBrowser();
    scene.phone.actions.openLink(await browser.offer());
    await scene.screen('digits');
    scene.phone.actions.cancelPairing();
    await scene.screen('home');
    await scene.pairedBrowser('Edge on Windows');
  });
});

describe('joining by a link', () => {
  it('reads the reply that came while the phone was away', async () => {
    const browser = await scene.newBrowser();
    scene.phone.actions.openLink(await browser.offer());
    const { digits } = await browser.digits();
    scene.phone.stop();
    await scene.reload();
    expect(await scene.screen('digits')).toMatchObject({ digits });
  });

  it.each([
    ['something that is no link', () => 'https://example.org/', 'link-malformed'],
    ['a link of another version', (link: string) => link.replace(/#./, '#_'), 'link-version'],
  ])('refuses %s', async (_, change, code) => {
    const browser = await scene.newBrowser();
    scene.phone.actions.openLink(change(await browser.offer()));
    expect(await scene.screen('pairing')).toMatchObject({ failed: code });
  });

  it('refuses a link of another relay', async () => {
    const other = await Scene.open();
    const browser = await other.newBrowser();
    scene.phone.actions.openLink(await browser.offer());
    expect(await scene.screen('pairing')).toMatchObject({ failed: 'link-other-relay' });
    await other.close();
  });

  it('refuses an expired link, whatever this phone’s own clock says', async () => {
    const browser = await scene.newBrowser();
    const link = await browser.offer();
    scene.pass(121_000);
    scene.aheadMs = -3_600_000;
    scene.phone.actions.openLink(link);
    expect(await scene.until((view) => view.screen === 'pairing' && view.failed !== null)).toMatchObject({
      failed: 'link-expired',
    });
  });

  it('pairs though this phone’s clock is an hour wrong', async () => {
    for (const aheadMs of [-3_600_000, 3_600_000]) {
      const other = await Scene.open({ aheadMs });
      await other.pairedBrowser();
      await other.close();
    }
  });

  it('refuses a link that another phone has used', async () => {
    const browser = await scene.newBrowser();
    const link = await browser.offer();
    scene.phone.actions.openLink(link);
    await scene.screen('digits');
    const second = await scene.anotherPhone();
    second.actions.openLink(link);
    await seen(second.view, (view) => view.screen === 'pairing' && view.failed === 'link-used');
    await browser.until(() => browser.notes.includes('second-join'));
    second.stop();
  });

  it('drops a reply that is not from who showed the code', async () => {
    const browser = await scene.newBrowser();
    browser.isImpostor = true;
    scene.phone.actions.openLink(await browser.offer());
    expect(await scene.until((view) => view.screen === 'pairing' && view.failed !== null)).toMatchObject({
      failed: 'decryption-failed',
    });
    await browser.until(() => browser.notes.includes('ended channel-closed'));
  });
});

describe('comparing digits', () => {
  it('shows the digits that the browser shows, and counts once both sides have confirmed', async () => {
    const browser = await scene.newBrowser('Firefox on Linux');
    scene.phone.actions.openLink(await browser.offer());
    // An app that is left in any of this is not to be stopped, or the pairing would be lost.
    const quiet: boolean[] = [];
    onTestFinished(effect(() => void quiet.push(scene.phone.isQuiet.value)));
    const { digits, phone } = await browser.digits();
    const view = await scene.screen('digits');
    expect(quiet).not.toContain(true);
    expect(view).toMatchObject({ digits, browser: 'Firefox on Linux', confirmed: false });
    expect(phone).toBe('Chrome on Android');
    scene.phone.actions.digitsMatch();
    await scene.until((now) => now.screen === 'digits' && now.confirmed);
    await browser.confirm();
    const home = await scene.screen('home');
    expect(home.pairings).toMatchObject([{ browser: 'Firefox on Linux', ended: null }]);
    expect(home.news).toEqual({ what: 'paired', browser: 'Firefox on Linux' });
  });

  it('counts also when the browser confirms first', async () => {
    const browser = await scene.newBrowser();
    scene.phone.actions.openLink(await browser.offer());
    await browser.confirm();
    await scene.screen('digits');
    await browser.until(() => browser.notes.includes('received'));
    scene.phone.actions.digitsMatch();
    await scene.screen('home');
    await browser.until(() => browser.heard('confirm') === 1);
  });

  it('keeps what the browser asks before this phone has stored that they are paired', async () => {
    const browser = await scene.newBrowser();
    scene.phone.actions.openLink(await browser.offer());
    await browser.confirm();
    await scene.screen('digits');
    await browser.until(() => browser.notes.includes('received'));
    const { vault } = scene.phone;
    const [store, stored] = [vault.set.bind(vault), browser.until(() => browser.heard('confirm') === 1)];
    // As slow as a busy phone's storage can be: until the browser has asked.
    let asked: Promise<void> | null = null;
    vault.set = async (values) => {
      if (Object.keys(values).some((name) => name.startsWith('pairing:'))) {
        asked ??= stored.then(async () => {
          const before = browser.notes.filter((note) => note === 'received').length;
          await browser.ask(scene.registration());
          await browser.until(() => browser.notes.filter((note) => note === 'received').length > before);
        });
        await asked;
      }
      return store(values);
    };
    scene.phone.actions.digitsMatch();
    await scene.screen('request');
  });

  it('ends for both when this side says that the digits differ', async () => {
    const browser = await scene.newBrowser();
    scene.phone.actions.openLink(await browser.offer());
    await scene.screen('digits');
    scene.phone.actions.digitsDiffer();
    expect(await scene.screen('pairing')).toMatchObject({ failed: 'digits-refused' });
    await browser.until(() => browser.notes.includes('ended channel-closed'));
    scene.phone.actions.dismissPairing();
    expect(await scene.screen('home')).toMatchObject({ pairings: [] });
  });

  it('ends when the other side says so, even after this one has confirmed', async () => {
    const browser = await scene.newBrowser();
    scene.phone.actions.openLink(await browser.offer());
    await scene.screen('digits');
    scene.phone.actions.digitsMatch();
    await browser.until(() => browser.heard('confirm') === 1);
    await browser.refuse();
    expect(await scene.screen('pairing')).toMatchObject({ failed: 'digits-refused' });
    await scene.reload();
    expect(scene.view).toMatchObject({ screen: 'home', pairings: [] });
  });

  it('is only unfinished, and refused by nobody, when the browser’s time is over', async () => {
    const browser = await scene.newBrowser();
    scene.phone.actions.openLink(await browser.offer());
    await scene.screen('digits');
    scene.pass(299_000);
    await browser.refuse();
    expect(await scene.screen('pairing')).toMatchObject({ failed: 'pairing-unfinished' });
  });

  it('stands, and nothing else is said, when its time is over while it is being stored as confirmed', async () => {
    const browser = await scene.newBrowser();
    scene.phone.actions.openLink(await browser.offer());
    await scene.screen('digits');
    scene.phone.actions.digitsMatch();
    await scene.until((now) => now.screen === 'digits' && now.confirmed);
    const { vault } = scene.phone;
    const set = vault.set.bind(vault);
    vi.spyOn(vault, 'set').mockImplementation((values) => {
      if (Object.keys(values).some((name) => name.startsWith('pairing:'))) {
        scene.phone.actions.digitsDiffer();
        scene.pass(301_000);
      }
      return set(values);
    });
    const failures: unknown[] = [];
    const dispose = effect(() => {
      if (scene.view.screen === 'pairing') failures.push(scene.view.failed);
    });
    await browser.confirm();
    await scene.screen('home');
    // Is heard of only after what waits for its turn.
    scene.phone.actions.openLink('no link');
    await scene.until((now) => now.screen === 'pairing' && now.failed === 'link-malformed');
    dispose();
    expect(failures).toEqual(['link-malformed']);
    scene.phone.actions.dismissPairing();
    expect(await scene.screen('home')).toMatchObject({ pairings: [{ browser: browser.name, ended: null }] });
  });
});

describe('the person', () => {
  async function comparing() {
    const browser = await scene.newBrowser();
    scene.phone.actions.openLink(await browser.offer());
    await scene.screen('digits');
    return browser;
  }

  it('is verified before a pairing counts, from then on with the same key', async () => {
    await scene.pairedBrowser();
    await scene.reload();
    await scene.pairedBrowser('Edge on Windows');
    expect(scene.authenticator.confirmed).toEqual([null, scene.authenticator.credentialId]);
  });

  it('that is not verified confirms nothing, and may try again with a new key', async () => {
    await scene.pairedBrowser();
    const browser = await comparing();
    scene.authenticator.confirms = 'verification-refused';
    scene.phone.actions.digitsMatch();
    await scene.until((view) => view.screen === 'digits' && view.problem === 'verification-refused');
    expect(browser.heard('confirm')).toBe(0);
    scene.authenticator.confirms = 'yes';
    scene.phone.actions.digitsMatch();
    await browser.until(() => browser.heard('confirm') === 1);
    expect(scene.authenticator.confirmed.slice(1)).toEqual([scene.authenticator.credentialId, null]);
  });

  it('leaves one key with the authenticator, however often it gives up', async () => {
    const browser = await comparing();
    scene.authenticator.confirms = 'verification-refused';
    for (const _ of [1, 2]) {
      scene.phone.actions.digitsMatch();
      await scene.until((view) => view.screen === 'digits' && view.problem === 'verification-refused');
      await scene.reload();
      await scene.screen('digits');
    }
    scene.authenticator.confirms = 'yes';
    scene.phone.actions.digitsMatch();
    await browser.until(() => browser.heard('confirm') === 1);
    expect(scene.authenticator.confirmed).toEqual([null, null, null]);
    expect(scene.authenticator.userHandles.size).toBe(1);
  });

  it('is not asked for what the phone has not', async () => {
    scene.authenticator.confirms = 'verification-unavailable';
    const browser = await comparing();
    scene.phone.actions.digitsMatch();
    await browser.until(() => browser.heard('confirm') === 1);
  });
});
