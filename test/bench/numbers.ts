import type { Page } from 'playwright-core';
import { Desktop } from '../../src/demo/devices/desktop.ts';
import { providers } from '../../src/providers/registry.ts';
import { allowedEverywhere } from '../e2e/drivers/allowed-everywhere.ts';
import { startMemoryRelay } from '../e2e/drivers/memory-relay.ts';
import { NodePhone } from '../e2e/drivers/node-phone.ts';
import { drive, ProviderSite } from '../e2e/drivers/provider-site.ts';
import { expectedOf, readPage } from '../fixtures/page.ts';
import { badgeTimeOf, forgetBadge, now, watchBadge } from './badge-watch.ts';
import { cells } from './statistics.ts';

/** As many as one tab's page may begin in a row. */
const rounds = 5;

interface Sample {
  /** From the number in the page to the badge, ms. */
  toBadge: number;
  /** From the page's going on, approved, to the badge without it, ms. */
  toFree: number;
}

/** In each page: tells when its fixture has put a number in, and when it was approved. */
const tellTimes = `
  const mark = performance.mark.bind(performance);
  performance.mark = (name) => { tellTime(name, ${now}); return mark(name); };
`;

/**
 * How long it takes from a number in the page of somebody else's to the badge, and from its approval to the badge without
 * it, for each family, as a table: its fixture under its real host name, the built extension, and a paired phone that
 * hears of each.
 */
export async function benchNumbers(): Promise<string[]> {
  const { extension, remove } = allowedEverywhere();
  const [site, relay] = await Promise.all([ProviderSite.start(), startMemoryRelay()]);
  const desktop = await Desktop.launch({
    extension,
    headless: true,
    args: [...site.args],
  });
  const phone = await pair(desktop, relay.origin);
  try {
    await allowOwnHosts(desktop);
    await desktop.inWorker(watchBadge);
    const samples = new Map<string, Sample[]>();
    for (const { id } of providers) {
      samples.set(id, await measure(desktop, site, id));
      process.stderr.write(`  ${rowOf(id, samples.get(id) ?? [])}\n`);
    }
    const all = [...samples.values()].flat();
    return [
      '| page | number in it → badge, median ms | p95 ms | approved → badge free, median ms | p95 ms |',
      '| --- | --- | --- | --- | --- |',
      ...[...samples].map(([id, of]) => rowOf(id, of)),
      rowOf(`all ${all.length}`, all),
    ];
  } finally {
    phone.stop();
    await desktop.close();
    await Promise.all([site.stop(), relay.stop()]);
    remove();
  }
}

function rowOf(name: string, samples: readonly Sample[]): string {
  const of = (which: keyof Sample) => cells(samples.map((sample) => sample[which]));
  return `| ${name} | ${of('toBadge')} | ${of('toFree')} |`;
}

async function pair(desktop: Desktop, relayOrigin: string): Promise<NodePhone> {
  await desktop.useRelay(relayOrigin);
  const popup = await desktop.extensionPage('popup');
  await popup.locator('[data-action="pair"]').click();
  const phone = await NodePhone.scan((await popup.locator('[data-link]').getAttribute('data-link')) ?? '');
  await popup.locator('[data-action="match"]').click();
  await phone.confirm();
  await popup.locator('[data-action="done"]').click();
  await popup.close();
  return phone;
}

/** Hosts of organisations' own. */
async function allowOwnHosts(desktop: Desktop): Promise<void> {
  const page = await desktop.extensionPage('options');
  for (const { id } of providers.filter(({ hosts }) => hosts.custom)) {
    const input = { host: new URL(readPage(`providers/${id}.html`).url).hostname };
    await page.evaluate(`chrome.runtime.sendMessage(${JSON.stringify({ name: 'hosts/add', input })})`);
  }
  await page.close();
}

/** One family's page in one tab, loaded anew for each number. */
async function measure(desktop: Desktop, site: ProviderSite, id: string): Promise<Sample[]> {
  const fixture = readPage(`providers/${id}.html`);
  const { numbers } = expectedOf(fixture);
  const url = site.serve(fixture.url, fixture.html);
  // Where it goes on to, unless it says on the spot that it was approved.
  const next = /id="approved"/.test(fixture.html) ? null : /data-approve="([^"]+)"/.exec(fixture.html)?.[1];
  const page = await desktop.context.newPage();
  const times = new Map<string, number>();
  // A page that loads itself again tells of the same number again.
  await page.exposeFunction('tellTime', (name: string, at: number) => times.set(name, times.get(name) ?? at));
  await page.addInitScript(tellTimes);
  const samples: Sample[] = [];
  for (let round = 0; round < rounds; round++) {
    await page.goto(url);
    times.clear();
    samples.push(await showOnce(desktop, page, times, numbers[round % 2] as string));
    if (next) await page.waitForURL(next);
  }
  await page.close();
  return samples;
}

async function showOnce(
  desktop: Desktop,
  page: Page,
  times: ReadonlyMap<string, number>,
  number: string,
): Promise<Sample> {
  await desktop.inWorker(forgetBadge);
  await drive(page, 'appear', number);
  const badgeAt = await desktop.inWorker<number>(badgeTimeOf(number.length > 3 ? '#' : number));
  await desktop.inWorker(forgetBadge);
  // What a page that loads itself again keeps would show the number anew.
  await page.evaluate(`sessionStorage.clear(); performance.mark('approved')`);
  await drive(page, 'approve');
  const freeAt = await desktop.inWorker<number>(badgeTimeOf(''));
  return { toBadge: badgeAt - timeOf('shown'), toFree: freeAt - timeOf('approved') };

  function timeOf(name: string): number {
    const at = times.get(name);
    if (at === undefined) throw new Error(`the page told no time of: ${name}`);
    return at;
  }
}
