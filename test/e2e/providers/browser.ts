import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import { quiet } from '../../../src/demo/devices/chromium-switches.ts';
import { findChromium } from '../../../src/demo/find-chromium.ts';
import type { Place } from '../../../src/providers/host.ts';
import type { Sighting } from '../../../src/providers/sighting.ts';
import { readFixtureScript } from '../../fixtures/page.ts';

/** Hosts that the person has granted: those of one made-up organisation. */
export const granted = ['sts.contoso.example', 'sso.contoso.example'] as const;

export interface Told {
  readonly sighting: Sighting;
  readonly place: Place;
}

/** A tab with the engine in it, and what it told, oldest first. */
export interface Watched {
  readonly page: Page;
  readonly told: Told[];
  /** Waits for a sighting that was not asked for before, and gives it. */
  next(type: Sighting['type']): Promise<Told>;
}

const entry = fileURLToPath(new URL('./entry.ts', import.meta.url));
const waitMs = 15_000;

/** The engine with every adapter as one script. */
export async function buildEngine(): Promise<string> {
  const built = await build({
    configFile: false,
    publicDir: false,
    logLevel: 'silent',
    build: { write: false, target: 'es2022', lib: { entry, formats: ['iife'], name: 'engine', fileName: 'engine' } },
  });
  const [output] = [built].flat();
  const chunk = output && 'output' in output ? output.output[0] : undefined;
  if (chunk?.type !== 'chunk') throw new TypeError('nothing was built');
  return chunk.code;
}

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: findChromium(), args: [...quiet] });
}

/** A context whose pages have the engine in them. One serves every test: making one costs more than a test does. */
export async function contextWith(browser: Browser, engine: string): Promise<BrowserContext> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, reducedMotion: 'reduce' });
  await context.addInitScript(`window.granted = ${JSON.stringify(granted)};\n${engine}`);
  return context;
}

/** Opens a tab in which `pages` (HTML by URL without its query) and nothing else can be reached. */
export async function openWatched(context: BrowserContext, pages: ReadonlyMap<string, string>): Promise<Watched> {
  const page = await context.newPage();
  const told: Told[] = [];
  const wakes = new Set<() => void>();
  const script = readFixtureScript();

  await page.route('**/*', (route) => {
    const url = new URL(route.request().url());
    if (url.pathname === '/fixture.js') return route.fulfill({ contentType: 'text/javascript', body: script });
    const html = pages.get(keyOf(url)) ?? '<!doctype html><title>Elsewhere</title>';
    return route.fulfill({ contentType: 'text/html; charset=utf-8', body: html });
  });
  // A binding of Playwright's own is deaf to a page that is going away.
  const session = await context.newCDPSession(page);
  session.on('Runtime.bindingCalled', ({ payload }) => {
    told.push(JSON.parse(payload) as Told);
    for (const wake of wakes) wake();
  });
  await session.send('Runtime.enable');
  await session.send('Runtime.addBinding', { name: 'report' });

  let from = 0;
  const next = (type: Sighting['type']) =>
    new Promise<Told>((resolve, reject) => {
      const stop = setTimeout(() => {
        wakes.delete(check);
        reject(new Error(`no ${type} after ${JSON.stringify(told.map(({ sighting }) => sighting))}`));
      }, waitMs);
      const check = () => {
        const at = told.findIndex(({ sighting }, index) => index >= from && sighting.type === type);
        if (at < 0) return;
        from = at + 1;
        wakes.delete(check);
        clearTimeout(stop);
        resolve(told[at] as Told);
      };
      wakes.add(check);
      check();
    });
  return { page, told, next };
}

/** A URL as the route table has it. */
export function keyOf(url: URL): string {
  return url.origin + url.pathname;
}

/** Gives the engine every occasion to see what is there: changes, and frames after them. */
export async function settle(page: Page): Promise<void> {
  await page.evaluate(async () => {
    for (let round = 0; round < 3; round++) {
      document.body.append(document.createComment(String(round)));
      for (let frame = 0; frame < 2; frame++) await new Promise((resolve) => requestAnimationFrame(resolve));
    }
  });
}
