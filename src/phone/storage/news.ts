import { limits } from '../../core/limits.ts';
import { orNull } from '../../core/or-null.ts';
import { array, object, oneOf, optional, type Parsed, string } from '../../core/parse.ts';
import type { Vault } from '../../vault/vault.ts';

/** What is not yet read of more than this is the least of a person's troubles. */
const mostNews = 8;

const one = object({
  what: oneOf('paired', 'already-paired', 'unpaired-here', 'unpaired-there', 'paired-elsewhere', 'keys-gone'),
  /** The browser it is about. */
  browser: string(limits.nameCharacters),
  /** The other phone, with `paired-elsewhere`. */
  other: optional(string(limits.nameCharacters)),
});

/** Something that happened to a pairing and that the person has not yet been told. */
export type News = Parsed<typeof one>;

const saved = array(one, 0, mostNews);

const place = 'news';

/** What was done elsewhere, or by the browser: the person may not know of it. */
const warnings: ReadonlySet<News['what']> = new Set<News['what']>(['unpaired-there', 'paired-elsewhere', 'keys-gone']);

/** Newest first; empty where there are none, or none that can be read. Throws `key-storage-broken`. */
export async function loadNews(vault: Vault): Promise<readonly News[]> {
  const value = await vault.get(place);
  // Before there were several there was one.
  return orNull(() => saved(value, place)) ?? orNull(() => [one(value, place)]) ?? [];
}

export function newsRecord(all: readonly News[]): Record<string, readonly News[]> {
  return { [place]: all };
}

/** What is not true any more of a browser that was paired again. */
const mended: ReadonlySet<News['what']> = new Set<News['what']>(['unpaired-there', 'keys-gone']);

/** With news before those that were there, of which only what is true and the person may not know of stays until it is read. */
export function withNews(news: News, before: readonly News[]): News[] {
  const isSame = (other: News) =>
    other.what === news.what && other.browser === news.browser && other.other === news.other;
  const isMended = (other: News) => news.what === 'paired' && other.browser === news.browser && mended.has(other.what);
  const stays = (other: News) => warnings.has(other.what) && !isSame(other) && !isMended(other);
  return [news, ...before.filter(stays)].slice(0, mostNews);
}
