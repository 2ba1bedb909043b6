import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Browser } from 'playwright-core';
import { Desktop, type DesktopOptions } from '../../src/demo/devices/desktop.ts';
import { Phone, type PhoneOptions } from '../../src/demo/devices/phone.ts';
import { SignInPage } from '../../src/demo/sign-in-page.ts';
import { openLmdbStore } from '../../src/identity-provider/lmdb-store.ts';
import { type IdentityProvider, startIdentityProvider } from '../../src/identity-provider/server.ts';
import { startMemoryRelay } from './drivers/memory-relay.ts';
import { KillableRelay } from './killable-relay.ts';

const dist = resolve('dist');

/** Cheap, so that tests spend their time on what they test; the product's own cost is the recommended one. */
const argon2 = { memoryCost: 8, timeCost: 1, parallelism: 1 };

/** What moves is drawn without end, at the cost of what is tested. */
const still = { reducedMotion: 'reduce' } as const;

export interface WorldOptions {
  desktop?: Partial<DesktopOptions>;
  phone?: PhoneOptions;
  /** The browser in which phones live, which whoever launched it closes; else one of the world's own. */
  phones?: Browser;
  /** The provider's policy has numbers typed on the phone instead of picked. */
  typedNumbers?: boolean;
  /** A relay in a process of its own, as its operator runs it; else one within this process. */
  killable?: boolean;
}

/** Everything of one sign-in, from nothing: relay, identity provider, desktop with the extension, and a phone's browser. */
export class World {
  readonly relay: Pick<KillableRelay, 'origin'>;
  readonly provider: IdentityProvider;
  readonly desktop: Desktop;
  readonly phones: Browser;
  readonly #options: WorldOptions;
  readonly #ends: (() => Promise<void> | void)[];
  readonly #moved: { ms: number };

  private constructor(
    parts: { relay: Pick<KillableRelay, 'origin'>; provider: IdentityProvider; desktop: Desktop; phones: Browser },
    options: WorldOptions,
    ends: (() => Promise<void> | void)[],
    moved: { ms: number },
  ) {
    this.relay = parts.relay;
    this.provider = parts.provider;
    this.desktop = parts.desktop;
    this.phones = parts.phones;
    this.#options = options;
    this.#ends = ends;
    this.#moved = moved;
  }

  static async open(options: WorldOptions = {}): Promise<World> {
    const data = mkdtempSync(join(tmpdir(), 'tandem-e2e-'));
    const ends: (() => Promise<void> | void)[] = [() => rmSync(data, { recursive: true, force: true })];
    const moved = { ms: 0 };
    try {
      const relay = options.killable
        ? await KillableRelay.start(join(data, 'relay'), join(dist, 'phone'))
        : await startMemoryRelay(join(dist, 'phone'));
      ends.push(() => (relay instanceof KillableRelay ? relay.kill() : relay.stop()));
      const store = openLmdbStore(join(data, 'identity-provider'));
      ends.push(() => store.close());
      const provider = await startIdentityProvider({
        port: 0,
        phoneOrigins: [relay.origin],
        store,
        clock: { now: () => Date.now() + moved.ms },
        random: (length) => crypto.getRandomValues(new Uint8Array(length)),
        pages: join(dist, 'identity-provider'),
        log: () => undefined,
        argon2,
        typedNumbers: options.typedNumbers ?? false,
      });
      ends.push(() => provider.stop());
      const [desktop, phones] = await Promise.all([
        Desktop.launch({ extension: join(dist, 'extension-chrome'), headless: true, ...still, ...options.desktop }),
        options.phones ?? Phone.browser(true),
      ]);
      ends.push(() => desktop.close());
      if (options.phones === undefined) ends.push(() => phones.close());
      await desktop.useRelay(relay.origin);
      return new World({ relay, provider, desktop, phones }, options, ends, moved);
    } catch (thrown) {
      await endAll(ends);
      throw thrown;
    }
  }

  /** The relay's own process. Throws in a world that has none. */
  get killable(): KillableRelay {
    if (!(this.relay instanceof KillableRelay)) throw new Error('this world was opened without `killable`');
    return this.relay;
  }

  /** Lets time pass for the identity provider. */
  pass(ms: number): void {
    this.#moved.ms += ms;
  }

  /** A phone that opens an address, by default the phone app. */
  async openPhone(url = this.relay.origin, options: PhoneOptions = {}): Promise<Phone> {
    const phone = await Phone.open(this.phones, url, { ...still, ...this.#options.phone, ...options });
    this.#ends.push(() => phone.close());
    return phone;
  }

  /** A tab for the identity provider's pages. */
  async signInPage(): Promise<SignInPage> {
    return new SignInPage(await this.desktop.context.newPage(), this.provider.origin);
  }

  close(): Promise<void> {
    return endAll(this.#ends);
  }
}

/** Ends what was begun, the newest first, whatever fails on the way; the first failure is thrown at the end. */
async function endAll(ends: (() => Promise<void> | void)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const end of ends.splice(0).reverse()) {
    try {
      await end();
    } catch (thrown) {
      failures.push(thrown);
    }
  }
  if (failures.length > 0) throw failures[0];
}
