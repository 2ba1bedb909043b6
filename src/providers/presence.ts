/**
 * The selectors of CSS lists, one by one. Browsers look one up by id, class or attribute, and search the whole page for
 * a list: on a large page that is a hundred times the work.
 */
export function singly(lists: readonly (string | undefined)[]): readonly string[] {
  const all = lists.flatMap((list = '') => list.match(/(?:\[[^\]]*\]|\([^)]*\)|[^,[(])+/g) ?? []);
  return [...new Set(all.map((selector) => selector.trim()))];
}

/** Whether the page has an element of these, each a single selector. */
export function hasAny(document: Document, selectors: readonly string[]): boolean {
  return selectors.some((selector) => document.querySelector(selector));
}
