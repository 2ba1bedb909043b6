import type { Post } from '../../relay-client/post.ts';
import type { Handlers } from '../messaging/dispatch.ts';
import type { Settings } from '../storage/settings.ts';
import type { Contacts } from './contacts.ts';
import type { Hosts } from './hosts.ts';
import type { PageInFront } from './page-in-front.ts';
import type { PairingDesk } from './pairing-desk.ts';
import type { PhoneNews } from './phone-news.ts';
import type { Requests } from './requests.ts';
import type { RingTests } from './ring-tests.ts';
import type { Unpairing } from './unpairing.ts';
import type { Warnings } from './warnings.ts';

export interface CallHandlersOptions {
  /** What the worker before left is known again. */
  ready: Promise<void>;
  /** Phones are known. Rejects with `key-storage-broken`. */
  post: Promise<Post>;
  /** It is known which hosts are allowed. */
  hostsKnown: Promise<void>;
  requests: Pick<Requests, 'open' | 'lastEnded' | 'usePassword' | 'dismissEnds'>;
  warnings: Pick<Warnings, 'dismiss' | 'closePage'>;
  front: Pick<PageInFront, 'look'>;
  hosts: Pick<Hosts, 'granted' | 'add' | 'remove'>;
  desk: Pick<PairingDesk, 'begin' | 'cancel' | 'confirm' | 'refuse'>;
  contacts: Pick<Contacts, 'rename'>;
  unpairing: Pick<Unpairing, 'unpair'>;
  news: Pick<PhoneNews, 'dismiss'>;
  ringTests: Pick<RingTests, 'begin' | 'close' | 'closeMissed'>;
  settings: Pick<Settings, 'setNumberOnPhone' | 'addPassword' | 'removePassword' | 'setRelay'>;
}

const done = (work: Promise<unknown>): Promise<null> => work.then(() => null);

/** What is done for each call (src/extension/messaging/contract.ts), once what it is about is known. */
export function callHandlers(options: CallHandlersOptions): Handlers {
  const { ready, post, hostsKnown, requests, warnings, front, hosts, desk } = options;
  const { contacts, unpairing, news, ringTests, settings } = options;

  async function alwaysPassword(id: string): Promise<void> {
    // One that has just ended is chosen for the next time.
    const held = [...requests.open, requests.lastEnded].find((one) => one?.id === id);
    const account = held?.kind === 'observed' ? held.seen.account : undefined;
    if (held && account !== undefined) await settings.addPassword({ origin: held.origin, account });
    await requests.usePassword(id);
  }

  async function dismissEnds(): Promise<void> {
    // Where it was shown.
    const isMissed = requests.lastEnded?.life.phase === 'timed-out';
    await Promise.all([isMissed && ringTests.closeMissed(), requests.dismissEnds()]);
  }

  return {
    'request/password': ({ id }) => done(ready.then(() => requests.usePassword(id))),
    'request/dismiss': () => done(ready.then(() => dismissEnds())),
    'page/granted': (_, caller) =>
      hostsKnown.then(
        () => caller.kind === 'content-script' && hosts.granted.includes(new URL(caller.origin).hostname),
      ),
    'page/look': () => done(front.look()),
    'warning/dismiss': ({ id }) => done(ready.then(() => warnings.dismiss(id))),
    'warning/close-page': ({ id }) => done(ready.then(() => warnings.closePage(id))),
    'hosts/add': ({ host }) => done(hosts.add(host)),
    'hosts/remove': ({ host }) => done(hosts.remove(host)),
    'pairing/begin': () => done(ready.then(() => requests.dismissEnds()).then(() => desk.begin())),
    'pairing/update': ({ pairing }) => done(ready.then(() => requests.dismissEnds()).then(() => desk.begin(pairing))),
    'pairing/cancel': () => done(ready.then(() => desk.cancel())),
    'pairing/confirm': ({ pairing }) => done(post.then(() => desk.confirm(pairing))),
    'pairing/refuse': ({ pairing }) => done(post.then(() => desk.refuse(pairing))),
    'phone/rename': ({ pairing, name }) => done(post.then(() => contacts.rename(pairing, name))),
    'ring-test/begin': ({ pairing }) => done(ringTests.begin(pairing, true)),
    'ring-test/close': () => done(ringTests.close()),
    'phone/unpair': ({ pairing }) => done(unpairing.unpair(pairing)),
    'phone/dismiss': () => done(news.dismiss()),
    'settings/number-on-phone': ({ is }) => done(settings.setNumberOnPhone(is)),
    'settings/add-password': ({ id }) => done(ready.then(() => alwaysPassword(id))),
    'settings/remove-password': (account) => done(settings.removePassword(account)),
    'settings/relay': ({ origin }) => done(settings.setRelay(origin)),
  };
}
