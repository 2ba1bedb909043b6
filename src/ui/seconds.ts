/** A stretch of time as people of the page's language write it, such as "0,4 s". */
export function seconds(ms: number): string {
  const digits = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
  return `${(ms / 1000).toLocaleString(document.documentElement.lang || undefined, digits)} s`;
}
