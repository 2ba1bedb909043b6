import 'fake-indexeddb/auto';
import { effect, type Signal, signal } from '@preact/signals';
import { vi } from 'vitest';
import WebSocket from 'ws';
import { base64url, fromBase64url } from '../../src/core/bytes.ts';
import type { PhoneRequest } from '../../src/core/messages.ts';
import type { PhoneParts } from '../../src/phone/parts.ts';
import { Phone } from '../../src/phone/phone.ts';
import type { ObservedRequest } from '../../src/phone/storage/held-request.ts';
import type { View } from '../../src/phone/view.ts';
import { type RelayLimits, relayLimits } from '../../src/relay/limits.ts';
import { type Relay, startRelay } from '../../src/relay/server.ts';
import type { MailboxStore } from '../../src/relay/stores/mailbox-store.ts';
import { memoryStore } from '../../src/relay/stores/memory.ts';
import type { PushEvent } from '../../src/relay-client/relay-client.ts';
import type { SocketLike } from '../../src/relay-client/socket.ts';
import { Vault } from '../../src/vault/vault.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { BrowserHalf } from './browser-half.ts';
import { TestAuthenticator } from './test-authenticator.ts';

export const site = { origin: 'https://login.example', site: 'Example', account: 'ada@login.example' };

let scenes = 0;

/** A phone app without its screens, a relay and browsers, under one clock that the test moves. */
export class Scene {
  readonly clock: ManualClock;
  readonly authenticator = new TestAuthenticator();
  readonly visible: Signal<boolean> = signal(true);
  /** What outlives the vault. */
  readonly paired: Signal<boolean> = signal(false);
  readonly wanted: Signal<string | null> = signal(null);
  /** What the relay has said of Web Push. */
  readonly pushes: PushEvent[] = [];
  /** Hears it as well. */
  pushed: (pairing: string, event: PushEvent) => void = () => undefined;
  readonly #relay: Relay;
  readonly #store: MailboxStore;
  readonly #random;
  /** The name of its vault. */
  database: string;
  readonly #browsers: BrowserHalf[] = [];
  readonly #sockets = new Set<WebSocket>();
  /** By how much the phone's clock is ahead, ms. */
  aheadMs = 0;
  #isOnline = true;
  phone!: Phone;

  private constructor(clock: ManualClock, relay: Relay, store: MailboxStore, name: string) {
    this.clock = clock;
    this.#store = store;
    this.#relay = relay;
    this.database = name;
    this.#random = seededRandom(name);
  }

  /** `alsoAllow`: origins of push services. */
  static async open({
    aheadMs = 0,
    alsoAllow = [],
    limits = {},
  }: {
    aheadMs?: number;
    alsoAllow?: string[];
    limits?: Partial<RelayLimits>;
  } = {}): Promise<Scene> {
    const name = `scene ${scenes++}`;
    const clock = new ManualClock();
    const store = await memoryStore(clock);
    const relay = await startRelay({
      port: 0,
      store,
      phoneApp: null,
      clock,
      random: seededRandom(`relay of ${name}`),
      log: { info: () => undefined, warn: () => undefined, channel: () => '' },
      push: { alsoAllow },
      limits,
    });
    const scene = new Scene(clock, relay, store, name);
    scene.aheadMs = aheadMs;
    await scene.#start();
    return scene;
  }

  get origin(): string {
    return this.#relay.origin;
  }

  async newBrowser(name?: string): Promise<BrowserHalf> {
    const browser = await BrowserHalf.start({
      relay: this.#relay.origin,
      open: (url) => new WebSocket(url) as unknown as SocketLike,
      clock: this.clock,
      random: this.#random,
      ...(name === undefined ? {} : { name }),
    });
    this.#browsers.push(browser);
    return browser;
  }

  /** A browser that is paired with the phone. */
  async pairedBrowser(name?: string): Promise<BrowserHalf> {
    const browser = await this.newBrowser(name);
    this.phone.actions.openLink(await browser.offer());
    await this.screen('digits');
    this.phone.actions.digitsMatch();
    await browser.confirm();
    await this.screen('home');
    return browser;
  }

  /** A paired browser, and a registration for `of`. */
  async registered(of = site): Promise<BrowserHalf> {
    const browser = await this.pairedBrowser();
    await this.register(browser, of);
    return browser;
  }

  async register(browser: BrowserHalf, of = site): Promise<void> {
    const request = this.registration(of);
    await browser.ask(request);
    const { key } = await this.screen('request');
    this.phone.actions.register(key);
    this.authenticator.last.succeed();
    await browser.conclude(request.id, 'approved');
    await this.screen('result');
    this.phone.actions.dismiss(key);
    await this.screen('home');
  }

  /** A sign-in on the screen. */
  async asked(browser: BrowserHalf, of: Partial<PhoneRequest> = {}) {
    const request = this.signIn(of);
    await browser.ask(request);
    const view = await this.until((now) => now.screen === 'request' && now.held.request.id === request.id);
    if (view.screen !== 'request') throw new Error('another screen');
    return { request, key: view.key };
  }

  signIn(of: Partial<PhoneRequest> = {}): Extract<PhoneRequest, { type: 'sign-in' }> {
    return { ...this.#request(), type: 'sign-in', choices: ['17', '42', '86'], ...of } as never;
  }

  registration(of: Partial<PhoneRequest> = {}): Extract<PhoneRequest, { type: 'registration' }> {
    return { ...this.#request(), type: 'registration', userHandle: base64url(this.#random(16)), ...of } as never;
  }

  /** A number on the page of a provider that has an app of its own. */
  observed(of: Partial<ObservedRequest> = {}): ObservedRequest {
    const { nonce: _, ...asked } = this.#request();
    const provider = {
      origin: 'https://login.microsoftonline.com',
      site: 'Microsoft',
      apps: ['Microsoft Authenticator'],
    };
    return { ...asked, ...provider, type: 'observed', direction: 'type', number: '07', ...of };
  }

  /** As if the phone's network went without a word: nothing more arrives over the connections that it has. */
  deafen(): void {
    for (const socket of this.#sockets) socket.pause();
  }

  /** As if the tab was killed, at whatever step it was, and opened again. */
  async reload(): Promise<void> {
    this.phone.stop();
    await this.#start();
  }

  /** As if the browser had cleared its storage, and the app was opened again. `meanwhile`: what another window does there. */
  async clearVault(meanwhile: (vault: Vault) => Promise<void>): Promise<void> {
    this.phone.stop();
    this.database = `${this.database}, cleared`;
    const vault = await Vault.open(this.database);
    await meanwhile(vault);
    vault.close();
    await this.#start();
  }

  /** The view, once it is of that screen. */
  async screen<Name extends View['screen']>(name: Name): Promise<Extract<View, { screen: Name }>> {
    return (await this.until(({ screen }) => screen === name)) as Extract<View, { screen: Name }>;
  }

  /** The view, once it is as wanted. */
  until(holds: (view: View) => boolean): Promise<View> {
    return seen(this.phone.view, holds);
  }

  get view(): View {
    return this.phone.view.value;
  }

  /** Lets time pass; a connection that it has ended is tried again at once. */
  pass(ms: number): void {
    this.clock.pass(ms);
    this.phone.wake();
  }

  /** Once everybody has left it, nobody comes to the relay for so long that it forgets a pairing. */
  async lapse(pairing: string): Promise<void> {
    await vi.waitFor(async () => {
      this.clock.pass(relayLimits.lapseMs + 1);
      if (await this.#store.find(fromBase64url(pairing))) throw new Error('somebody is still there');
    });
  }

  /** Cuts the phone off, or lets it back. */
  setOnline(isOnline: boolean): void {
    this.#isOnline = isOnline;
    if (!isOnline) for (const socket of this.#sockets) socket.terminate();
  }

  async close(): Promise<void> {
    this.phone.stop();
    for (const browser of this.#browsers) browser.stop();
    await this.#relay.stop();
  }

  #request() {
    const expiresAt = this.clock.now() + 60_000;
    const [id, nonce] = [base64url(this.#random(16)), base64url(this.#random(32))];
    return { ...site, id, nonce, browser: 'Chrome on Linux', expiresAt };
  }

  /** The app without its screens, as the service worker opens it on the vault of this phone. */
  async openWorker(vault: Vault): Promise<Phone> {
    const opened: Promise<Phone> = this.#openPhone(this.database, {
      vault,
      visible: signal(false),
      pinged: async (pairing, id) => {
        for (const step of ['arrived', 'shown'] as const) await (await opened).pong(pairing, { id, step });
      },
    });
    return opened;
  }

  said(what: PushEvent['is']): PushEvent[] {
    return this.pushes.filter(({ is }) => is === what);
  }

  /** Another phone at the same relay. */
  anotherPhone(): Promise<Phone> {
    return this.#openPhone(`${this.database}, another`);
  }

  async #start(): Promise<void> {
    this.phone = await this.#openPhone(this.database);
  }

  async #openPhone(database: string, of: Partial<PhoneParts> = {}): Promise<Phone> {
    return Phone.open({
      relay: this.#relay.origin,
      deviceName: 'Chrome on Android',
      vault: of.vault ?? (await Vault.open(database)),
      open: (url) => this.#openSocket(url),
      clock: {
        now: () => this.clock.now() + this.aheadMs,
        steady: this.clock.steady,
        after: (ms, then) => this.clock.after(ms, then),
      },
      random: this.#random,
      authenticator: this.authenticator,
      visible: this.visible,
      wanted: this.wanted,
      paired: this.paired,
      pinged: async () => undefined,
      push: (pairing, event) => {
        this.pushes.push(event);
        this.pushed(pairing, event);
      },
      ...of,
    });
  }

  #openSocket(url: string): SocketLike {
    if (!this.#isOnline) throw new Error('no network');
    const socket = new WebSocket(url);
    this.#sockets.add(socket);
    return socket as unknown as SocketLike;
  }
}

/** A signal's value, once it is as wanted. */
export function seen<T>(of: { readonly value: T }, holds: (value: T) => boolean): Promise<T> {
  return new Promise((resolve) => {
    let dispose: (() => void) | null = null;
    let isDone = false;
    dispose = effect(() => {
      const { value } = of;
      if (isDone || !holds(value)) return;
      isDone = true;
      resolve(value);
      dispose?.();
    });
    if (isDone) dispose();
  });
}
