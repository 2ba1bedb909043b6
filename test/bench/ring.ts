import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { signIn } from '../e2e/drivers/phone.ts';
import { RingingWorld } from '../e2e/drivers/ringing-world.ts';
import type { BrowserHalf } from '../phone/browser-half.ts';
import { cells, quantile } from './statistics.ts';

const rounds = 20;
/** ms, of the 95th percentile. */
const bars = { shown: 150, numbers: 400 } as const;

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

async function measure(world: RingingWorld) {
  const { phone, browser, ringable } = await world.phone();
  await ringable.allow();
  await phone.context.addInitScript(noteNumbers);
  await away(browser, () => phone.page.close());
  const [shown, numbers]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    const ask = signIn(browser);
    // The worker is started by the push, as it is on a phone in a pocket.
    await ringable.stopWorker();
    await away(browser, async () => {
      await browser.ask(ask);
      await ringable.deliver();
      await browser.receipt(ask.id, 'received');
    });
    shown.push(await ringable.shownAfter());
    const page = await ringable.openAt((await ringable.tap()) ?? '/');
    numbers.push(await numbersAt(page));
    await page.locator('[data-number="17"]').waitFor();
    await page.locator('.denials button').last().click();
    await browser.answer(ask.id);
    await away(browser, () => page.close());
  }
  return { shown, numbers };
}

/** How long a phone takes to ring, and to be ready when it is opened from the notification, as a table. */
export async function benchRinging(): Promise<string[]> {
  const world = await RingingWorld.open();
  try {
    const { shown, numbers } = await measure(world);
    const worker = gzipSync(readFileSync(resolve('dist/phone/worker.js')), { level: 9 }).length / 1000;
    const missed = Object.entries({ shown, numbers }).filter(
      ([name, samples]) => quantile(samples, 0.95) > bars[name as keyof typeof bars],
    );
    for (const [name] of missed) process.stderr.write(`${name}: over ${bars[name as keyof typeof bars]} ms\n`);
    if (missed.length > 0) process.exitCode = 1;
    return [
      '| ringing | median ms | p95 ms |',
      '| --- | --- | --- |',
      `| request pushed → notification shown, in a worker just started | ${cells(shown)} |`,
      `| app opened cold from a notification → three numbers | ${cells(numbers)} |`,
      '',
      `Service worker: ${worker.toFixed(1)} kB, gzipped, loaded after the first screen.`,
    ];
  } finally {
    await world.close();
  }
}
