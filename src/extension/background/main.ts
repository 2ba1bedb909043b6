import { base64url } from '../../core/bytes.ts';
import { deviceName } from '../../core/device-name.ts';
import type { ErrorCode } from '../../core/errors.ts';
import type { Random } from '../../core/keys.ts';
import type { Message } from '../../core/messages.ts';
import { hostToShow, ownsHost } from '../../providers/host.ts';
import { providers } from '../../providers/registry.ts';
import { type Arrival, Post } from '../../relay-client/post.ts';
import { systemClock as clock, type SocketLike } from '../../relay-client/socket.ts';
import { PairingBook } from '../../vault/pairing-book.ts';
import { Vault } from '../../vault/vault.ts';
import { acceptStream, type StreamHandlers } from '../messaging/accept-streams.ts';
import { browser } from '../messaging/browser.ts';
import type { Own } from '../messaging/caller.ts';
import type { Handlers } from '../messaging/dispatch.ts';
import { listen } from '../messaging/listen.ts';
import { askPage } from '../messaging/page-questions.ts';
import { TokenBuckets } from '../messaging/token-bucket.ts';
import type { SettingsView, View } from '../messaging/view.ts';
import { SessionStore } from '../storage/session-store.ts';
import { Settings } from '../storage/settings.ts';
import { BadgeDisplay } from './badge.ts';
import { createChannel } from './channel-creation.ts';
import { Contacts } from './contacts.ts';
import { Faults } from './faults.ts';
import { Hosts, hostOf, hostOfPage, patternOf, relativeFile } from './hosts.ts';
import { ObservedPages } from './observed-pages.ts';
import { PairingDesk } from './pairing-desk.ts';
import { PhoneLine } from './phone-line.ts';
import { PhoneNews } from './phone-news.ts';
import { Publisher } from './publisher.ts';
import { RelayHealth } from './relay-health.ts';
import { requestStream } from './request-stream.ts';
import { requestView } from './request-view.ts';
import { Requests } from './requests.ts';
import { RingTests } from './ring-tests.ts';
import { sightingStream } from './sighting-stream.ts';
import { withheldSites } from './site-access.ts';
import { Unpairing } from './unpairing.ts';
import { WakeUp } from './wake-up.ts';
import { Warnings } from './warnings.ts';

const random: Random = (length) => crypto.getRandomValues(new Uint8Array(length));
const browserName = deviceName(navigator.userAgent);
const own: Own = { id: browser.runtime.id, origin: browser.runtime.getURL('').replace(/\/$/, '') };
const session = SessionStore.over(browser.storage.session);
const scripts = browser.runtime.getManifest().content_scripts ?? [];
/** Sign-in pages that the extension comes with. */
const ownSites = scripts.flatMap(({ matches }) => matches);
/** Whether a host is a provider's for everybody, and so nobody's own. */
const isOfAll = (host: string) => providers.some((provider) => ownsHost(provider, host, []));

const relays = new RelayHealth();
const settings = new Settings(browser.storage.local, browser.storage.managed, __RELAY_ORIGIN__);
const publisher = new Publisher(view);
const news = new PhoneNews(browser.storage.local, publisher.changed);
const contacts = new Contacts({ changed: publisher.changed, now: () => clock.now(), news });
const hosts = new Hosts({
  settings,
  permissions: browser.permissions,
  scripting: browser.scripting,
  files: (scripts[0]?.js ?? []).map(relativeFile),
  changed: publisher.changed,
});
const granted = () => hosts.granted;
let chosen: (Omit<SettingsView, 'hosts'> & { hosts: Awaited<ReturnType<Settings['hosts']>> }) | null = null;
let withheld: readonly string[] = [];
let front: string | null = null;
const faults = new Faults({ changed: publisher.changed, log: (line) => console.error(line) });
const { report } = faults;

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
  wakeUp: new WakeUp({ name: 'requests', clock, alarms: browser.alarms, due: () => tick() }),
  press: async ({ tab, seen }) =>
    (await askPage(browser.tabs, tab, { ask: 'press', provider: seen.provider })) ?? 'none',
  missed: (pairings) => run(Promise.all(pairings.map((pairing) => ringTests.begin(pairing, false)))),
  changed: publisher.changed,
  report,
});
const pages = new ObservedPages({
  store: session('observed:'),
  requests,
  clock,
  random,
  wakeUp: new WakeUp({ name: 'observed', clock, alarms: browser.alarms, due: () => tick() }),
  budget: new TokenBuckets({ most: 5, everyMs: 12_000, now: () => clock.now() }),
  granted,
  wantsPassword: async (origin, account) =>
    (await settings.passwords()).some((one) => one.origin === origin && one.account === account),
  report,
  whereIs: (tab) => askPage(browser.tabs, tab, { ask: 'where' }),
});
const warnings = new Warnings({
  store: session('warning:'),
  random,
  changed: publisher.changed,
  report,
  askAgain: (tab) => askPage(browser.tabs, tab, { ask: 'again' }),
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
  wakeUp: new WakeUp({ name: 'pairing', clock, alarms: browser.alarms, due: () => tick() }),
  browserName,
  changed: publisher.changed,
  replaced: async (before, after) => {
    const { label } = contacts.find(before) ?? {};
    if (label !== undefined) await contacts.rename(after, label);
    await unpairing.unpair(before);
  },
});
const unpairing: Unpairing = new Unpairing({
  post,
  contacts,
  now: () => clock.now(),
  wakeUp: new WakeUp({ name: 'unpairing', clock, alarms: browser.alarms, due: () => tick() }),
});
const ringTests: RingTests = new RingTests({
  area: browser.storage.local,
  post,
  contacts,
  relays,
  clock,
  random,
  wakeUp: new WakeUp({ name: 'ring tests', clock, alarms: browser.alarms, due: () => tick() }),
  changed: publisher.changed,
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
// Without these there is nothing to work with, and that can still be shown.
post.catch(faults.disable);
const shown = ready.catch(faults.disable);
run(post.then((opened) => desk.resume(opened)));
run(post.then(() => unpairing.resume()));
run(shown.then(() => publisher.join((now) => run(badge.show(now)))));
run(news.load());
run(ringTests.load());
run(answered.then(readSettings));
run(answered.then(readAccess));

function view(): View {
  const { current, lastEnded } = requests;
  return {
    request: current && requestView(current),
    ended: lastEnded && requestView(lastEnded),
    warning: warnings.view(),
    pairing: desk.view(),
    ringTests: ringTests.view,
    phones: contacts.view(),
    departed: news.departed,
    withheld,
    joined: news.joined,
    fault: faults.code,
    front: front !== null && granted().includes(front) ? null : front,
    settings: chosen && {
      ...chosen,
      hosts: chosen.hosts.map((one) => ({ ...one, isGranted: granted().includes(one.host) })),
    },
  };
}

async function openPost(): Promise<Post> {
  const [pending] = await restored;
  const book = new PairingBook(await Vault.open('tandem'));
  const known = [...(await contacts.load(book)), ...pending];
  const store = session('post:');
  const opened = await Post.resume({ open: openSocket, clock, random, store, events }, known);
  publisher.join(() => opened.await(requests.open.length > 0 || desk.active));
  return opened;
}

function run(work: Promise<unknown>): void {
  work.catch(report);
}

const events: Parameters<typeof Post.resume>[0]['events'] = {
  message: (from, message) => handleMessage(from, message),
  progress(sent, step) {
    if (step === 'received') run(unpairing.settled(sent));
    ringTests.progress(sent, step);
    run(requests.progress(sent, step));
  },
  undeliverable(sent, code) {
    run(unpairing.settled(sent));
    run(requests.undeliverable(sent, code));
  },
  peer(pairing, event) {
    contacts.presence(pairing, event);
    run(unpairing.attached(pairing, event === 'here' || event === 'joined'));
    if (event === 'here' || event === 'away') run(contacts.seen(pairing));
    run(desk.peer(pairing, event));
  },
  ended: (pairing, code) => run(handleEnd(pairing, code)),
  status(relayOrigin, status, code) {
    relays.update(relayOrigin, status, code);
    if (status !== 'online') unpairing.disconnected();
    requests.connectionChanged();
    publisher.changed();
  },
  // What cannot be opened is nothing that a person could do something about; the request it was for ends by its clock.
  dropped: () => undefined,
  unsealed: (frame) => desk.unsealed(frame),
  push: (_, event) => event.is === 'sent' && ringTests.pushed(base64url(event.id), event.outcome),
};

/** A browser's own socket, whose `onmessage` asks for more of an event than ours gives back. */
function openSocket(url: string): SocketLike {
  return new WebSocket(url) as SocketLike;
}

async function handleMessage(from: Arrival, message: Message): Promise<void> {
  if (message.kind === 'confirm') await desk.confirmed(from.pairing);
  if (!contacts.find(from.pairing)) return;
  await contacts.seen(from.pairing);
  if (message.kind === 'paired') {
    // With this very browser, where the pairing that says so is the one whose place is taken.
    if (!desk.isReplacing(from.pairing)) await contacts.pairedElsewhere(from.pairing, message.name);
  } else if (message.kind === 'pong') ringTests.phoneSaid(from.pairing, message);
  else if (message.kind === 'unpair') await unpairing.unpaired(from.pairing);
  else await requests.phoneSaid(from, message);
}

async function handleEnd(pairing: string, code: ErrorCode): Promise<void> {
  if ((await desk.ended(pairing, code)) || (await unpairing.ended(pairing)) || !contacts.find(pairing)) return;
  contacts.ended(pairing, code);
  requests.connectionChanged();
}

function tick(): void {
  run(ready.then(() => Promise.all([requests.tick(), pages.tick(), desk.tick(), ringTests.tick(), unpairing.tick()])));
}

async function alwaysPassword(id: string): Promise<void> {
  const held = requests.open.find((open) => open.id === id);
  const account = held?.kind === 'observed' ? held.seen.account : undefined;
  if (held && account !== undefined) await settings.addPassword({ origin: held.origin, account });
  await requests.usePassword(id);
}

/** Its pages begin anew, now that they are allowed. */
async function allow(host: string): Promise<void> {
  await hosts.add(host);
  const tabs = await browser.tabs.query({ url: patternOf(host) });
  await Promise.all(tabs.map(({ id }) => id !== undefined && hosts.lookAt(id)));
}

/** The popup was opened on it, so that the browser lets us look (`activeTab`). */
async function lookAtPageInFront(): Promise<void> {
  const [tab] = await browser.tabs.query({ active: true, lastFocusedWindow: true });
  const host = hostOfPage(tab?.url ?? '');
  front = null;
  publisher.changed();
  if (host !== null && !isOfAll(host)) run(hostsKnown.then(() => offerToAllow(host)));
  if (tab?.id === undefined || (await askPage(browser.tabs, tab.id, { ask: 'where' })) !== null) return;
  await hosts.lookAt(tab.id);
}

function offerToAllow(host: string): void {
  front = host;
  publisher.changed();
}

function readSettings(): void {
  run(
    Promise.all([
      settings.relay(),
      settings.hosts(),
      settings.numberOnPhone(),
      settings.passwords(),
      settings.unreadPolicy(),
    ]).then(([relay, known, numberOnPhone, passwords, unreadPolicy]) => {
      chosen = { relay, hosts: known, numberOnPhone, passwords, unreadPolicy };
      publisher.changed();
    }),
  );
}

function readAccess(): void {
  run(
    withheldSites(browser.permissions, ownSites).then((now) => {
      withheld = now;
      publisher.changed();
    }),
  );
}

async function closePageOf(warning: string): Promise<void> {
  const tab = warnings.tabOf(warning);
  if (tab !== null) await browser.tabs.remove(tab);
}

const done = (work: Promise<unknown>): Promise<null> => work.then(() => null);

const handlers: Handlers = {
  'request/password': ({ id }) => done(ready.then(() => requests.usePassword(id))),
  'request/dismiss': () => {
    // Where it was shown.
    if (requests.lastEnded?.life.phase === 'timed-out') ringTests.closeMissed();
    return done(ready.then(() => requests.dismissEnds()));
  },
  'page/granted': (_, caller) =>
    hostsKnown.then(() => caller.kind === 'content-script' && granted().includes(new URL(caller.origin).hostname)),
  'page/look': () => done(lookAtPageInFront()),
  'warning/dismiss': ({ id }) => done(ready.then(() => warnings.dismiss(id))),
  'warning/close-page': ({ id }) => done(ready.then(() => closePageOf(id))),
  'hosts/add': ({ host }) => done(allow(host)),
  'hosts/remove': ({ host }) => done(hosts.remove(host)),
  'pairing/begin': () => done(ready.then(() => requests.dismissEnds()).then(() => desk.begin())),
  'pairing/update': ({ pairing }) => done(ready.then(() => requests.dismissEnds()).then(() => desk.begin(pairing))),
  'pairing/cancel': () => done(ready.then(() => desk.cancel())),
  'pairing/confirm': ({ pairing }) => done(post.then(() => desk.confirm(pairing))),
  'pairing/refuse': ({ pairing }) => done(post.then(() => desk.refuse(pairing))),
  'phone/rename': ({ pairing, name }) => done(post.then(() => contacts.rename(pairing, name))),
  'ring-test/begin': ({ pairing }) => done(ringTests.begin(pairing, true)),
  'ring-test/close': async () => {
    ringTests.close();
    return null;
  },
  'phone/unpair': ({ pairing }) => done(unpairing.unpair(pairing)),
  'phone/dismiss': () => done(news.dismiss()),
  'settings/number-on-phone': ({ is }) => done(settings.setNumberOnPhone(is)),
  'settings/add-password': ({ id }) => done(ready.then(() => alwaysPassword(id))),
  'settings/remove-password': (account) => done(settings.removePassword(account)),
  'settings/relay': ({ origin }) => done(settings.setRelay(origin)),
};

const streamHandlers: StreamHandlers = {
  state(connection) {
    let leave: () => void = () => undefined;
    run(
      shown.then(() => {
        leave = publisher.join((now) => connection.send(now));
      }),
    );
    // Somebody is looking: the relay is tried at once.
    run(post.then((opened) => opened.wake()));
    const ignore = () => undefined;
    return { message: ignore, refused: ignore, closed: () => leave() };
  },
  'pairing-watch'(connection) {
    connection.send(null);
    const leave = desk.watch();
    const ignore = () => undefined;
    return { message: ignore, refused: ignore, closed: () => run(leave()) };
  },
  sightings: sightingStream({
    pages,
    requests,
    warnings,
    // After its start the browser takes seconds to say what an organisation has set; where a host is a provider's for
    // everybody, that changes nothing.
    ready: (url) => (isOfAll(hostToShow(url)) ? ready : Promise.all([ready, hostsKnown]).then(() => undefined)),
    // A page that loads itself again each second says three things each time.
    budget: new TokenBuckets({ most: 60, everyMs: 100, now: () => clock.now() }),
    granted,
    report,
  }),
  request: requestStream(requests, ready, new TokenBuckets({ most: 5, everyMs: 12_000, now: () => clock.now() })),
};

listen(browser.runtime.onMessage, own, handlers);
browser.runtime.onConnect.addListener((port) => acceptStream(port, own, streamHandlers));
browser.alarms.onAlarm.addListener(tick);
browser.commands.onCommand.addListener((command) => {
  if (command === 'use-password') run(ready.then(() => requests.usePassword()));
});
browser.storage.onChanged.addListener((_, area) => {
  if (area === 'local' || area === 'managed') readSettings();
  if (area === 'managed') run(hosts.load());
});
// The popup may have been closed by the browser's own question.
browser.permissions.onAdded.addListener(({ origins = [] }) => {
  for (const host of origins.map(hostOf)) if (host !== null && !isOfAll(host)) run(allow(host));
  readAccess();
});
browser.permissions.onRemoved.addListener(() => {
  run(hosts.load());
  readAccess();
});
browser.runtime.onInstalled.addListener(({ reason }) => {
  if (reason === 'install')
    run(browser.tabs.create({ url: browser.runtime.getURL('src/extension/welcome/index.html') }));
});
