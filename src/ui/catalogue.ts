import { AppError } from '../core/errors.ts';
import { fill } from './fill.ts';
import { chosenLanguage, directionOf } from './language.ts';
import { useTexts } from './text.ts';

export type Catalogue = Record<string, { message: string }>;

const catalogues = import.meta.glob<Catalogue>('../../public/_locales/*/messages.json', { import: 'default' });
const languages = new Map(Object.entries(catalogues).map(([path, load]) => [path.split('/').at(-2) as string, load]));
const texts: Catalogue = {};

/** Texts for a web page, which has no browser.i18n: loads the first of the person's languages that there is, else English. */
export async function startText(): Promise<void> {
  const language = chosenLanguage(navigator.languages, languages);
  const load = languages.get(language);
  if (!load) throw new AppError('unexpected', `no texts for ${language}`);
  addTexts(await load());
  useTexts((key, substitutions) => fill(texts[key]?.message ?? key, substitutions));
  document.documentElement.lang = language;
  document.documentElement.dir = directionOf(language);
}

/** More texts of the same language, for a screen that is loaded later. */
export function addTexts(more: Catalogue): void {
  Object.assign(texts, more);
}
