import type { Permissions } from 'webextension-polyfill';

/** A match pattern without its path, which browsers leave out when they tell what is allowed. */
const siteOf = (pattern: string) => pattern.replace(/^([^/]+:\/\/[^/]+)\/.*$/, '$1');

/**
 * Those of `wanted` (match patterns) of which the browser keeps the extension off: in Firefox always, in Chromium mostly,
 * a person may take back each host that came with it.
 */
export async function withheldSites(
  permissions: Pick<Permissions.Static, 'getAll'>,
  wanted: readonly string[],
): Promise<string[]> {
  const { origins = [] } = await permissions.getAll();
  const allowed = new Set(origins.map(siteOf));
  const isAllowed = (site: string) =>
    ['<all_urls>', '*://*', site.replace(/\/\/.*$/, '//*'), site].some((pattern) => allowed.has(pattern));
  const sites = [...new Set(wanted.map(siteOf))];
  return sites.filter((site) => !isAllowed(site)).map((site) => `${site}/*`);
}
