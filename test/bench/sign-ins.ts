import type { Page } from 'playwright-core';
import { email, pick, type Scene, setScene } from '../e2e/actions.ts';
import { World } from '../e2e/world.ts';
import { badgeTimeOf, forgetBadge, now, watchBadge } from './badge-watch.ts';
import { cells } from './statistics.ts';

const rounds = 30;

/** Notes when an element first appears in a page, ms since 1970 with fractions. */
function noteAppearance(page: Page, selector: string): Promise<unknown> {
  return page.evaluate(`
    globalThis.appearedAt = null;
    const look = () => {
      if (globalThis.appearedAt === null && document.querySelector(${JSON.stringify(selector)})) {
        globalThis.appearedAt = ${now};
        observer.disconnect();
      }
    };
    const observer = new MutationObserver(look);
    observer.observe(document, { subtree: true, childList: true, attributes: true });
    look();
  `);
}

async function appearedAt(page: Page): Promise<number> {
  const handle = await page.waitForFunction(() => Reflect.get(globalThis, 'appearedAt') as number | null);
  return (await handle.jsonValue()) as number;
}

interface Round {
  toBadge: number;
  toPhone: number;
  toSignedIn: number;
}

/** Each in a tab of its own, as one page may not ask that often. */
async function signInOnce({ world, phone }: Scene): Promise<Round> {
  const site = await world.signInPage();
  await site.open();
  const worker = await world.desktop.worker();
  await worker.evaluate(forgetBadge);
  await noteAppearance(site.page, '[data-number]');
  await noteAppearance(phone.page, 'main[data-screen="request"] [data-number]');
  await site.enterEmail(email);
  const number = await site.number();
  const [onPage, onPhone] = [await appearedAt(site.page), await appearedAt(phone.page)];
  const onBadge = (await worker.evaluate(badgeTimeOf(null))) as number;

  await noteAppearance(site.page, 'main[data-screen="home"]');
  await phone.page.evaluate(
    `document.addEventListener('click', () => { globalThis.pickedAt = ${now}; }, { capture: true, once: true })`,
  );
  await pick(phone, number);
  await site.screen('home');
  const picked = (await phone.page.evaluate('globalThis.pickedAt')) as number;
  const signedIn = await appearedAt(site.page);
  await phone.dismiss();
  await site.signOut();
  await site.page.close();
  return { toBadge: onBadge - onPage, toPhone: onPhone - onPage, toSignedIn: signedIn - picked };
}

/** A killed worker, which nobody else calls back, and a page that comes for it: until the view is there. */
async function wakeOnce({ world }: Scene, page: Page): Promise<number> {
  await world.desktop.killWorker();
  // A worker that is just ending ends the port with it: then another is opened, as the extension's pages do.
  const took = await page.evaluate(`new Promise((resolve) => {
    const from = performance.now();
    const open = () => {
      const port = chrome.runtime.connect({ name: 'state' });
      port.onDisconnect.addListener(open);
      port.onMessage.addListener(() => { port.disconnect(); resolve(performance.now() - from); });
    };
    open();
  })`);
  return took as number;
}

/** A page of the extension's that asks for nothing by itself; those that would are closed. */
async function silentPage({ desktop }: World): Promise<Page> {
  const others = desktop.context.pages().filter((page) => page.url().startsWith('chrome-extension:'));
  await Promise.all(others.map((page) => page.close()));
  const page = await desktop.context.newPage();
  await page.goto(`chrome-extension://${desktop.extensionId}/manifest.json`);
  return page;
}

/** The real popup with a number in it, from `openPopup` until its first contentful paint. */
async function paintOnce({ world }: Scene): Promise<number> {
  const popup = await world.desktop.openPopup();
  await popup.waitFor('main[data-screen="request"]');
  const paint = await popup.evaluate<number>(`new Promise((resolve) => {
    new PerformanceObserver((list) => resolve(list.getEntries().at(-1).startTime))
      .observe({ type: 'paint', buffered: true });
  })`);
  await popup.close();
  return paint;
}

/** How long a page's own request takes on its way through real worker, relay and phone app, as a table. */
export async function benchSignIns(): Promise<string[]> {
  const world = await World.open();
  try {
    const scene = await setScene(world);
    const worker = await world.desktop.worker();
    await worker.evaluate(watchBadge);
    const way: Round[] = [];
    for (let round = 0; round < rounds; round++) way.push(await signInOnce(scene));
    const wakes: number[] = [];
    const silent = await silentPage(world);
    for (let round = 0; round < rounds; round++) wakes.push(await wakeOnce(scene, silent));
    await silent.close();
    await scene.site.enterEmail(email);
    await scene.site.number();
    const paints: number[] = [];
    for (let round = 0; round < 10; round++) paints.push(await paintOnce(scene));
    return [
      '| way | median ms | p95 ms |',
      '| --- | --- | --- |',
      `| number in the page → badge | ${cells(way.map(({ toBadge }) => toBadge))} |`,
      `| number in the page → phone shows it | ${cells(way.map(({ toPhone }) => toPhone))} |`,
      `| pick on the phone → page signed in, without the person | ${cells(way.map(({ toSignedIn }) => toSignedIn))} |`,
      `| killed worker → answers | ${cells(wakes)} |`,
      `| real popup: navigation → first paint with the number | ${cells(paints)} |`,
    ];
  } finally {
    await world.close();
  }
}
