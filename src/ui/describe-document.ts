import { t } from './text.ts';

/** Tells browser and screen reader which language the texts are in. */
export function describeDocument(title: string): void {
  document.title = title;
  document.documentElement.lang = t('common_language');
  document.documentElement.dir = t('common_direction');
}
