import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import manifest from '../../../manifest.json' with { type: 'json' };
import { findProgram } from '../../../src/demo/find-program.ts';
import { Bidi } from './bidi.ts';
import { FirefoxPopup, popupBrowser } from './firefox-popup.ts';
import { FirefoxTab } from './firefox-tab.ts';

const extensionId = manifest.browser_specific_settings.gecko.id;
/** The extension within Firefox's own scripts. */
const extension = `WebExtensionPolicy.getByID(${JSON.stringify(extensionId)}).extension`;
const button = `#${extensionId.replace(/\W/g, '_')}-BAP`;
/** Where the extension's pages are in a profile that says so beforehand. */
const extensionHost = '11111111-2222-4333-8444-555555555555';
const startMs = 30_000;

export interface FirefoxOptions {
  /** Folder of the built extension. */
  extension: string;
  /** Port of an HTTP proxy on this computer through which every page but this computer's own comes, its TLS unchecked. */
  proxyPort?: number;
  prefs?: Record<string, string | number | boolean>;
  /** The person's home folder, where administrators' settings for extensions are looked for too. */
  home?: string;
}

/** Firefox without a window, with the extension loaded, on a fresh profile. */
export class Firefox {
  readonly #child: ChildProcess;
  readonly #profile: string;
  readonly #bidi: Bidi;
  /** The browser's own window, with toolbar and questions. */
  readonly #window: FirefoxTab;

  private constructor(child: ChildProcess, profile: string, bidi: Bidi, window: FirefoxTab) {
    this.#child = child;
    this.#profile = profile;
    this.#bidi = bidi;
    this.#window = window;
  }

  static async launch({ extension: path, proxyPort, prefs = {}, home }: FirefoxOptions): Promise<Firefox> {
    const profile = mkdtempSync(join(tmpdir(), 'tandem-firefox-'));
    writeFileSync(join(profile, 'user.js'), preferences(prefs));
    const args = ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port=0'];
    // Without this, the browser's own window and the extension's pages are closed to BiDi.
    const child = spawn(
      findProgram(['firefox-esr', 'firefox'], 'FIREFOX_PATH'),
      [...args, '--remote-allow-system-access'],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: { ...process.env, ...(home === undefined ? {} : { HOME: home }) },
      },
    );
    try {
      const bidi = await Bidi.open(await listening(child), {
        acceptInsecureCerts: true,
        ...(proxyPort === undefined ? {} : { proxy: proxyAt(proxyPort) }),
      });
      await bidi.send('webExtension.install', { extensionData: { type: 'path', path } });
      const { contexts } = await bidi.send<{ contexts: { context: string }[] }>('browsingContext.getTree', {
        'moz:scope': 'chrome',
      });
      return new Firefox(child, profile, bidi, new FirefoxTab(bidi, contexts[0]?.context ?? ''));
    } catch (thrown) {
      await end(child, profile);
      throw thrown;
    }
  }

  /** A new tab, in front of the others or behind them. */
  async newTab(of: { background?: boolean } = {}): Promise<FirefoxTab> {
    const { context } = await this.#bidi.send<{ context: string }>('browsingContext.create', { type: 'tab', ...of });
    return new FirefoxTab(this.#bidi, context);
  }

  /** Where a page of the extension's is. */
  pageUrl(name: 'popup' | 'options' | 'welcome'): string {
    return `moz-extension://${extensionHost}/src/extension/${name}/index.html`;
  }

  /** Clicks the toolbar button. */
  async openPopup(): Promise<FirefoxPopup> {
    await this.#window.click(button);
    // Before it is shown, Firefox loads it elsewhere.
    await this.#window.waitFor(`panel[panelopen] ${popupBrowser}`);
    return new FirefoxPopup(this.#window);
  }

  /** What stands on the toolbar button; null where nothing does. */
  badge(): Promise<string | null> {
    return this.#window.evaluate(`document.querySelector(${JSON.stringify(button)}).getAttribute('badge') || null`);
  }

  /** Says yes to the browser's own question about permissions, and gives its text. */
  async allow(): Promise<string> {
    const question = '#addon-webext-permissions-notification:not([hidden])';
    const text = await this.#window.text(question);
    await this.#window.evaluate(`document.querySelector(${JSON.stringify(question)}).button.click()`);
    await this.#window.waitFor(`:root:not(:has(${question}))`);
    return text;
  }

  /** Ends the extension's background as the browser does when it has been idle. */
  async endBackground(): Promise<void> {
    await this.#window.evaluate(`${extension}.terminateBackground()`);
  }

  /** Resolves once the browser has by itself ended the extension's background, which was idle. */
  async backgroundSuspended(): Promise<void> {
    await this.#window.evaluate(`new Promise((resolve) => ${extension}.once('background-script-suspend', resolve))`);
  }

  async close(): Promise<void> {
    await this.#bidi.send('browser.close');
    this.#bidi.close();
    await end(this.#child, this.#profile);
  }
}

function preferences(more: NonNullable<FirefoxOptions['prefs']>): string {
  const all = {
    'extensions.webextensions.uuids': JSON.stringify({ [manifest.browser_specific_settings.gecko.id]: extensionHost }),
    // Questions may be answered at once.
    'security.notification_enable_delay': 0,
    'browser.shell.checkDefaultBrowser': false,
    'datareporting.policy.dataSubmissionEnabled': false,
    'app.normandy.enabled': false,
    ...more,
  };
  return Object.entries(all)
    .map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`)
    .join('');
}

function proxyAt(port: number): object {
  const host = `127.0.0.1:${port}`;
  return { proxyType: 'manual', httpProxy: host, sslProxy: host };
}

/** Where Firefox says that it listens. */
async function listening(child: ChildProcess): Promise<string> {
  let said = '';
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`Firefox does not listen: ${said}`)), startMs);
    child.stderr?.on('data', (data) => {
      said += data;
      const url = /WebDriver BiDi listening on (ws:\/\/\S+)/.exec(said)?.[1];
      if (!url) return;
      clearTimeout(timer);
      resolve(url);
    });
    child.on('exit', () => reject(new Error(`Firefox ended: ${said}`)));
  });
}

async function end(child: ChildProcess, profile: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
  rmSync(profile, { recursive: true, force: true });
}
