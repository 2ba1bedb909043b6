import { base64url } from '../../core/bytes.ts';
import { AppError } from '../../core/errors.ts';
import type { Random } from '../../core/keys.ts';
import { limits } from '../../core/limits.ts';
import { orNull } from '../../core/or-null.ts';
import { integer, object, oneOf, optional, type Parsed, string } from '../../core/parse.ts';
import { requestKey } from '../../providers/host.ts';
import { graceMs, outcomeOfMove } from '../../providers/moving-on.ts';
import type { Provider } from '../../providers/provider.ts';
import { providerOf } from '../../providers/registry.ts';
import type { Sighting } from '../../providers/sighting.ts';
import type { PostStore } from '../../relay-client/post.ts';
import type { Clock } from '../../relay-client/socket.ts';
import type { TokenBuckets } from '../messaging/token-bucket.ts';
import type { TellPage } from './listening-pages.ts';
import type { Page, Requests } from './requests.ts';
import type { WakeUp } from './wake-up.ts';

/** How long the account of one step is that of the next, ms. */
const accountMs = 10 * 60_000;

export interface ObservedPagesOptions {
  store: PostStore;
  requests: Pick<Requests, 'observe' | 'observedIn' | 'usePassword' | 'observedEnd' | 'hasJustExpired' | 'open'>;
  clock: Clock;
  random: Random;
  wakeUp: Pick<WakeUp, 'set'>;
  /** How many requests a tab's page may begin. */
  budget: TokenBuckets;
  /** Hosts on which organisations' own pages are recognised. */
  granted: () => readonly string[];
  /** Whether the person always wants the password there. */
  wantsPassword: (origin: string, account: string) => Promise<boolean>;
  /** Takes what went wrong on our own side. */
  report: (thrown: unknown) => void;
  /** Where a tab's page is; null where the extension has no business there. */
  whereIs: (tab: number) => Promise<string | null>;
}

/** Where a sighting was made. */
export interface SightedAt extends Page {
  url: string;
}

const time = integer(0, Number.MAX_SAFE_INTEGER);
const parseTab = object({
  /** The last account that a page of this tab named without a number. */
  account: optional(object({ name: string(limits.nameCharacters), at: time })),
  /** Since when its open request's page is gone, and who made it go. */
  left: optional(object({ by: oneOf('page', 'person'), at: time })),
});
type Tab = Parsed<typeof parseTab>;

/** What becomes of numbers on pages that only are watched (src/providers/README.md, "What the background is told"). */
export class ObservedPages {
  readonly #options: ObservedPagesOptions;
  readonly #tabs = new Map<number, Tab>();

  constructor(options: ObservedPagesOptions) {
    this.#options = options;
  }

  /** Takes up what the worker before left, once its requests are known. Pages say again what they show, or were left. */
  async restore(): Promise<void> {
    const { store, requests } = this.#options;
    for (const [key, value] of await store.entries('')) {
      const read = orNull(() => parseTab(value, key));
      if (read) this.#tabs.set(Number(key), read);
      else await store.remove([key]);
    }
    await Promise.all(requests.open.filter(({ kind }) => kind === 'observed').map(({ tab }) => this.closed(tab)));
    this.#schedule();
  }

  /** What a page says that was admitted. Throws `too-many-requests`. */
  async take(sighting: Exclude<Sighting, { type: 'stranger' }>, at: SightedAt, tell: TellPage): Promise<void> {
    const provider = providerOf(sighting.provider);
    if (!provider) return;
    if (sighting.type === 'number') return this.#number(sighting, provider, at, tell);
    if (sighting.type === 'account') return this.#account(at.tab, sighting.account);
    const open = this.#options.requests.observedIn(at.tab);
    if (open?.seen.provider !== provider.id) return;
    if (sighting.type === 'left') return this.#leave(at.tab, sighting.by);
    await this.#stay(at.tab);
    await this.#options.requests.observedEnd(open.id, sighting.outcome);
  }

  /** The page that showed a number is gone. When it did not say so before, the person left it. */
  async closed(tab: number): Promise<void> {
    if (this.#options.requests.observedIn(tab) && !this.#tabs.get(tab)?.left) await this.#leave(tab, 'person');
  }

  /** Ends requests whose page did not come back. */
  async tick(): Promise<void> {
    const now = this.#options.clock.now();
    const due = [...this.#tabs].filter(([, { left }]) => left && left.at + graceMs <= now);
    await Promise.all(due.map(([tab, { left }]) => this.#conclude(tab, left as NonNullable<Tab['left']>)));
    this.#schedule();
  }

  async #number(
    sighting: Extract<Sighting, { type: 'number' }>,
    provider: Provider,
    { url, ...page }: SightedAt,
    tell: TellPage,
  ): Promise<void> {
    const { requests, budget, random, report } = this.#options;
    const { tab, origin } = page;
    const key = requestKey(provider, url, sighting.number);
    const open = requests.observedIn(tab);
    if (open?.seen.key !== key) {
      if (requests.hasJustExpired(tab, key)) return;
      if (!budget.take(`${tab} ${origin}`)) {
        // What it showed before does not stand there any more.
        if (open) await requests.observedEnd(open.id, 'gone');
        throw new AppError('too-many-requests', origin);
      }
    }
    await this.#stay(tab);
    const account = sighting.account ?? (provider.account.carry ? this.#accountIn(tab) : undefined);
    const seen = { provider: provider.id, key, number: sighting.number, ...(account === undefined ? {} : { account }) };
    const lifeMs = provider.lifeMs ?? limits.longestRequestLifeMs;
    // Asked once for each request: when it begins, or when its account has become known.
    const isNews = open?.seen.key !== key || open.seen.account !== account;
    const isQuiet = account !== undefined && isNews && (await this.#wantsPassword(origin, account));
    await requests.observe(page, { id: base64url(random(16)), seen, lifeMs, isQuiet }, tell);
    // The page goes on speaking while its controls are pressed.
    if (isQuiet) requests.usePassword(requests.observedIn(tab)?.id).catch(report);
  }

  /** What cannot be read counts as nothing chosen: a number is not lost for that. */
  async #wantsPassword(origin: string, account: string): Promise<boolean> {
    const { wantsPassword, report } = this.#options;
    try {
      return await wantsPassword(origin, account);
    } catch (thrown) {
      report(thrown);
      return false;
    }
  }

  async #conclude(tab: number, left: NonNullable<Tab['left']>): Promise<void> {
    const { requests, granted, whereIs } = this.#options;
    const url = await whereIs(tab);
    // It may have come back while that was asked.
    if (this.#tabs.get(tab)?.left !== left) return;
    const open = requests.observedIn(tab);
    const provider = open && providerOf(open.seen.provider);
    await this.#stay(tab);
    if (!open || !provider) return;
    await requests.observedEnd(open.id, outcomeOfMove(provider, url, left.by, granted()) ?? 'gone');
  }

  #leave(tab: number, by: 'page' | 'person'): Promise<void> {
    return this.#set(tab, { ...this.#tabs.get(tab), left: { by, at: this.#options.clock.now() } });
  }

  async #stay(tab: number): Promise<void> {
    const { left, ...rest } = this.#tabs.get(tab) ?? {};
    if (left) await this.#set(tab, rest);
  }

  async #account(tab: number, name: string): Promise<void> {
    const now = this.#options.clock.now();
    const old = [...this.#tabs].filter(([, { account, left }]) => !left && (account?.at ?? 0) + accountMs <= now);
    for (const [other] of old) this.#tabs.delete(other);
    await this.#options.store.remove(old.map(([other]) => String(other)));
    await this.#set(tab, { ...this.#tabs.get(tab), account: { name, at: now } });
  }

  #accountIn(tab: number): string | undefined {
    const account = this.#tabs.get(tab)?.account;
    return account && this.#options.clock.now() < account.at + accountMs ? account.name : undefined;
  }

  async #set(tab: number, value: Tab): Promise<void> {
    this.#tabs.set(tab, value);
    this.#schedule();
    await this.#options.store.set({ [String(tab)]: value });
  }

  #schedule(): void {
    const times = [...this.#tabs.values()].flatMap(({ left }) => (left ? [left.at + graceMs] : []));
    this.#options.wakeUp.set(times.length === 0 ? null : Math.min(...times));
  }
}
