import 'fake-indexeddb/auto';
import { expect, it, onTestFinished, vi } from 'vitest';
import { AppError } from '../../src/core/errors.ts';
import { loadNews, type News, newsRecord, withNews } from '../../src/phone/storage/news.ts';
import { Vault } from '../../src/vault/vault.ts';
import { Scene, seen } from './scene.ts';

const of = (what: News['what'], browser = 'Chrome on Linux'): News => ({ what, browser });

it('says no more of a browser that was paired again what is not true any more', () => {
  const elsewhere = of('paired-elsewhere');
  const other = of('unpaired-there', 'Firefox on Linux');
  const before = [of('unpaired-there'), of('keys-gone'), elsewhere, other];
  expect(withNews(of('paired'), before)).toEqual([of('paired'), elsewhere, other]);
});

it('is read also where a version before has stored one alone', async () => {
  const vault = await Vault.open('news');
  await vault.set({ news: of('keys-gone') });
  expect(await loadNews(vault)).toEqual([of('keys-gone')]);
  await vault.set(newsRecord([of('paired')]));
  expect(await loadNews(vault)).toEqual([of('paired')]);
  await vault.set({ news: 'of another version' });
  expect(await loadNews(vault)).toEqual([]);
  vault.close();
});

async function open(): Promise<Scene> {
  const scene = await Scene.open();
  onTestFinished(() => scene.close());
  return scene;
}

it('tells of nothing that could not be done, and goes on telling what could not be kept as read', async () => {
  const scene = await open();
  const { name: browser } = await scene.pairedBrowser();
  const { vault, actions, fault, pairings } = scene.phone;
  const set = vi.spyOn(vault, 'set').mockRejectedValue(new AppError('key-storage-broken'));
  actions.dismissNews();
  await seen(fault, (code) => code === 'key-storage-broken');
  expect(scene.view).toMatchObject({ news: of('paired', browser) });
  actions.unpair(pairings.value[0]?.pairing ?? '');
  await vi.waitFor(() => expect(set).toHaveBeenCalledTimes(2));
  expect(scene.view).toMatchObject({ news: of('paired', browser), pairings: [{ browser }] });
});

it('is read only where it was shown, whatever is told in the moment in which the person reads', async () => {
  const scene = await open();
  const browser = await scene.pairedBrowser();
  const { vault, actions } = scene.phone;
  const set = vault.set.bind(vault);
  let goOn: () => void = () => undefined;
  const mayGoOn = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const telling = new Promise<void>((begun) => {
    vi.spyOn(vault, 'set').mockImplementation(async (values) => {
      if ('news' in values) {
        begun();
        await mayGoOn;
      }
      await set(values);
    });
  });
  await browser.say({ kind: 'paired', name: 'Pixel 9' });
  await telling;
  expect(scene.view).toMatchObject({ news: of('paired', browser.name) });
  actions.dismissNews();
  goOn();
  await seen(scene.phone.isQuiet, (isQuiet) => isQuiet);
  expect(scene.view).toMatchObject({ news: of('paired-elsewhere', browser.name) });
});
