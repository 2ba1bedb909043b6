const rightToLeft = new Set(['ar', 'fa', 'he', 'ur']);

/** The first of the person's languages (BCP 47 tags) that there are texts in, else English. */
export function chosenLanguage(wanted: readonly string[], there: { has(language: string): boolean }): string {
  return wanted.map((tag) => tag.split('-')[0] as string).find((tag) => there.has(tag)) ?? 'en';
}

export function directionOf(language: string): 'ltr' | 'rtl' {
  return rightToLeft.has(language) ? 'rtl' : 'ltr';
}
