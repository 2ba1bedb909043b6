import { base64url } from '../../core/bytes.ts';
import { AppError } from '../../core/errors.ts';
import type { Random } from '../../core/keys.ts';
import type { Suspicion } from '../../providers/lookalike.ts';
import type { Provider } from '../../providers/provider.ts';
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

/** Most at once: more tabs than a person looks at. */
const most = 64;

/** Pages that the person is warned of, or asked about, for as long as they are open. What is lost is told again by them. */
export class Warnings {
  readonly #random: Random;
  readonly #changed: () => void;
  readonly #all = new Map<string, Standing>();

  constructor(options: { random: Random; changed: () => void }) {
    this.#random = options.random;
    this.#changed = options.changed;
  }

  /** Gives the warning's id; `forget` is called once the person has closed it. Throws `too-many-requests`. */
  add(strange: Strange, forget: (id: string) => void): string {
    const before = [...this.#all.values()].find(
      ({ tab, host, provider }) => tab === strange.tab && host === strange.host && provider === strange.provider,
    );
    if (!before && this.#all.size >= most) throw new AppError('too-many-requests', 'warnings');
    const id = before?.id ?? base64url(this.#random(16));
    this.#all.set(id, { ...strange, id, forget });
    this.#changed();
    return id;
  }

  /** Its page is gone. */
  remove(id: string): void {
    if (this.#all.delete(id)) this.#changed();
  }

  /** The person has read it. */
  dismiss(id: string): void {
    const standing = this.#all.get(id);
    this.remove(id);
    standing?.forget(id);
  }

  /** The tab that a warning is about, or null. */
  tabOf(id: string): number | null {
    return this.#all.get(id)?.tab ?? null;
  }

  /** The tabs in which a host's page asks to be allowed. */
  tabsAsking(host: string): number[] {
    const asking = [...this.#all.values()].filter((one) => one.suspicion === 'ask' && one.host === host);
    return [...new Set(asking.map(({ tab }) => tab))];
  }

  /** A warning before a question, and of each kind the newest. */
  view(): WarningView | null {
    const all = [...this.#all.values()];
    const last = all.findLast(({ suspicion }) => suspicion !== 'ask') ?? all.at(-1);
    return last ? { id: last.id, provider: last.provider.name, host: last.host, suspicion: last.suspicion } : null;
  }
}
