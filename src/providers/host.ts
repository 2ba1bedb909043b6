import type { Provider } from './provider.ts';

/** Where a page is, as the browser says. `top`: it is not inside another page. */
export interface Place {
  readonly url: string;
  readonly top: boolean;
}

/** The parts of a URL, or null where it is none. */
export function parseUrl(url: string): URL | null {
  try {
    return new URL(url);
  } catch {
    return null;
  }
}

/**
 * Whether a host name, as `URL` gives it, is the provider's: one of its own, below one of its domains, or, for a
 * provider that organisations have at home, one of `granted`. Nothing else is: no dot at the end, no part of a name.
 */
export function ownsHost({ hosts }: Provider, hostname: string, granted: readonly string[]): boolean {
  return (
    hosts.exact?.includes(hostname) === true ||
    hosts.suffix?.some((suffix) => hostname.endsWith(`.${suffix}`)) === true ||
    (hosts.custom === true && granted.includes(hostname))
  );
}

/** Whether the provider's page can be at this path. */
export function isOnPath({ path }: Provider, pathname: string): boolean {
  return path?.test(pathname) !== false;
}

/** Whether the provider's page can be here: https, its host, its path, and no page around it. */
export function isHome(provider: Provider, { url, top }: Place, granted: readonly string[]): boolean {
  const at = parseUrl(url);
  return (
    top && at?.protocol === 'https:' && ownsHost(provider, at.hostname, granted) && isOnPath(provider, at.pathname)
  );
}

/** The host as it is to be shown to people: in ASCII, so that letters of other scripts cannot pass for Latin ones. */
export function hostToShow(url: string): string {
  return parseUrl(url)?.hostname ?? '';
}

/**
 * What makes two sightings of a number one request, also across a page that loads itself again while it waits. The
 * account is not in it, as pages name it late or not at all.
 */
export function requestKey({ id }: Provider, url: string, number: string): string {
  const at = parseUrl(url);
  return [id, at?.hostname, at?.pathname.replace(/\/$/, ''), number].join(' ');
}
