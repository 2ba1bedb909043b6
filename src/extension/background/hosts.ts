import type { Permissions, Scripting, Tabs } from 'webextension-polyfill';
import { ownsHost, parseUrl } from '../../providers/host.ts';
import { providers } from '../../providers/registry.ts';
import type { PostStore } from '../../relay-client/post.ts';
import { askPage } from '../messaging/page-questions.ts';
import type { Settings } from '../storage/settings.ts';

export interface HostsOptions {
  settings: Pick<Settings, 'hosts' | 'addHost' | 'removeHost'>;
  permissions: Pick<Permissions.Static, 'contains' | 'remove'>;
  scripting: Pick<
    Scripting.Static,
    'registerContentScripts' | 'unregisterContentScripts' | 'getRegisteredContentScripts' | 'executeScript'
  >;
  tabs: Pick<Tabs.Static, 'query' | 'sendMessage'>;
  /** Knows whether a worker was before: it is emptied whenever the browser loads the extension. */
  store: Pick<PostStore, 'entries' | 'set'>;
  /** Files of the content script. */
  files: string[];
  changed: () => void;
}

/** The permission for one host. */
const patternOf = (host: string) => `https://${host}/*`;

/** Hosts on which the person lets organisations' own pages show their numbers: one exact host at a time. */
export class Hosts {
  readonly #options: HostsOptions;
  #granted: readonly string[] = [];
  /** What is registered is read and changed by one at a time: the browser refuses a script that another has just registered. */
  #loading: Promise<void> = Promise.resolve();

  constructor(options: HostsOptions) {
    this.#options = options;
  }

  /** Those that the browser allows too. */
  get granted(): readonly string[] {
    return this.#granted;
  }

  /** Reads what is chosen and allowed, and has the content script in those pages and in no others. */
  load(): Promise<void> {
    const load = () => this.#load();
    this.#loading = this.#loading.then(load, load);
    return this.#loading;
  }

  async #load(): Promise<void> {
    const { settings, permissions, scripting, files, changed } = this.#options;
    const chosen = (await settings.hosts()).map(({ host }) => host);
    const allowed = await Promise.all(chosen.map((host) => permissions.contains({ origins: [patternOf(host)] })));
    this.#granted = chosen.filter((_, at) => allowed[at]);
    changed();
    const registered = (await scripting.getRegisteredContentScripts()).map(({ id }) => id);
    const over = registered.filter((host) => !this.#granted.includes(host));
    const missing = this.#granted.filter((host) => !registered.includes(host));
    if (over.length > 0) await scripting.unregisterContentScripts({ ids: over });
    if (missing.length === 0) return;
    await scripting.registerContentScripts(
      missing.map((host) => ({
        id: host,
        matches: [patternOf(host)],
        js: files,
        runAt: 'document_start' as const,
        allFrames: true,
      })),
    );
  }

  /** Its pages begin anew, now that they are allowed. */
  async add(host: string): Promise<void> {
    await this.#options.settings.addHost(host);
    await this.load();
    await Promise.all((await this.#openPagesOf([host])).map((tab) => this.lookAt(tab)));
  }

  /**
   * Has the content script in open pages of granted hosts, once each time that the browser has loaded the extension: an
   * update leaves only the script of the version before there. For the manifest's own pages that is Firefox's to do, and
   * Chromium allows it to nobody: those wait until the popup is opened on them, or are loaded again.
   */
  async takeUpPages(): Promise<void> {
    const { store, tabs } = this.#options;
    if ((await store.entries('')).length > 0) return;
    await store.set({ taken: true });
    if (this.#granted.length === 0) return;
    const takeUp = async (tab: number) => {
      // Where it answers, as after the browser's own start, it is the new one already.
      if ((await askPage(tabs, tab, { ask: 'where' })) === null) await this.lookAt(tab);
    };
    await Promise.all((await this.#openPagesOf(this.#granted)).map(takeUp));
  }

  async #openPagesOf(hosts: readonly string[]): Promise<number[]> {
    const open = await this.#options.tabs.query({ url: hosts.map(patternOf) });
    return open.flatMap(({ id }) => id ?? []);
  }

  /** Takes the browser's permission back too. */
  async remove(host: string): Promise<void> {
    const { settings, permissions } = this.#options;
    await settings.removeHost(host);
    try {
      await permissions.remove({ origins: [patternOf(host)] });
    } finally {
      await this.load();
    }
  }

  /** Puts the content script into a page that is open already. Where that is not allowed, there is nothing to see. */
  async lookAt(tabId: number): Promise<void> {
    const { scripting, files } = this.#options;
    try {
      await scripting.executeScript({ target: { tabId }, files });
    } catch {
      // Chromium says in words alone that a page is the browser's own, or its host not allowed.
    }
  }
}

/** Whether a host is a provider's for everybody, and so nobody's own. */
export function isOfAll(host: string): boolean {
  return providers.some((provider) => ownsHost(provider, host, []));
}

/** The one host of a permission, or null where it is for several. */
export function hostOf(pattern: string): string | null {
  return /^https:\/\/([a-z0-9_.-]+)\/\*$/.exec(pattern)?.[1] ?? null;
}

/** The host of a page that can be allowed, or null: only https can, and of hosts only such as a permission can name. */
export function hostOfPage(url: string): string | null {
  const at = parseUrl(url);
  return at?.protocol === 'https:' ? hostOf(patternOf(at.hostname)) : null;
}

/** A file of ours as `scripting` wants it: Firefox gives those of the manifest with the extension's whole address. */
export function relativeFile(file: string): string {
  return file.replace(/^[a-z-]+:\/\/[^/]+\//, '');
}
