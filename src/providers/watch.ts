import { findControl, findNumber, readAccount, readControls, readEnd, readWords } from './detect.ts';
import { createFollow, type Seen } from './follow.ts';
import { isHome, ownsHost, type Place } from './host.ts';
import { suspicionOf } from './lookalike.ts';
import type { Mover } from './moving-on.ts';
import { createPace } from './pace.ts';
import { hasAny, singly } from './presence.ts';
import type { Provider } from './provider.ts';
import { providers } from './registry.ts';
import type { Sighting } from './sighting.ts';

export interface WatchOptions {
  readonly window: Window & typeof globalThis;
  /** Hosts, as `URL` spells them, on which the person or an administrator wants organisations' own pages recognised. */
  readonly granted: readonly string[];
  readonly report: (sighting: Sighting) => void;
  readonly signal: AbortSignal;
}

/** How long a press of one of the page's controls explains what the page does next, ms. */
const pressMs = 5000;
/** How long an announced navigation explains that the page goes away, ms. */
const announcedMs = 30_000;
/** Age of a page up to which it may show the end of a request that the page before it had, ms. */
const earlierMs = 10_000;

const changes: MutationObserverInit = {
  childList: true,
  characterData: true,
  subtree: true,
  attributes: true,
  attributeFilter: ['hidden', 'style', 'class', 'aria-hidden'],
};

/** What changes what can be seen without changing the document: style sheets that come late, fades, the tab itself. */
const showing = ['load', 'animationend', 'transitionend', 'visibilitychange', 'DOMContentLoaded'] as const;

/** Texts that quote markup. */
const quoting = 'pre, code, blockquote, article, textarea, [contenteditable]';

/**
 * Watches a page from before it has loaded until `signal`, and tells of the numbers in it (src/providers/README.md).
 * It sleeps, with no observer, while the address rules out that a provider's page or a copy of one can be here.
 */
export function watch({ window, granted, report, signal }: WatchOptions): void {
  const { document, location, performance } = window;
  const top = window.top === window;
  const later = (ms: number, run: () => void) => {
    const timer = window.setTimeout(run, ms);
    signal.addEventListener('abort', () => window.clearTimeout(timer), { once: true });
  };
  const follow = createFollow(report, granted, { later });
  const suspected = new Set<Provider>();
  const ended = new Set<Provider>();
  let home: readonly Provider[] = [];
  let strange: readonly Provider[] = [];
  // One search of a page that has nothing is all that it is to cost.
  let anyNumber: readonly string[] = [];
  let anyEnd: readonly string[] = [];
  let anyGiveaway: readonly string[] = [];
  let lastUrl = '';
  let typedAccount: string | null = null;
  let pressedAt = Number.NEGATIVE_INFINITY;
  let announced: { readonly by: Mover; readonly at: number } | null = null;

  const mover = (): Mover => (performance.now() - pressedAt < pressMs ? 'person' : 'page');

  const arrive = () => {
    if (location.href === lastUrl) return;
    lastUrl = location.href;
    const place: Place = { url: lastUrl, top };
    follow.move(lastUrl, mover());
    const owners = providers.filter((provider) => ownsHost(provider, location.hostname, granted));
    home = owners.filter((provider) => isHome(provider, place, granted));
    anyNumber = singly(home.flatMap(({ number }) => number.selectors));
    anyEnd = singly(
      home.flatMap(({ states: { approved, denied, timedOut, failed } }) => [approved, denied, timedOut, failed]),
    );
    const isFixed = top && providers.some((provider) => ownsHost(provider, location.hostname, []));
    strange = isFixed ? [] : providers.filter((provider) => suspicionOf(provider, place, granted) !== null);
    anyGiveaway = singly(strange.map(({ giveaway }) => giveaway));
    rest();
    wake();
    if (home.length === 0) follow.miss(null);
    notice();
  };

  const look = () => {
    arrive();
    // Once this look is over.
    if (isAwake() && isLoading()) queueMicrotask(notice);
    if (hasAny(document, anyGiveaway)) lookForStrangers();
    if (home.length === 0) return;
    const seen = hasAny(document, anyNumber) ? firstSeen() : null;
    if (seen) return follow.see(seen);
    const { waiting } = follow;
    if (waiting) ended.add(waiting);
    else if (performance.now() < earlierMs && hasAny(document, anyEnd)) tellEndsOfEarlierPage();
    follow.miss(waiting && (readEnd(document, waiting) ?? (waiting.states.onlyWords ? readWords(document) : null)));
  };

  const firstSeen = (): Seen | null => {
    for (const provider of home) {
      const number = findNumber(document, provider)?.number;
      if (number === undefined) continue;
      const carried = provider.account.carry ? typedAccount : null;
      const account = readAccount(document, provider) ?? carried;
      return { provider, number, account, controls: readControls(document, provider) };
    }
    return null;
  };

  // A page that loads itself again while it waits shows its end in a document that never had the number.
  const tellEndsOfEarlierPage = () => {
    for (const provider of home) {
      const outcome = ended.has(provider) ? null : readEnd(document, provider);
      if (!outcome) continue;
      ended.add(provider);
      report({ type: 'ended', provider: provider.id, outcome });
    }
  };

  const lookForStrangers = () => {
    for (const provider of strange) {
      if (suspected.has(provider) || !document.querySelector(provider.giveaway)) continue;
      const found = findNumber(document, provider);
      if (!found || found.element.closest(quoting)) continue;
      suspected.add(provider);
      report({ type: 'stranger', provider: provider.id });
    }
  };

  const rest = () => observer.disconnect();
  // A parser would have the observer told of every element; looking by the clock costs a page that loads less. In a tab
  // that nobody sees the clock is slow.
  const isLoading = () => document.readyState === 'loading' && !document.hidden;
  const isAwake = () => home.length + strange.length > 0;
  const wake = () => {
    // Without the Navigation API nothing would wake it when the page changes its address.
    const mayMove = !('navigation' in window);
    if ((isAwake() || mayMove) && !isLoading()) observer.observe(document, changes);
  };
  const notice = createPace(window, { look, rest, wake }, signal);
  const observer = new window.MutationObserver(notice);
  signal.addEventListener('abort', rest, { once: true });

  const onPress = ({ target }: Event) => {
    const provider = follow.waiting;
    if (!provider || !(target instanceof window.Element)) return;
    const isOn = (name: 'password' | 'otherWay' | 'cancel') => findControl(document, provider, name)?.contains(target);
    if (isOn('password') || isOn('otherWay') || isOn('cancel')) pressedAt = performance.now();
    if (isOn('password')) follow.end('password');
  };

  const onTyped = ({ target }: Event) => {
    const isAccount = (provider: Provider) =>
      provider.account.selectors?.some((selector) => (target as Element).matches(selector));
    const provider = target instanceof window.HTMLInputElement ? home.find(isAccount) : undefined;
    if (provider) typedAccount = readAccount(document, provider);
  };

  const onLeave = (url: string | null, by: Mover) => {
    if (follow.waiting) return follow.leave(url, by);
    for (const provider of home) {
      const account = readAccount(document, provider) ?? typedAccount;
      if (account) return report({ type: 'account', provider: provider.id, account });
    }
  };

  // What is told while a page is being unloaded may not arrive, so it is told when the navigation begins, too.
  const onNavigate = (event: NavigateEvent) => {
    if (event.destination.sameDocument || event.downloadRequest !== null) return;
    const by = event.userInitiated ? 'person' : mover();
    announced = { by, at: performance.now() };
    onLeave(event.destination.url, by);
  };

  const onHide = () => {
    const isAnnounced = announced && performance.now() - announced.at < announcedMs;
    const unannounced = 'navigation' in window ? 'person' : 'page';
    onLeave(null, isAnnounced ? (announced as { by: Mover }).by : unannounced);
  };

  // Nothing was observed while it loaded, and what is looked at by no clock would never be.
  document.addEventListener('DOMContentLoaded', wake, { capture: true, signal });
  for (const type of showing) document.addEventListener(type, notice, { capture: true, signal });
  document.addEventListener('click', onPress, { capture: true, signal });
  document.addEventListener('change', onTyped, { capture: true, signal });
  for (const type of ['popstate', 'hashchange', 'pageshow'] as const) window.addEventListener(type, notice, { signal });
  window.addEventListener('pagehide', onHide, { signal });
  if ('navigation' in window) {
    const { navigation } = window;
    navigation.addEventListener('currententrychange', arrive, { signal });
    navigation.addEventListener('navigate', onNavigate, { signal });
  }
  arrive();
}
