/** Names of which one is enough, as the person's language lists them: "Google, Gmail, or YouTube". */
export function alternatives(names: readonly string[]): string {
  return new Intl.ListFormat(document.documentElement.lang || undefined, { type: 'disjunction' }).format(names);
}
