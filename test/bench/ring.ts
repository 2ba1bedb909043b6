import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { signIn } from '../e2e/drivers/phone.ts';
import { asksTitle, RingingWorld } from '../e2e/drivers/ringing-world.ts';
import type { BrowserHalf } from '../phone/browser-half.ts';
import { BarePhone } from './bare-phone.ts';
import { cells, quantile } from './statistics.ts';

const rounds = 20;
/**
 * How many times as long as a bare worker, or a bare page, the app may take: medians of one run. Twice what it takes, so
 * that a run fails where something has become slow, and not where the machine is.
 */
const bars = { shown: 20, numbers: 10 } as const;

/** Notes when all three numbers are there, ms after the navigation began. */
const noteNumbers = `
  globalThis.numbersAt = null;
  new MutationObserver(() => {
    if (document.querySelectorAll('[data-number]').length === 3) globalThis.numbersAt ??= performance.now();
  }).observe(document, { subtree: true, childList: true });
`;

async function numbersAt(page: Page): Promise<number> {
  const handle = await page.waitForFunction(() => Reflect.get(globalThis, 'numbersAt') as number | null);
  return (await handle.jsonValue()) as number;
}

async function away(browser: BrowserHalf, act: () => Promise<unknown>): Promise<void> {
  const times = () => browser.notes.filter((note) => note === 'away').length;
  const before = times();
  await act();
  await browser.until(() => times() > before);
}

async function measure(world: RingingWorld, bare: BarePhone) {
  const { phone, browser, ringable } = await world.phone();
  await ringable.allow();
  await phone.context.addInitScript(noteNumbers);
  await away(browser, () => phone.page.close());
  const app: Samples = { shown: [], numbers: [] };
  const least: Samples = { shown: [], numbers: [] };
  for (let round = 0; round < rounds; round++) {
    least.shown.push(await bare.push());
    least.numbers.push(await bare.openWindow());
    const ask = signIn(browser);
    // The worker is started by the push, as it is on a phone in a pocket.
    await ringable.stopWorker();
    await away(browser, async () => {
      await browser.ask(ask);
      await ringable.deliver();
      await browser.receipt(ask.id, 'received');
    });
    app.shown.push(await ringable.shownAfter());
    const page = await ringable.openAt((await ringable.tap(asksTitle)) ?? '/');
    app.numbers.push(await numbersAt(page));
    await page.locator('[data-number="17"]').waitFor();
    await page.locator('.denials button').last().click();
    await browser.answer(ask.id);
    await away(browser, () => page.close());
  }
  return { app, least };
}

const rows = {
  shown: 'worker started by a push → notification shown',
  numbers: 'app opened cold from a notification → three numbers',
} as const;

type Samples = Record<keyof typeof rows, number[]>;

/**
 * How long a phone takes to ring, and to be ready when it is opened from the notification, beside a bare worker that
 * opens one sealed record and shows a notification, and a bare page that shows a button, as a table. What takes too many times as long fails the run.
 */
export async function benchRinging(): Promise<string[]> {
  const world = await RingingWorld.open();
  const bare = await BarePhone.open(world.phones.browsers);
  try {
    const { app, least } = await measure(world, bare);
    const worker = gzipSync(readFileSync(resolve('dist/phone/worker.js')), { level: 9 }).length / 1000;
    const lines = Object.entries(rows).map(([key, name]) => {
      const of = key as keyof typeof rows;
      const ratio = quantile(app[of], 0.5) / quantile(least[of], 0.5);
      if (ratio > bars[of]) {
        process.stderr.write(`${name}: ${ratio.toFixed(1)} times as long as bare, more than ${bars[of]}\n`);
        process.exitCode = 1;
      }
      return `| ${name} | ${cells(app[of])} | ${cells(least[of])} | ${ratio.toFixed(1)} |`;
    });
    return [
      '| ringing | median ms | p95 ms | bare: median ms | p95 ms | ratio of medians |',
      '| --- | --- | --- | --- | --- | --- |',
      ...lines,
      '',
      `Service worker: ${worker.toFixed(1)} kB, gzipped, loaded after the first screen.`,
    ];
  } finally {
    await bare.close();
    await world.close();
  }
}
