import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { base64url } from '../../src/core/bytes.ts';
import { encodeMessage } from '../../src/core/messages.ts';
import { Scene, seen } from './scene.ts';

let scene: Scene;

beforeEach(async () => {
  scene = await Scene.open();
});

afterEach(() => scene.close());

/** Until what it gives is called, what pairs cannot be loaded: the network is gone, or a newer version took its place. */
function withoutDesk(): () => void {
  const desk = '../../src/phone/pairing-desk.ts';
  vi.doMock(desk, () => {
    throw new Error('no network');
  });
  const again = () => void vi.doUnmock(desk);
  onTestFinished(again);
  return again;
}

describe('a pairing under way that cannot be loaded', () => {
  it('keeps no other from opening, is told of, and goes on once it can be', async () => {
    const other = await scene.registered();
    const browser = await scene.newBrowser('Firefox on Linux');
    scene.phone.actions.openLink(await browser.offer());
    await scene.screen('digits');
    scene.phone.actions.digitsMatch();
    await scene.until((view) => view.screen === 'digits' && view.confirmed);
    const load = withoutDesk();
    await scene.reload();
    expect(scene.view).toMatchObject({ screen: 'home', pairings: [{ browser: other.name }] });
    await seen(scene.phone.fault, (code) => code === 'site-unreachable');
    const { key } = await scene.asked(other);
    scene.phone.actions.deny(key, 'not-me');
    await scene.screen('result');
    scene.phone.actions.dismiss(key);
    await scene.screen('home');
    expect(scene.phone.fault.value).toBe('site-unreachable');
    await browser.confirm();
    load();
    scene.phone.wake();
    await scene.until((view) => view.screen === 'home' && view.pairings.length === 2);
    expect(scene.phone.fault.value).toBeNull();
    await browser.ask(scene.registration());
    await scene.screen('request');
  });

  it('goes on once the person looks, also while its channel is joined', async () => {
    const browser = await scene.newBrowser();
    scene.setOnline(false);
    scene.phone.actions.openLink(await browser.offer());
    await scene.screen('pairing');
    scene.visible.value = false;
    const load = withoutDesk();
    await scene.reload();
    expect(scene.view).toMatchObject({ screen: 'home' });
    scene.setOnline(true);
    load();
    scene.visible.value = true;
    const { digits } = await scene.screen('digits');
    expect(await browser.digits()).toMatchObject({ digits });
  });

  it('goes on at the next start', async () => {
    const browser = await scene.newBrowser();
    scene.phone.actions.openLink(await browser.offer());
    const { digits } = await scene.screen('digits');
    const load = withoutDesk();
    await scene.reload();
    expect(scene.view).toMatchObject({ screen: 'home' });
    load();
    await scene.reload();
    expect(scene.view).toMatchObject({ screen: 'digits', digits });
  });

  it('hears at the next start what its browser had said before', async () => {
    const browser = await scene.newBrowser();
    scene.phone.actions.openLink(await browser.offer());
    await scene.screen('digits');
    // As it is stored until it is handled.
    const { pairing } = browser;
    const plaintext = base64url(encodeMessage({ kind: 'confirm' }));
    const left = `post:inbox:${pairing}:${pairing}`;
    await scene.phone.vault.set({ [left]: { pairing, conversation: pairing, seq: 1, plaintext } });
    const load = withoutDesk();
    await scene.reload();
    await scene.phone.settled();
    expect(await scene.phone.vault.names(left)).toEqual([left]);
    load();
    await scene.reload();
    await scene.screen('digits');
    scene.phone.actions.digitsMatch();
    expect(await scene.screen('home')).toMatchObject({ pairings: [{ pairing }] });
  });

  it('gives way to no other link unasked', async () => {
    const [browser, other] = [await scene.newBrowser(), await scene.newBrowser('Firefox on Linux')];
    scene.phone.actions.openLink(await browser.offer());
    const { digits } = await scene.screen('digits');
    const load = withoutDesk();
    await scene.reload();
    const link = await other.offer();
    scene.phone.actions.openLink(link);
    await seen(scene.phone.fault, (code) => code === 'site-unreachable');
    load();
    scene.phone.actions.openLink(link);
    expect(await scene.until((view) => view.screen === 'digits' && view.other !== null)).toMatchObject({
      digits,
      other: 'asks',
    });
  });
});
