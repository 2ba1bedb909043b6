import { isOnPath, ownsHost, parseUrl } from './host.ts';
import type { Provider } from './provider.ts';

/** Who made a page go elsewhere: its own script, or the person with a click, a key or the browser's own buttons. */
export type Mover = 'page' | 'person';

/** How long after the number is gone a page may take to show what came of it, ms. It may load in between. */
export const graceMs = 4000;

/**
 * What it means that a waiting page went on to `url` (null: to a host of which this extension may know nothing, and so
 * not the provider's). Null: nothing yet.
 */
export function outcomeOfMove(
  provider: Provider,
  url: string | null,
  by: Mover,
  granted: readonly string[],
): 'approved' | 'denied' | null {
  const { approvedPath, deniedPath, leavesPath } = provider.states;
  const to = url === null ? null : parseUrl(url);
  if (to && ownsHost(provider, to.hostname, granted)) {
    if (approvedPath?.test(to.pathname)) return 'approved';
    if (deniedPath?.test(to.pathname)) return by === 'page' ? 'denied' : null;
    if (!leavesPath || isOnPath(provider, to.pathname)) return null;
  }
  return by === 'page' ? 'approved' : null;
}
