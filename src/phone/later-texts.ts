import { AppError } from '../core/errors.ts';
import { addTexts, type Catalogue } from '../ui/catalogue.ts';

const catalogues = import.meta.glob<Catalogue>('../../public/_locales/*/messages.json', {
  query: '?later',
  import: 'default',
});

/** Loads the texts of screens that are not loaded first, in the language of the document. */
export async function loadLaterTexts(): Promise<void> {
  const { lang } = document.documentElement;
  const load = catalogues[`../../public/_locales/${lang}/messages.json`];
  if (!load) throw new AppError('unexpected', `no later texts for ${lang}`);
  addTexts(await load());
}
