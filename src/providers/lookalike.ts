import { isOnPath, ownsHost, type Place, parseUrl } from './host.ts';
import type { Provider } from './provider.ts';

/** Microsoft Defender for Cloud Apps shows sign-in pages under these domains, with the real host name before them. */
const rewriters = ['mcas.ms', 'mcas-gov.us'] as const;

/**
 * What to think of a provider's number where the provider is not at home. `look-alike`: the host is somebody else's.
 * `framed`: another page is around it. `ask`: it may be the organisation's own host. `rewritten`: a proxy of
 * Microsoft's, which an employer set up.
 */
export const suspicions = ['look-alike', 'framed', 'ask', 'rewritten'] as const;
export type Suspicion = (typeof suspicions)[number];

/** What to think of this provider's number at this place. Null: nothing, for it is at home or nobody can tell. */
export function suspicionOf(provider: Provider, { url, top }: Place, granted: readonly string[]): Suspicion | null {
  if (!top) return 'framed';
  const at = parseUrl(url);
  if (!at || ownsHost(provider, at.hostname, granted)) return null;
  if (rewriters.some((domain) => at.hostname.endsWith(`.${domain}`))) return 'rewritten';
  if (!provider.hosts.custom) return 'look-alike';
  return at.protocol === 'https:' && isOnPath(provider, at.pathname) ? 'ask' : null;
}
