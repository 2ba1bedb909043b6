import 'fake-indexeddb/auto';
import { expect, it } from 'vitest';
import { loadNews, type News, newsRecord, withNews } from '../../src/phone/storage/news.ts';
import { Vault } from '../../src/vault/vault.ts';

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
