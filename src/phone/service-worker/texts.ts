import { fill } from '../../ui/fill.ts';
import { chosenLanguage, directionOf } from '../../ui/language.ts';
import { useTexts } from '../../ui/text.ts';

type Catalogue = Record<string, { message: string }>;

// The build leaves in them what notifications say, and nothing else. A worker of the classic kind can load none later.
const catalogues = import.meta.glob<Catalogue>('../../../public/_locales/*/messages.json', {
  import: 'default',
  eager: true,
});

/** Texts for the worker in the person's language; gives it, and the direction in which it is written. */
export function startWorkerText(wanted: readonly string[]): { lang: string; dir: 'ltr' | 'rtl' } {
  const languages = new Map(Object.entries(catalogues).map(([path, of]) => [path.split('/').at(-2) as string, of]));
  const lang = chosenLanguage(wanted, languages);
  const catalogue = languages.get(lang) ?? {};
  useTexts((key, substitutions) => fill(catalogue[key]?.message ?? key, substitutions));
  return { lang, dir: directionOf(lang) };
}
