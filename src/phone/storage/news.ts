import { limits } from '../../core/limits.ts';
import { orNull } from '../../core/or-null.ts';
import { object, oneOf, optional, type Parsed, string } from '../../core/parse.ts';
import type { Vault } from '../../vault/vault.ts';

const saved = object({
  what: oneOf('paired', 'already-paired', 'unpaired-here', 'unpaired-there', 'paired-elsewhere', 'keys-gone'),
  /** The browser it is about. */
  browser: string(limits.nameCharacters),
  /** The other phone, with `paired-elsewhere`. */
  other: optional(string(limits.nameCharacters)),
});

/** Something that happened to a pairing and that the person has not yet been told. */
export type News = Parsed<typeof saved>;

const place = 'news';

/** Null where there is none, or none that can be read. Throws `key-storage-broken`. */
export async function loadNews(vault: Vault): Promise<News | null> {
  const value = await vault.get(place);
  return orNull(() => saved(value, place));
}

export function newsRecord(news: News): Record<string, News> {
  return { [place]: news };
}

export function forgetNews(vault: Vault): Promise<void> {
  return vault.remove([place]);
}
