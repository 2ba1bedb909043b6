import { signal } from '@preact/signals';
import { deviceName } from '../../core/device-name.ts';
import { AppError } from '../../core/errors.ts';
import type { Random } from '../../core/keys.ts';
import { systemClock as clock, type SocketLike } from '../../relay-client/socket.ts';
import { Vault } from '../../vault/vault.ts';
import { Notifications } from '../notifications.ts';
import { pageNames } from '../page-names.ts';
import { Phone } from '../phone.ts';
import { browserPush } from '../push-device.ts';
import { PushSubscriptions } from '../push-subscriptions.ts';
import { forgetFailedRing } from '../storage/failed-ring.ts';
import { Offline } from './offline.ts';
import { openFrom } from './open-app.ts';
import { Ringer } from './ringer.ts';
import type { WorkerScope } from './scope.ts';
import { SpareLeadership } from './spare-leadership.ts';
import { startWorkerText } from './texts.ts';

// What the library says of a page's `self` is not what a worker's is.
const worker = self as unknown as WorkerScope;
const random: Random = (length) => crypto.getRandomValues(new Uint8Array(length));
const { origin } = worker.location;
const offline = new Offline(caches, __APP_FILES__, origin);
const notifications = new Notifications({
  centre: worker.registration,
  clock,
  ...startWorkerText(navigator.languages),
});
const device = browserPush(async () => worker.registration, origin, false);
const leadership = new SpareLeadership(navigator.locks, new BroadcastChannel(pageNames.leadership));

async function refuse(): Promise<never> {
  throw new AppError('verification-unavailable', 'nobody is looking');
}

function openPhone(vault: Vault): Promise<Phone> {
  const opened: Promise<Phone> = Phone.open({
    relay: origin,
    deviceName: deviceName(navigator.userAgent),
    vault,
    open: (url) => new WebSocket(url) as SocketLike,
    clock,
    random,
    authenticator: { approve: refuse, register: refuse, confirm: refuse },
    visible: signal(false),
    wanted: signal(null),
    // A worker cannot know, and a window will say it.
    paired: signal(false),
    pinged: async (pairing, id) => {
      const phone = await opened;
      await phone.pong(pairing, { id, step: 'arrived' });
      // It was shown when the push came, before anything else.
      await phone.pong(pairing, { id, step: 'shown' });
    },
    push: (pairing, event) => void subscriptions?.said(pairing, event),
  });
  return opened;
}

async function tellWindows(message: unknown): Promise<void> {
  const windows = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true });
  for (const window of windows) window.postMessage(message);
}

let subscriptions: PushSubscriptions | null = null;

async function renew(phone: Phone): Promise<void> {
  subscriptions = new PushSubscriptions(phone, device, () => phone.act(() => forgetFailedRing(phone.vault)));
  await subscriptions.refresh();
  await subscriptions.settled();
}

const ringer = new Ringer({
  openVault: () => Vault.open(pageNames.vault),
  openPhone,
  leadership,
  notifications,
  rang: (test, pairing) => tellWindows({ rang: test, pairing }),
  hand: tellWindows,
  renew,
  clock,
  random,
});

worker.addEventListener('install', (event) => event.waitUntil(offline.install()));
worker.addEventListener('activate', (event) =>
  event.waitUntil(Promise.all([offline.forgetOthers().then(() => worker.clients.claim()), notifications.clear()])),
);
worker.addEventListener('fetch', (event) => {
  const path = offline.pathFor(event.request);
  if (path !== null) event.respondWith(offline.answer(path, event.request));
});
worker.addEventListener('message', (event) => {
  // The app is at rest, and the version that waits may take this one's place.
  if (event.data === 'take over') event.waitUntil(worker.skipWaiting());
});
worker.addEventListener('push', (event) => {
  event.waitUntil(ringer.push(event.data && new Uint8Array(event.data.arrayBuffer())));
});
worker.addEventListener('pushsubscriptionchange', (event) => event.waitUntil(ringer.renew()));
worker.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(Promise.all([openFrom(event.notification, worker.clients), notifications.clear()]));
});
worker.addEventListener('notificationclose', (event) => event.waitUntil(notifications.clear()));
