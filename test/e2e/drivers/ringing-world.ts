import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { CDPSession, Page, Worker } from 'playwright-core';
import { expect } from 'vitest';
import { base64url } from '../../../src/core/bytes.ts';
import type { Phone, PhoneOptions } from '../../../src/demo/devices/phone.ts';
import { startPushService } from '../../relay/push-service.ts';
import { PhoneWorld } from './phone.ts';

export type PushService = Awaited<ReturnType<typeof startPushService>>;

/**
 * Stands in for what a test cannot reach. Chromium's own push service needs a network, and its private windows refuse to
 * subscribe: `subscribe` gives the test's service instead. CDP delivers text alone: bytes come as base64url and are
 * turned back where the browser hands them to the worker. One that the worker makes has another address.
 */
function standIn(subscription: object): string {
  return `(() => {
    const text = ${JSON.stringify(JSON.stringify(subscription))};
    const given = JSON.parse(text);
    if (!globalThis.document) given.endpoint += '?by=worker';
    const made = (key) => ({
      expirationTime: null,
      options: { applicationServerKey: key },
      toJSON: () => given,
      unsubscribe: async () => { current = null; return true; },
    });
    let current = null;
    const bytesOf = (of) => Uint8Array.from(atob(of.replace(/-/g, '+').replace(/_/g, '/')), (one) => one.charCodeAt(0));
    if (globalThis.PushManager) {
      PushManager.prototype.getSubscription = async () => current;
      PushManager.prototype.subscribe = async ({ applicationServerKey: key }) => (current = made(key));
    }
    if (globalThis.ServiceWorkerRegistration && !globalThis.document) {
      const show = ServiceWorkerRegistration.prototype.showNotification;
      ServiceWorkerRegistration.prototype.showNotification = async function (...of) {
        await show.apply(this, of);
        globalThis.shownAfter ??= performance.now();
      };
    }
    if (globalThis.PushMessageData) {
      PushMessageData.prototype.arrayBuffer = function () { return bytesOf(this.text()).buffer; };
    }
  })();\n`;
}

export interface Shown {
  readonly title: string;
  readonly body: string;
  readonly data: unknown;
}

/** A phone that can be rung: the real app and worker, a real relay, and a push service that decrypts what it is sent. */
export class RingingWorld {
  readonly phones: PhoneWorld;
  readonly service: PushService;
  /** Directory of the phone app as the relay serves it. */
  readonly app: string;

  private constructor(phones: PhoneWorld, service: PushService, app: string) {
    this.phones = phones;
    this.service = service;
    this.app = app;
  }

  static async open(): Promise<RingingWorld> {
    const service = await startPushService();
    const app = mkdtempSync(join(tmpdir(), 'tandem-phone-'));
    cpSync(resolve('dist/phone'), app, { recursive: true });
    const worker = join(app, 'worker.js');
    writeFileSync(worker, standIn(service.subscription) + readFileSync(worker, 'utf8'));
    const phones = await PhoneWorld.open({ phoneApp: app, alsoAllow: [service.origin] });
    return new RingingWorld(phones, service, app);
  }

  /** A phone that is paired and registered, whose person has not been asked whether it may ring. */
  async phone(options: PhoneOptions = {}) {
    const made = await this.phones.registered({ ...options, initScript: standIn(this.service.subscription) });
    return { ...made, ringable: await RingablePhone.of(made.phone, this) };
  }

  /** The same, and paired alone. */
  async paired(options: PhoneOptions = {}) {
    const made = await this.phones.paired({ ...options, initScript: standIn(this.service.subscription) });
    return { ...made, ringable: await RingablePhone.of(made.phone, this) };
  }

  /** Another version of the app, as its relay serves it after it was started again. */
  async release(): Promise<void> {
    const worker = join(this.app, 'worker.js');
    const script = readFileSync(worker, 'utf8');
    const [version] = /(?<=version:`|version:"|"version":")[0-9a-f]{16}/.exec(script) ?? [];
    if (version === undefined) throw new Error('the worker says no version');
    writeFileSync(worker, script.replace(version, 'f'.repeat(16)));
    await this.phones.restartRelay();
  }

  async close(): Promise<void> {
    await this.phones.close();
    await this.service.stop();
    rmSync(this.app, { recursive: true, force: true });
  }
}

/** Of the notification for the sign-in of `signIn`, and of a self-test's. */
export const asksTitle = 'Sign in at \u2068login.example\u2069?';
export const testTitle = 'This phone rings';

/** What a test does with a phone's notifications. */
export class RingablePhone {
  readonly #phone: Phone;
  readonly #world: RingingWorld;
  readonly #session: CDPSession;
  readonly #registration: string;

  private constructor(phone: Phone, world: RingingWorld, session: CDPSession, registration: string) {
    this.#phone = phone;
    this.#world = world;
    this.#session = session;
    this.#registration = registration;
  }

  static async of(phone: Phone, world: RingingWorld): Promise<RingablePhone> {
    await phone.page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    // A page of its own, as the app's are closed in tests.
    const session = await phone.context.newCDPSession(await phone.context.newPage());
    const registration = new Promise<string>((done) => {
      session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
        const ours = registrations.find(({ scopeURL }) => scopeURL === `${world.phones.relay.origin}/`);
        if (ours) done(ours.registrationId);
      });
    });
    await session.send('ServiceWorker.enable');
    await phone.page.bringToFront();
    return new RingablePhone(phone, world, session, await registration);
  }

  /** The person lets it ring, from the notice on the home screen. */
  async allow(): Promise<void> {
    const { origin } = this.#world.phones.relay;
    await this.#phone.context.grantPermissions(['notifications'], { origin });
    await this.#phone.page.locator('.notice .button-primary').click();
    await this.#phone.page.locator('.notice .button-primary').waitFor({ state: 'detached' });
  }

  /** Hands the worker what the relay has sent to the push service; gives to what address. */
  async deliver(): Promise<string> {
    const { payload, path } = await this.#world.service.next();
    await this.#session.send('ServiceWorker.deliverPushMessage', {
      origin: this.#world.phones.relay.origin,
      registrationId: this.#registration,
      data: payload ? base64url(payload) : '',
    });
    return path;
  }

  /**
   * Hands the worker all that comes to the push service until something holds; gives to what addresses. One push is not enough: the
   * relay pushes again what a phone has not acknowledged in time, which is much for a busy computer.
   */
  async deliverUntil(holds: () => boolean | Promise<boolean>): Promise<string[]> {
    const paths: string[] = [];
    const next = async () => {
      while (this.#world.service.received.length > 0) paths.push(await this.deliver());
      return holds();
    };
    await expect.poll(next).toBe(true);
    return paths;
  }

  /** The browser has ended the subscription: its event in the worker, which no protocol of the browser's has. */
  async endSubscription(): Promise<void> {
    await this.worker.evaluate(`(async () => {
      const event = new ExtendableEvent('pushsubscriptionchange');
      const done = new Promise((resolve) => { event.waitUntil = resolve; });
      dispatchEvent(event);
      await (await done);
    })()`);
  }

  get worker(): Worker {
    // The newest: one that was ended may still be listed.
    const worker = this.#phone.context.serviceWorkers().at(-1);
    if (!worker) throw new Error('no service worker runs');
    return worker;
  }

  /** Ends the worker, which the next push starts again. */
  async stopWorker(): Promise<void> {
    await this.#session.send('ServiceWorker.stopAllWorkers');
  }

  /** How long after its start the worker had shown its first notification, ms. */
  shownAfter(): Promise<number> {
    return this.worker.evaluate('shownAfter');
  }

  /** What is shown now, by the worker's word. */
  shown(): Promise<Shown[]> {
    return this.worker.evaluate(`registration.getNotifications().then((all) =>
      all.map(({ title, body, data }) => ({ title, body, data })))`);
  }

  /**
   * Taps the notification with this title, beside which there may be one that says that something is over: its event in the worker. A browser takes it for no tap and gives no window, so that the
   * address which the worker asks for is given back, or null where it turns to a window that is open.
   */
  tap(title: string): Promise<string | null> {
    return this.worker.evaluate(`(async () => {
      const notification = (await registration.getNotifications()).find((each) => each.title === ${JSON.stringify(title)});
      if (!notification) throw new Error('no such notification');
      const event = new NotificationEvent('notificationclick', { notification });
      let address = null;
      clients.openWindow = async (url) => { address = url; return null; };
      WindowClient.prototype.focus = async function () { return this; };
      const done = new Promise((resolve) => { event.waitUntil = resolve; });
      dispatchEvent(event);
      await (await done);
      return address;
    })()`);
  }

  /** Opens the app in a window of its own at an address that `tap` gave. */
  async openAt(address: string): Promise<Page> {
    const page = await this.#phone.context.newPage();
    await page.goto(this.#world.phones.relay.origin + address);
    return page;
  }

  /** Leaves the app without closing it, or comes back. A browser without a screen never hides a page by itself. */
  async look(isVisible: boolean): Promise<void> {
    await this.#phone.page.evaluate(
      (state) => {
        Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => state });
        document.dispatchEvent(new Event('visibilitychange'));
      },
      isVisible ? 'visible' : 'hidden',
    );
  }
}
