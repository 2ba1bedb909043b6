import { base64url } from '../../core/bytes.ts';
import { AppError } from '../../core/errors.ts';
import type { Random } from '../../core/keys.ts';
import { limits } from '../../core/limits.ts';
import { orNull } from '../../core/or-null.ts';
import { integer, object, oneOf, string } from '../../core/parse.ts';
import { type Suspicion, suspicions } from '../../providers/lookalike.ts';
import type { Provider } from '../../providers/provider.ts';
import { providerOf } from '../../providers/registry.ts';
import type { PostStore } from '../../relay-client/post.ts';
import type { WarningView } from '../messaging/view.ts';

/** A page that shows a provider's number where that provider is not at home. */
export interface Strange {
  tab: number;
  provider: Provider;
  /** `hostToShow`. */
  host: string;
  suspicion: Suspicion;
}

type Standing = Strange & { id: string; forget: (id: string) => void };

const parseKept = object({
  tab: integer(0, Number.MAX_SAFE_INTEGER),
  provider: string(32),
  host: string(limits.urlCharacters),
  suspicion: oneOf(...suspicions),
});

export interface WarningsOptions {
  store: PostStore;
  random: Random;
  changed: () => void;
  /** Takes what went wrong on our own side. */
  report: (thrown: unknown) => void;
  /** Has a tab's page tell again what is strange on it; null where nothing is any more. */
  askAgain: (tab: number) => Promise<unknown>;
  closeTab: (tab: number) => Promise<void>;
}

/** Most at once: more tabs than a person looks at. */
const most = 64;

/** Pages that the person is warned of, or asked about, for as long as they are open. */
export class Warnings {
  readonly #options: WarningsOptions;
  readonly #all = new Map<string, Standing>();

  constructor(options: WarningsOptions) {
    this.#options = options;
  }

  /** Takes up what the worker before left, as far as its pages are still there. */
  async restore(): Promise<void> {
    const { store, changed, report, askAgain } = this.#options;
    for (const [id, value] of await store.entries('')) {
      const read = orNull(() => parseKept(value, id));
      const provider = read && providerOf(read.provider);
      if (provider) this.#all.set(id, { ...read, provider, id, forget: () => undefined });
      else await store.remove([id]);
    }
    changed();
    for (const tab of new Set([...this.#all.values()].map((kept) => kept.tab))) {
      askAgain(tab)
        .then((answer) => answer === null && this.#left(tab))
        .catch(report);
    }
  }

  #left(tab: number): void {
    for (const kept of [...this.#all.values()]) if (kept.tab === tab) this.remove(kept.id);
  }

  /** Gives the warning's id; `forget` is called once the person has closed it. Throws `too-many-requests`. */
  add(strange: Strange, forget: (id: string) => void): string {
    const before = [...this.#all.values()].find(
      ({ tab, host, provider }) => tab === strange.tab && host === strange.host && provider === strange.provider,
    );
    if (!before && this.#all.size >= most) throw new AppError('too-many-requests', 'warnings');
    const { random, store, changed, report } = this.#options;
    const id = before?.id ?? base64url(random(16));
    this.#all.set(id, { ...strange, id, forget });
    store.set({ [id]: { ...strange, provider: strange.provider.id } }).catch(report);
    changed();
    return id;
  }

  /** Its page is gone. */
  remove(id: string): void {
    if (!this.#all.delete(id)) return;
    const { store, changed, report } = this.#options;
    store.remove([id]).catch(report);
    changed();
  }

  /** The person has read it. */
  dismiss(id: string): void {
    const standing = this.#all.get(id);
    this.remove(id);
    standing?.forget(id);
  }

  /** The person wants the page that it is about to go. */
  async closePage(id: string): Promise<void> {
    const standing = this.#all.get(id);
    if (standing) await this.#options.closeTab(standing.tab);
  }

  /** A warning before a question, and of each kind the newest. */
  view(): WarningView | null {
    const all = [...this.#all.values()];
    const last = all.findLast(({ suspicion }) => suspicion !== 'ask') ?? all.at(-1);
    return last ? { id: last.id, provider: last.provider.name, host: last.host, suspicion: last.suspicion } : null;
  }
}
