import { deviceName } from '../../core/device-name.ts';
import type { Random } from '../../core/keys.ts';
import { hostToShow } from '../../providers/host.ts';
import { Post } from '../../relay-client/post.ts';
import { systemClock as clock, type SocketLike } from '../../relay-client/socket.ts';
import { PairingBook } from '../../vault/pairing-book.ts';
import { Vault } from '../../vault/vault.ts';
import { acceptStream, type StreamHandlers } from '../messaging/accept-streams.ts';
import { browser } from '../messaging/browser.ts';
import type { Own } from '../messaging/caller.ts';
import { listen } from '../messaging/listen.ts';
import { askPage } from '../messaging/page-questions.ts';
import { TokenBuckets } from '../messaging/token-bucket.ts';
import { SessionStore } from '../storage/session-store.ts';
import { Settings } from '../storage/settings.ts';
import { BadgeDisplay } from './badge.ts';
import { callHandlers } from './call-handlers.ts';
import { createChannel } from './channel-creation.ts';
import { ChosenSettings } from './chosen-settings.ts';
import { Contacts } from './contacts.ts';
import { Faults } from './faults.ts';
import { Hosts, hostOf, isOfAll, relativeFile } from './hosts.ts';
import { ObservedPages } from './observed-pages.ts';
import { PageInFront } from './page-in-front.ts';
import { PairingDesk } from './pairing-desk.ts';
import { pairingWatchStream } from './pairing-watch-stream.ts';
import { PhoneLine } from './phone-line.ts';
import { PhoneNews } from './phone-news.ts';
import { postEvents } from './post-events.ts';
import { Publisher } from './publisher.ts';
import { RelayHealth } from './relay-health.ts';
import { requestStream } from './request-stream.ts';
import { Requests } from './requests.ts';
import { RingTests } from './ring-tests.ts';
import { sightingStream } from './sighting-stream.ts';
import { SiteAccess } from './site-access.ts';
import { stateStream } from './state-stream.ts';
import { Unpairing } from './unpairing.ts';
import { WakeUp } from './wake-up.ts';
import { Warnings } from './warnings.ts';
import { wholeView } from './whole-view.ts';

const random: Random = (length) => crypto.getRandomValues(new Uint8Array(length));
const now = () => clock.now();
const browserName = deviceName(navigator.userAgent);
const own: Own = { id: browser.runtime.id, origin: browser.runtime.getURL('').replace(/\/$/, '') };
const session = SessionStore.over(browser.storage.session);
const scripts = browser.runtime.getManifest().content_scripts ?? [];

const publisher: Publisher = new Publisher(() =>
  wholeView({ requests, warnings, desk, ringTests, contacts, news, access, faults, front, chosen }),
);
const { changed } = publisher;
const faults = new Faults({ changed, log: (line) => console.error(line) });
const { report } = faults;
const wakeUp = (name: string) => new WakeUp({ name, clock, alarms: browser.alarms, due: () => tick(), report });
const relays = new RelayHealth();
const settings = new Settings(browser.storage.local, browser.storage.managed, __RELAY_ORIGIN__);
const news = new PhoneNews(browser.storage.local, changed);
const contacts = new Contacts({ changed, now, news });
const hosts = new Hosts({
  settings,
  permissions: browser.permissions,
  scripting: browser.scripting,
  tabs: browser.tabs,
  store: session('hosts:'),
  files: (scripts[0]?.js ?? []).map(relativeFile),
  changed,
});
const granted = () => hosts.granted;
const chosen = new ChosenSettings({ settings, granted, changed });
const wanted = scripts.flatMap(({ matches }) => matches);
const access = new SiteAccess({ permissions: browser.permissions, wanted, changed });

// Opened once all of this file was read: it needs what is constructed below, which needs it.
const post = Promise.resolve().then(openPost);
const line = new PhoneLine({
  post,
  contacts,
  relays,
  clock,
  browserName,
  numberOnPhone: async () => (await settings.numberOnPhone()).is,
});
const requests: Requests = new Requests({
  store: session('request:'),
  line,
  clock,
  wakeUp: wakeUp('requests'),
  press: async ({ tab, seen }) =>
    (await askPage(browser.tabs, tab, { ask: 'press', provider: seen.provider })) ?? 'none',
  missed: (pairings) => run(Promise.all(pairings.map((pairing) => ringTests.begin(pairing, false)))),
  changed,
  report,
});
const pages = new ObservedPages({
  store: session('observed:'),
  requests,
  clock,
  random,
  wakeUp: wakeUp('observed'),
  budget: new TokenBuckets({ most: 5, everyMs: 12_000, now }),
  granted,
  wantsPassword: async (origin, account) =>
    (await settings.passwords()).some((one) => one.origin === origin && one.account === account),
  report,
  whereIs: (tab) => askPage(browser.tabs, tab, { ask: 'where' }),
});
const warnings = new Warnings({
  store: session('warning:'),
  random,
  changed,
  report,
  askAgain: (tab) => askPage(browser.tabs, tab, { ask: 'again' }),
  closeTab: (tab) => browser.tabs.remove(tab),
});
const desk: PairingDesk = new PairingDesk({
  store: session('pairing:'),
  post: () => post,
  contacts,
  relays,
  relay: async () => (await settings.relay()).origin,
  createChannel: (of) => createChannel(fetch, of),
  clock,
  random,
  wakeUp: wakeUp('pairing'),
  browserName,
  changed,
  replaced: async (before, after) => {
    const { label } = contacts.find(before) ?? {};
    if (label !== undefined) await contacts.rename(after, label);
    await unpairing.unpair(before);
  },
});
const unpairing: Unpairing = new Unpairing({ post, contacts, now, wakeUp: wakeUp('unpairing') });
const ringTests: RingTests = new RingTests({
  area: browser.storage.local,
  post,
  contacts,
  relays,
  clock,
  random,
  wakeUp: wakeUp('ring tests'),
  changed,
  report,
});
const badge = new BadgeDisplay(browser.action, (key) => browser.i18n.getMessage(key));

const restored = Promise.all([desk.restore(), requests.restore().then(() => pages.restore()), warnings.restore()]);
/** What the worker before left is known again; phones may not be. */
const ready = restored.then(() => undefined);
/** Whatever woke this worker is answered before it asks the browser for what that does not need. */
const answered = ready.then(() => new Promise<void>((resolve) => clock.after(0, resolve)));
/** Apart, because the browser takes its time over it, and a page of its own waits for none of that. */
const hostsKnown = answered.then(() => hosts.load()).catch(report);
run(hostsKnown.then(() => hosts.takeUpPages()));
const front = new PageInFront({ tabs: browser.tabs, hosts, hostsKnown, changed, report });
// Without these there is nothing to work with, and that can still be shown.
post.catch(faults.disable);
const shown = ready.catch(faults.disable);
run(post.then((opened) => desk.resume(opened)));
run(post.then(() => unpairing.resume()));
run(shown.then(() => publisher.join((view) => run(badge.show(view)))));
run(news.load());
run(ringTests.load());
run(answered.then(() => chosen.load()));
run(answered.then(() => access.load()));

const handlers = callHandlers({
  ...{ ready, post, hostsKnown, requests, warnings, front, hosts },
  ...{ desk, contacts, unpairing, news, ringTests, settings },
});

const streamHandlers: StreamHandlers = {
  state: stateStream({ publisher, shown, post, report }),
  'pairing-watch': pairingWatchStream(desk, report),
  sightings: sightingStream({
    pages,
    requests,
    warnings,
    // After its start the browser takes seconds to say what an organisation has set; where a host is a provider's for
    // everybody, that changes nothing.
    ready: (url) => (isOfAll(hostToShow(url)) ? ready : Promise.all([ready, hostsKnown]).then(() => undefined)),
    // A page that loads itself again each second says three things each time.
    budget: new TokenBuckets({ most: 60, everyMs: 100, now }),
    granted,
    report,
  }),
  request: requestStream(requests, ready, new TokenBuckets({ most: 5, everyMs: 12_000, now })),
};

listen(browser.runtime.onMessage, own, handlers);
browser.runtime.onConnect.addListener((port) => acceptStream(port, own, streamHandlers));
browser.alarms.onAlarm.addListener(tick);
browser.commands.onCommand.addListener((command, tab) => {
  if (command === 'use-password') run(ready.then(() => requests.usePasswordIn(tab?.id)));
});
browser.storage.onChanged.addListener((_, area) => {
  if (area === 'local' || area === 'managed') run(chosen.load());
  if (area === 'managed') run(hosts.load());
});
// The popup may have been closed by the browser's own question.
browser.permissions.onAdded.addListener(({ origins = [] }) => {
  for (const host of origins.map(hostOf)) if (host !== null && !isOfAll(host)) run(hosts.add(host));
  run(access.load());
});
browser.permissions.onRemoved.addListener(() => {
  run(hosts.load());
  run(access.load());
});
browser.runtime.onInstalled.addListener(({ reason }) => {
  if (reason === 'install')
    run(browser.tabs.create({ url: browser.runtime.getURL('src/extension/welcome/index.html') }));
});

async function openPost(): Promise<Post> {
  const [pending] = await restored;
  const book = new PairingBook(await Vault.open('tandem'));
  const known = [...(await contacts.load(book)), ...pending];
  const store = session('post:');
  const events = postEvents({ contacts, relays, requests, desk, unpairing, ringTests, changed, report });
  const opened = await Post.resume({ open: openSocket, clock, random, store, events }, known);
  publisher.join(() => opened.await(requests.open.length > 0 || desk.active));
  return opened;
}

function run(work: Promise<unknown>): void {
  work.catch(report);
}

/** A browser's own socket, whose `onmessage` asks for more of an event than ours gives back. */
function openSocket(url: string): SocketLike {
  return new WebSocket(url) as SocketLike;
}

function tick(): void {
  run(ready.then(() => Promise.all([requests.tick(), pages.tick(), desk.tick(), ringTests.tick(), unpairing.tick()])));
}
