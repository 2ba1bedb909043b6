import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bytes } from '../../src/core/bytes.ts';
import { parseChallenge, type RegistrationChallenge, type SignInChallenge } from '../../src/core/challenge.ts';
import { type Call, type Overview, overview } from '../../src/identity-provider/api-contract.ts';
import { openLmdbStore } from '../../src/identity-provider/lmdb-store.ts';
import { type IdentityProvider, startIdentityProvider } from '../../src/identity-provider/server.ts';
import type { Store } from '../../src/identity-provider/store.ts';
import { TestPhone } from './test-phone.ts';

export const phoneOrigin = 'https://phone.example';
export const email = 'ana@example.org';
export const password = 'correct horse';
/** The least that argon2id can be asked for. */
export const cheap = { memoryCost: 8, timeCost: 1, parallelism: 1 };

export const random = (length: number): Bytes => crypto.getRandomValues(new Uint8Array(length));

export interface Reply {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

/** A browser as far as the server can tell: cookies, and an Origin that it does not choose. */
export class Browser {
  readonly cookies = new Map<string, string>();
  readonly #url: string;
  readonly #origin: string;

  constructor({ port, origin }: Pick<IdentityProvider, 'port' | 'origin'>) {
    this.#url = `http://127.0.0.1:${port}`;
    this.#origin = origin;
  }

  async post(call: Call, body: unknown = null, headers: Record<string, string> = {}): Promise<Reply> {
    return this.send(`/api/${call}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { origin: this.#origin, 'content-type': 'application/json', ...headers },
    });
  }

  async overview(): Promise<Overview> {
    const { body } = await this.send('/api/overview', {});
    return overview(body);
  }

  async send(path: string, init: RequestInit): Promise<Reply> {
    const cookie = [...this.cookies].map((pair) => pair.join('=')).join('; ');
    const response = await fetch(this.#url + path, { ...init, headers: { ...init.headers, cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      const [name = '', value = ''] = pair.split('=');
      if (line.includes('Max-Age=0')) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json');
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : { text } };
  }
}

export interface Rig {
  provider: IdentityProvider;
  store: Store;
  /** Set it, and the server's time is that. */
  clock: { time: number; now(): number };
  events: { event: string; facts: Readonly<Record<string, string | number>> }[];
  browser(): Browser;
  /** Stops the server and starts it again on the same files. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function startRig(options: { origin?: string; phoneOrigins?: string[] } = {}): Promise<Rig> {
  const directory = mkdtempSync(join(tmpdir(), 'tandem-provider-'));
  const pages = join(directory, 'pages');
  mkdirSync(pages);
  writeFileSync(join(pages, 'index.html'), '<!doctype html><title>Sign in</title>');
  const clock = { time: 1_700_000_000_000, now: () => clock.time };
  const events: Rig['events'] = [];
  const start = async () => {
    const store = openLmdbStore(join(directory, 'data'));
    const provider = await startIdentityProvider({
      port: 0,
      phoneOrigins: [phoneOrigin],
      ...options,
      store,
      clock,
      random,
      pages,
      log: (event, facts = {}) => events.push({ event, facts }),
      argon2: cheap,
    });
    return { store, provider };
  };
  const end = async () => {
    await rig.provider.stop();
    await rig.store.close();
  };
  const rig: Rig = {
    ...(await start()),
    clock,
    events,
    browser: () => new Browser(rig.provider),
    async restart() {
      await end();
      Object.assign(rig, await start());
    },
    async stop() {
      await end();
      rmSync(directory, { recursive: true });
    },
  };
  return rig;
}

/** An account, signed in with its password a moment ago in the browser that is given back. */
export async function signedUp(rig: Rig): Promise<Browser> {
  const browser = rig.browser();
  const { status } = await browser.post('sign-up', { email, password });
  if (status !== 200) throw new Error(`sign-up gave ${status}`);
  return browser;
}

/** Adds a phone to the account that is signed in. */
export async function addPhone(rig: Rig, browser: Browser, phone = new TestPhone(phoneOrigin)): Promise<TestPhone> {
  const challenge = await registrationFor(browser);
  const { body } = await browser.post('phones/answer', { answer: phone.register(challenge, rig.provider.origin) });
  if (body.outcome !== 'approved') throw new Error(`registration gave ${JSON.stringify(body)}`);
  return phone;
}

export async function registrationFor(browser: Browser): Promise<RegistrationChallenge> {
  const { body } = await browser.post('phones/request');
  return parseChallenge(body.challenge) as RegistrationChallenge;
}

export async function signInFor(browser: Browser): Promise<SignInChallenge> {
  const { body } = await browser.post('sign-in', { email });
  return parseChallenge(body.challenge) as SignInChallenge;
}
