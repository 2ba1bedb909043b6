/**
 * The pairing link that the app was opened with, or null. It is taken out of the address bar and out of the history at
 * once, as everything in it is secret.
 */
export function takeLink(
  { href, hash, pathname }: Pick<Location, 'href' | 'hash' | 'pathname'>,
  history: Pick<History, 'replaceState'>,
): string | null {
  if (pathname === '/' && hash === '') return null;
  history.replaceState(null, '', '/');
  return hash === '' ? null : href;
}
