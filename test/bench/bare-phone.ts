import { EventEmitter, once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, CDPSession } from 'playwright-core';
import { Phone } from '../../src/demo/devices/phone.ts';

/** What page and worker keep: a key that cannot be read, and something sealed with it. */
const kept = `
  const kept = () => new Promise((resolve) => {
    const opening = indexedDB.open('bare');
    opening.onupgradeneeded = () => opening.result.createObjectStore('all');
    opening.onsuccess = () => resolve(opening.result.transaction('all', 'readwrite').objectStore('all'));
  });
  const done = (request) => new Promise((resolve) => { request.onsuccess = () => resolve(request.result); });
`;

/** The least that a sealed push takes: reads a key, opens what is sealed, shows a notification. Says how many ms after its start. */
const worker = `${kept}
  const show = async () => {
    const { key, iv, sealed } = await done((await kept()).get('one'));
    await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, sealed);
    await registration.showNotification('one');
    await fetch('/shown?' + performance.now());
  };
  addEventListener('install', () => skipWaiting());
  addEventListener('activate', (event) => event.waitUntil(clients.claim()));
  addEventListener('push', (event) => event.waitUntil(show()));
`;

/** Keeps what the worker reads. */
const keep = `(async () => {${kept}
  const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  const iv = new Uint8Array(12);
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, new Uint8Array(256));
  await done((await kept()).put({ key, iv, sealed }, 'one'));
})()`;

/** Shows a button by script, and does nothing else. */
const page = `<!doctype html><html lang="en"><title>Bare</title><body><script>
  const button = document.createElement('button');
  button.dataset.number = '17';
  button.textContent = '17';
  document.body.append(button);
</script></body></html>`;

const files: Readonly<Record<string, readonly [type: string, body: string]>> = {
  '/': ['text/html', page],
  '/worker.js': ['text/javascript', worker],
};

/** The least that a phone's browser can do for a push and for a page that it opens: what the app is held against. */
export class BarePhone {
  readonly #server: Server;
  readonly #phone: Phone;
  readonly #session: CDPSession;
  readonly #registrationId: string;
  readonly #stops = new EventEmitter();
  #shown: (afterMs: number) => void = () => undefined;

  private constructor(server: Server, phone: Phone, session: CDPSession, registrationId: string) {
    this.#server = server;
    this.#phone = phone;
    this.#session = session;
    this.#registrationId = registrationId;
    session.on('ServiceWorker.workerVersionUpdated', ({ versions }) => {
      if (versions.some(({ runningStatus }) => runningStatus === 'stopped')) this.#stops.emit('stopped');
    });
    server.on('request', ({ url = '' }) => {
      if (url.startsWith('/shown?')) this.#shown(Number(url.slice('/shown?'.length)));
    });
  }

  static async open(browser: Browser): Promise<BarePhone> {
    const server = createServer(({ url = '' }, response) => {
      const [type, body] = files[url] ?? ['text/plain', ''];
      response.writeHead(200, { 'content-type': type }).end(body);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const origin = originOf(server);
    const phone = await Phone.open(browser, origin);
    await phone.context.grantPermissions(['notifications'], { origin });
    const session = await phone.context.newCDPSession(phone.page);
    const registered = new Promise<string>((resolve) => {
      session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
        const [ours] = registrations.filter(({ scopeURL }) => scopeURL === `${origin}/`);
        if (ours) resolve(ours.registrationId);
      });
    });
    await session.send('ServiceWorker.enable');
    await phone.page.evaluate(keep);
    await phone.page.evaluate(async () => {
      await navigator.serviceWorker.register('/worker.js');
      await navigator.serviceWorker.ready;
    });
    return new BarePhone(server, phone, session, await registered);
  }

  /** A push to a worker that does not run, until its notification is shown, ms since the worker's start. */
  async push(): Promise<number> {
    const stopped = once(this.#stops, 'stopped');
    await this.#session.send('ServiceWorker.stopAllWorkers');
    await stopped;
    const shown = new Promise<number>((resolve) => {
      this.#shown = resolve;
    });
    await this.#session.send('ServiceWorker.deliverPushMessage', {
      origin: originOf(this.#server),
      registrationId: this.#registrationId,
      data: 'one',
    });
    return shown;
  }

  /** A window that opens, until it has its button, ms after the navigation began. */
  async openWindow(): Promise<number> {
    const opened = await this.#phone.context.newPage();
    await opened.addInitScript(`new MutationObserver(() => {
      if (document.querySelector('[data-number]')) globalThis.shownAt ??= performance.now();
    }).observe(document, { subtree: true, childList: true })`);
    await opened.goto(originOf(this.#server));
    const handle = await opened.waitForFunction(() => Reflect.get(globalThis, 'shownAt') as number | undefined);
    const at = (await handle.jsonValue()) as number;
    await opened.close();
    return at;
  }

  async close(): Promise<void> {
    await this.#phone.close();
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}

function originOf(server: Server): string {
  return `http://localhost:${(server.address() as AddressInfo).port}`;
}
