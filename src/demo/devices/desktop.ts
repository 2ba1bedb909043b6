import { setTimeout } from 'node:timers/promises';
import { type BrowserContext, chromium, type Page, type Worker } from 'playwright-core';
import { findChromium } from '../find-chromium.ts';
import { quiet } from './chromium-switches.ts';
import { Popup } from './popup.ts';

export interface DesktopOptions {
  /** Folder of the built extension. */
  extension: string;
  headless: boolean;
  /** Language of the browser's own surfaces, such as `de`. */
  language?: string;
  colorScheme?: 'light' | 'dark';
  reducedMotion?: 'reduce';
  args?: string[];
}

const workerStartMs = 5_000;

/** Chromium with the extension loaded, on a fresh profile. */
export class Desktop {
  readonly context: BrowserContext;
  readonly extensionId: string;

  private constructor(context: BrowserContext, extensionId: string) {
    this.context = context;
    this.extensionId = extensionId;
  }

  static async launch({
    extension,
    headless,
    language,
    colorScheme,
    reducedMotion,
    args = [],
  }: DesktopOptions): Promise<Desktop> {
    const context = await chromium.launchPersistentContext('', {
      executablePath: findChromium(),
      headless,
      // Chromium refuses to start as root with its sandbox on.
      chromiumSandbox: process.getuid?.() !== 0,
      args: [
        ...quiet,
        `--disable-extensions-except=${extension}`,
        `--load-extension=${extension}`,
        ...(language === undefined ? [] : [`--lang=${language}`]),
        ...args,
      ],
      ...(language === undefined ? {} : { env: { ...process.env, LANGUAGE: language }, locale: language }),
      ...(colorScheme === undefined ? {} : { colorScheme }),
      ...(reducedMotion === undefined ? {} : { reducedMotion }),
      ...(headless ? { viewport: { width: 1100, height: 800 } } : { viewport: null }),
    });
    const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'));
    return new Desktop(context, new URL(worker.url()).host);
  }

  /** The extension's service worker, woken when it sleeps or was killed. */
  async worker(): Promise<Worker> {
    const running = this.context.serviceWorkers()[0];
    if (running) return running;
    const waking = this.context.waitForEvent('serviceworker');
    const page = await this.extensionPage('popup');
    const worker = await waking;
    await page.close();
    return worker;
  }

  /** The value of a JavaScript expression in the service worker, once that runs: it may be just ending, or starting anew. */
  async inWorker<T>(expression: string): Promise<T> {
    const until = Date.now() + workerStartMs;
    for (;;) {
      const worker = await this.worker();
      try {
        return await worker.evaluate<T>(expression);
      } catch (thrown) {
        if (!/Service worker restarted|No SW/.test(String(thrown)) || Date.now() > until) throw thrown;
      }
      await setTimeout(20);
    }
  }

  /** Says which relay new pairings use, as the options page does. */
  async useRelay(relayOrigin: string): Promise<void> {
    await this.inWorker(`chrome.storage.local.set(${JSON.stringify({ relayOrigin })})`);
  }

  /** A page of the extension's in a tab. */
  async extensionPage(name: 'popup' | 'options' | 'welcome'): Promise<Page> {
    const page = await this.context.newPage();
    await page.goto(`chrome-extension://${this.extensionId}/src/extension/${name}/index.html`);
    return page;
  }

  /** Opens the real toolbar popup. */
  async openPopup(): Promise<Popup> {
    const opening = Popup.attach(this.context);
    await this.inWorker('chrome.action.openPopup()');
    return opening;
  }

  /** Ends the service worker at once, as the browser does when it is short of memory or the worker crashes. */
  async killWorker(): Promise<void> {
    const browser = this.context.browser();
    if (!browser) throw new Error('the browser is gone');
    const session = await browser.newBrowserCDPSession();
    const { targetInfos } = await session.send('Target.getTargets');
    const target = targetInfos.find(({ type, url }) => type === 'service_worker' && url.includes(this.extensionId));
    if (target) await session.send('Target.closeTarget', { targetId: target.targetId });
    await session.detach();
  }

  close(): Promise<void> {
    return this.context.close();
  }
}
