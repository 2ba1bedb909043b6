import { type Browser, type BrowserContext, chromium, devices, type Page } from 'playwright-core';
import { findChromium } from '../find-chromium.ts';
import { quiet } from './chromium-switches.ts';

const model = devices['Pixel 7'];

export interface PhoneOptions {
  language?: string;
  colorScheme?: 'light' | 'dark';
  reducedMotion?: 'reduce';
  viewport?: { width: number; height: number };
  /** What its user has allowed the app, such as `camera`. */
  permissions?: string[];
  /** Runs in every page before its own scripts: stands in for what this browser has not. */
  initScript?: string;
}

/** A phone: a mobile browser with storage of its own and an authenticator that verifies its user. */
export class Phone {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly #setVerified: (verified: boolean) => Promise<void>;

  private constructor(context: BrowserContext, page: Page, setVerified: (verified: boolean) => Promise<void>) {
    this.context = context;
    this.page = page;
    this.#setVerified = setVerified;
  }

  /** The browser process in which phones live; each phone has a context of its own. */
  static browser(headless: boolean, args: string[] = []): Promise<Browser> {
    return chromium.launch({
      executablePath: findChromium(),
      headless,
      chromiumSandbox: process.getuid?.() !== 0,
      args: [...quiet, '--window-size=430,940', '--window-position=1130,20', ...args],
    });
  }

  /** Opens the phone's browser at an address: the phone app, or a scanned link. */
  static async open(
    browser: Browser,
    url: string,
    { language, colorScheme, reducedMotion, viewport, permissions, initScript }: PhoneOptions = {},
  ): Promise<Phone> {
    const context = await browser.newContext({
      ...model,
      ...(viewport ? { viewport } : {}),
      ...(permissions ? { permissions } : {}),
      ...(language === undefined ? {} : { locale: language }),
      ...(colorScheme === undefined ? {} : { colorScheme }),
      ...(reducedMotion === undefined ? {} : { reducedMotion }),
    });
    if (initScript !== undefined) await context.addInitScript(initScript);
    const page = await context.newPage();
    await page.goto(url);
    const session = await context.newCDPSession(page);
    await session.send('WebAuthn.enable');
    const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    return new Phone(context, page, async (isUserVerified) => {
      await session.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified });
    });
  }

  /** Whether its user passes the next fingerprint, face or screen lock. */
  verifiesUser(verified: boolean): Promise<void> {
    return this.#setVerified(verified);
  }

  /** Waits until the app shows a screen. */
  async screen(name: string): Promise<void> {
    await this.page.locator(`main[data-screen="${name}"]`).waitFor();
  }

  /** Closes what a request came to. */
  async dismiss(): Promise<void> {
    await this.page.getByRole('button', { name: 'Close' }).click();
    await this.screen('home');
  }

  close(): Promise<void> {
    return this.context.close();
  }
}
