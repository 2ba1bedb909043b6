import { AppError } from '../core/errors.ts';
import { useTexts } from './text.ts';

export type Catalogue = Record<string, { message: string }>;

const catalogues = import.meta.glob<Catalogue>('../../public/_locales/*/messages.json', { import: 'default' });
const languages = new Map(Object.entries(catalogues).map(([path, load]) => [path.split('/').at(-2) as string, load]));
const rightToLeft = new Set(['ar', 'fa', 'he', 'ur']);
const texts: Catalogue = {};

/** Texts for a web page, which has no browser.i18n: loads the first of the person's languages that there is, else English. */
export async function startText(): Promise<void> {
  const wanted = navigator.languages.map((tag) => tag.split('-')[0] as string);
  const language = wanted.find((tag) => languages.has(tag)) ?? 'en';
  const load = languages.get(language);
  if (!load) throw new AppError('unexpected', `no texts for ${language}`);
  addTexts(await load());
  useTexts((key, substitutions) => fill(texts[key]?.message ?? key, substitutions));
  document.documentElement.lang = language;
  document.documentElement.dir = rightToLeft.has(language) ? 'rtl' : 'ltr';
}

/** More texts of the same language, for a screen that is loaded later. */
export function addTexts(more: Catalogue): void {
  Object.assign(texts, more);
}

/** Chrome's substitution: `$1` to `$9`, and `$$` for a dollar sign. */
function fill(message: string, substitutions: string[]): string {
  return message.replace(/\$(\$|[1-9])/g, (_, which: string) =>
    which === '$' ? '$' : (substitutions[Number(which) - 1] ?? ''),
  );
}
