import { Desktop } from '../../src/demo/devices/desktop.ts';
import { providers } from '../../src/providers/registry.ts';
import { allowedEverywhere } from '../e2e/drivers/allowed-everywhere.ts';
import { startMemoryRelay } from '../e2e/drivers/memory-relay.ts';
import { NodePhone } from '../e2e/drivers/node-phone.ts';
import { drive, ProviderSite } from '../e2e/drivers/provider-site.ts';
import { expectedOf, readPage } from '../fixtures/page.ts';
import { watchBadge } from './badge-watch.ts';
import { cells } from './statistics.ts';

const rounds = 2;

/**
 * How long it takes from a number in the page of somebody else's to the badge, for each family, as a table: its fixture
 * under its real host name, the built extension, and a paired phone that hears of each.
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
    const samples = new Map(providers.map(({ id }) => [id, [] as number[]]));
    for (let round = 0; round < rounds; round++) {
      for (const { id } of providers) samples.get(id)?.push(await showOnce(desktop, site, id));
      process.stderr.write(`  round ${round + 1} of ${rounds}\n`);
    }
    const all = [...samples.values()].flat();
    return [
      '| number in the page → badge | median ms | p95 ms |',
      '| --- | --- | --- |',
      ...[...samples].map(([id, of]) => `| ${id} | ${cells(of)} |`),
      `| all ${all.length} | ${cells(all)} |`,
    ];
  } finally {
    phone.stop();
    await desktop.close();
    await Promise.all([site.stop(), relay.stop()]);
    remove();
  }
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

/** In a tab of its own, as one page may not begin that many requests. */
async function showOnce(desktop: Desktop, site: ProviderSite, id: string): Promise<number> {
  const fixture = readPage(`providers/${id}.html`);
  const [number] = expectedOf(fixture).numbers;
  const page = await desktop.context.newPage();
  await page.goto(site.serve(fixture.url, fixture.html));
  const shown = number.length > 3 ? '#' : number;
  await desktop.inWorker(`globalThis.badgeAt = null; globalThis.badgeWanted = ${JSON.stringify(shown)}`);
  await drive(page, 'appear', number);
  const badgeAt = await desktop.inWorker<number>(until('globalThis.badgeAt', `the badge shows ${id}`));
  const shownAt = await page.evaluate<number>(
    `performance.timeOrigin + performance.getEntriesByName('shown')[0].startTime`,
  );
  await drive(page, 'approve');
  await desktop.inWorker(until(`(await chrome.action.getBadgeText({})) === ''`, `${id} is over`));
  await page.close();
  return badgeAt - shownAt;
}

/** In the background: the value of an expression once it is true, asked for every 5 ms for 10 s. */
const until = (expression: string, what: string) => `(async () => {
  for (let left = 2000; left > 0; left--) {
    const value = ${expression};
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(${JSON.stringify(`not in time: ${what}`)});
})()`;
