import type { Page } from 'playwright-core';
import { Desktop } from '../../src/demo/devices/desktop.ts';
import { allowedEverywhere } from '../e2e/drivers/allowed-everywhere.ts';
import { ProviderSite } from '../e2e/drivers/provider-site.ts';
import { pageOf } from './busy-page.ts';
import { countMainThread } from './main-thread.ts';
import { medianWithin, quantile } from './statistics.ts';

/** Where the extension has no script. */
const foreign = 'https://www.contoso.example/';
const signIn = 'https://login.microsoftonline.com/common/login';

const loads = [
  { name: 'load, provider’s host, path without numbers', url: 'https://github.com/contoso' },
  { name: 'load, provider’s sign-in page', url: signIn },
] as const;
const loadPairs = 60;
const loadElements = 2000;

/** 500 changes each, in half a second where the computer can. */
const busyFrames = 30;
const busyPairs = 16;
const busyElements = 10_000;
/** Scripts at once, so that what they cost stands out from what one second differs from the next by. */
const busyScripts = 20;
const profiles = 3;

/**
 * What the extension costs pages that show no number, as a table: processor time of the page's main thread, in pairs
 * within one browser, by turns with it first and without. Loads: the same page on a host where it has no script. Changes:
 * the same document, with its script twenty times and not at all, and of the difference a twentieth.
 */
export async function benchPages(): Promise<string[]> {
  const { extension, remove } = allowedEverywhere();
  const site = await ProviderSite.start();
  const desktop = await Desktop.launch({ extension, headless: true, args: [...site.args] });
  try {
    site.serve(foreign, pageOf(loadElements));
    const rows: string[] = [];
    for (const { name, url } of loads) {
      site.serve(url, pageOf(loadElements));
      rows.push(`| ${name} | ${await compareLoads(desktop, url)}`);
      process.stderr.write(`${rows.at(-1)}\n`);
    }
    site.serve(signIn, pageOf(busyElements));
    rows.push(`| 10,000 elements, 1,000 changes a second, there | ${await compareChanges(desktop)}`);
    process.stderr.write(`${rows.at(-1)}\n`);
    return [
      '| main thread of a page | without ms | with ms | with / without (95 % of medians) | in our script |',
      '| --- | --- | --- | --- | --- |',
      ...rows,
    ];
  } finally {
    await desktop.close();
    await site.stop();
    remove();
  }
}

async function compareLoads(desktop: Desktop, url: string): Promise<string> {
  const [here, there] = [await open(desktop, url), await open(desktop, foreign)];
  const load =
    (page: Page) =>
    async (profile = false) => {
      await page.bringToFront();
      const counted = await countMainThread(page, profile);
      await page.reload({ waitUntil: 'load' });
      return counted();
    };
  const row = await compare(loadPairs, load(here), load(there));
  await Promise.all([here.close(), there.close()]);
  return row;
}

async function compareChanges(desktop: Desktop): Promise<string> {
  const page = await open(desktop, signIn);
  const change =
    (toggle: string, framesBefore: number) =>
    async (profile = false) => {
      await desktop.inWorker(`(async () => {
      const [{ id: tabId }] = await chrome.tabs.query({ url: ${JSON.stringify(`${signIn}*`)} });
      const inject = (what) => chrome.scripting.executeScript({ target: { tabId }, ...what });
      ${toggle}
    })()`);
      // What a script may take at once when it begins is no part of what it takes each second.
      await page.evaluate(`change(${framesBefore})`);
      const counted = await countMainThread(page, profile);
      await page.evaluate(`change(${busyFrames})`);
      return counted();
    };
  const stop = `await inject({ func: () => {
    for (const one of [...(globalThis.others ?? []), globalThis.tandem]) one?.watching.abort();
    globalThis.others = [];
  } });`;
  const begin = `for (let left = ${busyScripts}; left > 0; left--) {
    await inject({ func: () => { others.push(globalThis.tandem); delete globalThis.tandem; } });
    await inject({ files: chrome.runtime.getManifest().content_scripts[0].js });
  }`;
  const row = await compare(busyPairs, change(stop + begin, 2 * busyFrames), change(stop, 1), busyScripts);
  await page.close();
  return row;
}

async function open(desktop: Desktop, url: string): Promise<Page> {
  const page = await desktop.context.newPage();
  await page.goto(url);
  return page;
}

type Count = (profile?: boolean) => ReturnType<Awaited<ReturnType<typeof countMainThread>>>;

/** The cells of a row. `times`: how often the script is there in `withIt`. */
async function compare(rounds: number, withIt: Count, without: Count, times = 1): Promise<string> {
  const pairs: { without: number; ratio: number }[] = [];
  // The first of each is for the browser to warm up.
  for (let round = -2; round < rounds; round++) {
    const isOdd = round % 2 !== 0;
    const first = (await (isOdd ? withIt : without)()).all;
    const second = (await (isOdd ? without : withIt)()).all;
    const [bare, all] = isOdd ? [second, first] : [first, second];
    if (round >= 0) pairs.push({ without: bare, ratio: 1 + (all / bare - 1) / times });
  }
  const ours: number[] = [];
  for (let round = 0; round < profiles; round++) ours.push((await withIt(true)).extension / times);
  const bare = quantile(
    pairs.map((pair) => pair.without),
    0.5,
  );
  const { median, from, to } = medianWithin(pairs.map(({ ratio }) => ratio));
  const ratio = `${median.toFixed(4)} (${from.toFixed(4)}–${to.toFixed(4)})`;
  const share = `${(quantile(ours, 0.5) * 100).toFixed(2)} %`;
  return `${[bare.toFixed(1), (bare * median).toFixed(1), ratio, share].join(' | ')} |`;
}
