import type { Tabs } from 'webextension-polyfill';
import { askPage } from '../messaging/page-questions.ts';
import { type Hosts, hostOfPage, isOfAll } from './hosts.ts';

export interface PageInFrontOptions {
  tabs: Pick<Tabs.Static, 'query' | 'sendMessage'>;
  hosts: Pick<Hosts, 'granted' | 'lookAt'>;
  /** Resolves once it is known which hosts are allowed. */
  hostsKnown: Promise<void>;
  changed: () => void;
  /** Takes what went wrong on our own side. */
  report: (thrown: unknown) => void;
}

/** The page in front of which the popup was opened last. */
export class PageInFront {
  readonly #options: PageInFrontOptions;
  #host: string | null = null;
  /** The last look: what one before finds out late is of another page. */
  #last = 0;

  constructor(options: PageInFrontOptions) {
    this.#options = options;
  }

  /** Its host, where the person may yet allow it. */
  get host(): string | null {
    return this.#host !== null && this.#options.hosts.granted.includes(this.#host) ? null : this.#host;
  }

  /** The popup was opened on it, so that the browser lets us look (`activeTab`). */
  async look(): Promise<void> {
    const { tabs, hosts, hostsKnown, changed, report } = this.#options;
    const look = ++this.#last;
    this.#host = null;
    changed();
    const [tab] = await tabs.query({ active: true, lastFocusedWindow: true });
    const host = hostOfPage(tab?.url ?? '');
    if (host !== null && !isOfAll(host)) {
      hostsKnown.then(() => look === this.#last && this.#offerToAllow(host)).catch(report);
    }
    if (tab?.id === undefined || (await askPage(tabs, tab.id, { ask: 'where' })) !== null) return;
    await hosts.lookAt(tab.id);
  }

  #offerToAllow(host: string): void {
    this.#host = host;
    this.#options.changed();
  }
}
