import { resolve } from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';
import { quiet } from '../../src/demo/devices/chromium-switches.ts';
import { Desktop } from '../../src/demo/devices/desktop.ts';
import { findChromium } from '../../src/demo/find-chromium.ts';
import { ProviderSite } from '../e2e/drivers/provider-site.ts';
import { pageOf } from './busy-page.ts';
import { countMainThread, type MainThread } from './main-thread.ts';
import { quantile } from './statistics.ts';

const signIn = 'https://login.microsoftonline.com/common/login';

const kinds = [
  { name: 'load, host of no provider', url: 'https://www.contoso.example/', elements: 2000, rounds: 16 },
  {
    name: 'load, provider’s host, path without numbers',
    url: 'https://github.com/contoso',
    elements: 2000,
    rounds: 16,
  },
  { name: 'load, provider’s sign-in page', url: signIn, elements: 2000, rounds: 16 },
  { name: '10,000 elements, 1,000 changes a second, there', url: signIn, elements: 10_000, rounds: 10, frames: 240 },
] as const;
type Kind = (typeof kinds)[number];

/**
 * What the extension costs pages that show no number, as a table: processor time of the page's main thread, in one
 * browser with the extension and one without, in turn.
 */
export async function benchPages(): Promise<string[]> {
  const site = await ProviderSite.start();
  const args = [...site.args];
  const [desktop, plain] = await Promise.all([
    Desktop.launch({ extension: resolve('dist/extension-chrome'), headless: true, args }),
    chromium.launchPersistentContext('', {
      executablePath: findChromium(),
      headless: true,
      chromiumSandbox: process.getuid?.() !== 0,
      args: [...quiet, ...args],
      viewport: { width: 1100, height: 800 },
    }),
  ]);
  try {
    const rows: string[] = [];
    for (const kind of kinds) {
      site.serve(kind.url, pageOf(kind.elements));
      rows.push(await compare(kind, desktop.context, plain));
      process.stderr.write(`${rows.at(-1)}\n`);
    }
    return [
      '| main thread of a page | without ms | with ms | ratio (quartiles) | in our script |',
      '| --- | --- | --- | --- | --- |',
      ...rows,
    ];
  } finally {
    await Promise.all([desktop.close(), plain.close()]);
    await site.stop();
  }
}

async function compare(kind: Kind, withIt: BrowserContext, without: BrowserContext): Promise<string> {
  const pairs: { without: number; with: number }[] = [];
  // The first of each is for the browsers to warm up.
  for (let round = -1; round < kind.rounds; round++) {
    const isOdd = round % 2 !== 0;
    const first = await visit(kind, isOdd ? withIt : without);
    const second = await visit(kind, isOdd ? without : withIt);
    const pair = isOdd ? { with: first.all, without: second.all } : { without: first.all, with: second.all };
    if (round >= 0) pairs.push(pair);
  }
  const ours: number[] = [];
  for (let round = 0; round < 3; round++) ours.push((await visit(kind, withIt, true)).extension);
  const median = (samples: readonly number[]) => quantile(samples, 0.5);
  const ratios = pairs.map((pair) => pair.with / pair.without);
  const [lower, upper] = [quantile(ratios, 0.25), quantile(ratios, 0.75)];
  const all = [median(pairs.map((pair) => pair.without)), median(pairs.map((pair) => pair.with))];
  const ratio = `${median(ratios).toFixed(3)} (${lower.toFixed(3)}–${upper.toFixed(3)})`;
  return `| ${kind.name} | ${all.map((ms) => ms.toFixed(0)).join(' | ')} | ${ratio} | ${(median(ours) * 100).toFixed(2)} % |`;
}

/** From before the page loads until it has; of one that changes, while it does. */
async function visit(kind: Kind, context: BrowserContext, profile = false): Promise<MainThread> {
  const page = await context.newPage();
  try {
    // A page of the same host first, so that the one that counts is loaded by the process that is counted.
    const isChanged = 'frames' in kind;
    await page.goto(isChanged ? kind.url : new URL('/robots.txt', kind.url).href);
    const counted = await countMainThread(page, profile);
    await (isChanged ? page.evaluate(`change(${kind.frames})`) : page.goto(kind.url, { waitUntil: 'load' }));
    return await counted();
  } finally {
    await page.close();
  }
}
