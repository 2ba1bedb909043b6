import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { quiet } from '../../src/demo/devices/chromium-switches.ts';
import { findChromium } from '../../src/demo/find-chromium.ts';
import { readPage } from '../fixtures/page.ts';
import { drive, ProviderSite } from './drivers/provider-site.ts';

/** Chromium refuses to start as root with its sandbox on. */
const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];

/** Chromium that is driven as it is: what launches it for tests has every tab believe that it is seen. */
async function plainChromium(args: string[]) {
  const profile = mkdtempSync(join(tmpdir(), 'tandem-hidden-'));
  const extension = resolve('dist/extension-chrome');
  const own = [
    '--headless=new',
    '--remote-debugging-port=0',
    `--user-data-dir=${profile}`,
    `--load-extension=${extension}`,
  ];
  const program = findChromium() ?? '';
  const chrome = spawn(program, [...quiet, ...own, ...sandbox, `--disable-extensions-except=${extension}`, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  onTestFinished(async () => {
    // Closed once the last of its processes has ended, which then writes no more into the profile.
    const ended = once(chrome, 'close');
    process.kill(-(chrome.pid as number), 'SIGKILL');
    await ended;
    rmSync(profile, { recursive: true, force: true });
  });
  let said = '';
  const endpoint = await new Promise<string>((found) => {
    chrome.stderr.on('data', (text) => {
      said += text;
      const at = /DevTools listening on (ws:\S+)/.exec(said)?.[1];
      if (at) found(at);
    });
  });
  const browser = await chromium.connectOverCDP(endpoint, { noDefaults: true });
  const [context] = browser.contexts();
  if (!context) throw new Error('no window');
  return context;
}

it('a number in a tab that nobody sees is in the badge, also right after the browser’s start', async () => {
  const site = await ProviderSite.start();
  onTestFinished(() => site.stop());
  const fixture = readPage('providers/entra-mfa.html');
  const context = await plainChromium(site.args);
  const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'));
  const page = await context.newPage();
  await page.goto(site.serve(fixture.url, fixture.html));
  await (await context.newPage()).bringToFront();
  await expect.poll(() => page.evaluate('document.visibilityState')).toBe('hidden');
  for (const number of ['42', '17']) {
    await drive(page, 'appear', number);
    await expect.poll(() => worker.evaluate('chrome.action.getBadgeText({})'), { timeout: 10_000 }).toBe(number);
  }
});
