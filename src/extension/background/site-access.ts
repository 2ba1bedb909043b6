import type { Permissions } from 'webextension-polyfill';

/** A match pattern without its path, which browsers leave out when they tell what is allowed. */
const siteOf = (pattern: string) => pattern.replace(/^([^/]+:\/\/[^/]+)\/.*$/, '$1');

export interface SiteAccessOptions {
  permissions: Pick<Permissions.Static, 'getAll'>;
  /** Sign-in pages that the extension comes with, match patterns. */
  wanted: readonly string[];
  changed: () => void;
}

/**
 * Of which of its pages the browser keeps the extension off: in Firefox always, in Chromium mostly, a person may take back
 * each host that came with it.
 */
export class SiteAccess {
  readonly #options: SiteAccessOptions;
  #withheld: readonly string[] = [];

  constructor(options: SiteAccessOptions) {
    this.#options = options;
  }

  /** Match patterns; none before `load`. */
  get withheld(): readonly string[] {
    return this.#withheld;
  }

  /** Asks the browser what it allows now. */
  async load(): Promise<void> {
    const { permissions, wanted, changed } = this.#options;
    const { origins = [] } = await permissions.getAll();
    const allowed = new Set(origins.map(siteOf));
    const isAllowed = (site: string) =>
      ['<all_urls>', '*://*', site.replace(/\/\/.*$/, '//*'), site].some((pattern) => allowed.has(pattern));
    const sites = [...new Set(wanted.map(siteOf))];
    this.#withheld = sites.filter((site) => !isAllowed(site)).map((site) => `${site}/*`);
    changed();
  }
}
