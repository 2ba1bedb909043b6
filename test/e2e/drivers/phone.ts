import { resolve } from 'node:path';
import type { Browser } from 'playwright-core';
import WebSocket from 'ws';
import { base64url } from '../../../src/core/bytes.ts';
import type { PhoneRequest } from '../../../src/core/messages.ts';
import { Phone, type PhoneOptions } from '../../../src/demo/devices/phone.ts';
import { type Relay, startRelay } from '../../../src/relay/server.ts';
import { memoryStore } from '../../../src/relay/stores/memory.ts';
import { type SocketLike, systemClock } from '../../../src/relay-client/socket.ts';
import { BrowserHalf } from '../../phone/browser-half.ts';

type SignIn = Extract<PhoneRequest, { type: 'sign-in' }>;
type Observed = Extract<PhoneRequest, { type: 'observed' }>;
type Registration = Extract<PhoneRequest, { type: 'registration' }>;

export const asking = { origin: 'https://login.example', site: 'Example', account: 'ada@login.example' };

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));

/** The real phone app in real Chromium, at a real relay, with browsers that are played by the test. */
export class PhoneWorld {
  readonly browsers: Browser;
  readonly #start: (port: number) => Promise<Relay>;
  readonly #halves: BrowserHalf[] = [];
  #relay: Relay;

  private constructor(relay: Relay, start: (port: number) => Promise<Relay>, browsers: Browser) {
    this.#relay = relay;
    this.#start = start;
    this.browsers = browsers;
  }

  get relay(): Relay {
    return this.#relay;
  }

  /** Ends the relay and starts it again, with what it holds and what its directories hold by now. */
  async restartRelay(): Promise<void> {
    const { port } = this.#relay;
    await this.#relay.stop();
    this.#relay = await this.#start(port);
  }

  /** `phoneApp`: directory of the app; `alsoAllow`: origins of push services. */
  static async open({ phoneApp = resolve('dist/phone'), alsoAllow = [] as string[] } = {}): Promise<PhoneWorld> {
    const store = await memoryStore(systemClock);
    const start = (port: number) =>
      startRelay({
        port,
        store,
        phoneApp,
        clock: systemClock,
        random,
        log: { info: () => undefined, warn: () => undefined, channel: () => '' },
        push: { alsoAllow },
      });
    return new PhoneWorld(await start(0), start, await Phone.browser(true));
  }

  openPhone(url = this.relay.origin, options: PhoneOptions = {}): Promise<Phone> {
    return Phone.open(this.browsers, url, { reducedMotion: 'reduce', ...options });
  }

  async newBrowser(name?: string): Promise<BrowserHalf> {
    const browser = await BrowserHalf.start({
      relay: this.relay.origin,
      open: (url) => new WebSocket(url) as unknown as SocketLike,
      clock: systemClock,
      random,
      ...(name === undefined ? {} : { name }),
    });
    this.#halves.push(browser);
    return browser;
  }

  /** A phone and a browser that it is paired with. */
  async paired(options: PhoneOptions = {}): Promise<{ phone: Phone; browser: BrowserHalf }> {
    const browser = await this.newBrowser();
    const phone = await this.openPhone(await browser.offer(), options);
    await this.confirm(phone, browser);
    return { phone, browser };
  }

  /** Pairs a phone that shows the digits. */
  async confirm(phone: Phone, browser: BrowserHalf): Promise<void> {
    await phone.screen('digits');
    await phone.page.locator('.screen-actions button').first().click();
    await browser.confirm();
    await phone.screen('home');
  }

  /** The same, registered for an account. */
  async registered(options: PhoneOptions = {}, of: Partial<Registration> = {}) {
    const { phone, browser } = await this.paired(options);
    return { phone, browser, ...(await this.register(phone, browser, of)) };
  }

  /** Registers a paired phone for an account. */
  async register(phone: Phone, browser: BrowserHalf, of: Partial<Registration> = {}) {
    const request = registration(browser, of);
    await browser.ask(request);
    await phone.screen('request');
    await phone.page.locator('.screen-actions .button-primary').click();
    const attestation = await browser.answer(request.id);
    await browser.conclude(request.id, 'approved');
    await phone.screen('result');
    await phone.page.locator('.screen-actions button').click();
    await phone.screen('home');
    return { request, attestation };
  }

  async close(): Promise<void> {
    await this.browsers.close();
    for (const half of this.#halves) half.stop();
    await this.relay.stop();
  }
}

/** A request for a registration, of 60 s. */
export function registration(browser: BrowserHalf, of: Partial<Registration> = {}): Registration {
  return { ...common(browser), type: 'registration', userHandle: base64url(random(16)), ...of };
}

/** A request for a sign-in, of 60 s. */
export function signIn(browser: BrowserHalf, of: Partial<SignIn> = {}): SignIn {
  return { ...common(browser), type: 'sign-in', choices: ['17', '42', '86'], ...of };
}

/** A number on the page of a provider with an app of its own, for 60 s. */
export function observed(browser: BrowserHalf, of: Partial<Observed> = {}): Observed {
  const { nonce: _, ...asked } = common(browser);
  const provider = {
    origin: 'https://login.microsoftonline.com',
    site: 'Microsoft',
    apps: ['Microsoft Authenticator'],
  };
  return { ...asked, ...provider, type: 'observed', direction: 'type', number: '07', ...of };
}

function common(browser: BrowserHalf) {
  const [id, nonce] = [base64url(random(16)), base64url(random(32))];
  return { ...asking, id, nonce, browser: browser.name, expiresAt: browser.now() + 60_000 };
}
