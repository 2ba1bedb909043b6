import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Desktop } from '../../src/demo/devices/desktop.ts';
import type { Phone, PhoneOptions } from '../../src/demo/devices/phone.ts';
import { confirmDigits, offeredLink } from '../../src/demo/pairing.ts';
import type { BrowserHalf } from '../phone/browser-half.ts';
import { faults, violations } from './drivers/faults.ts';
import { signIn } from './drivers/phone.ts';
import { asksTitle, RingablePhone, RingingWorld, testTitle } from './drivers/ringing-world.ts';

let world: RingingWorld;

beforeAll(async () => {
  world = await RingingWorld.open();
});

afterAll(() => world.close());

const titles = async (of: { shown(): Promise<{ title: string }[]> }) => (await of.shown()).map(({ title }) => title);

/** Whether these notifications are shown, and no other. */
const shows = (ringable: RingablePhone, wanted: readonly string[]) => async () =>
  (await titles(ringable)).join('\n') === wanted.join('\n');

/** Does something after which the phone's mailbox is not open any more, so that the next message is pushed. */
async function leaves(browser: BrowserHalf, act: () => Promise<void>): Promise<void> {
  const times = () => browser.notes.filter((note) => note === 'away').length;
  const before = times();
  await act();
  await browser.until(() => times() > before);
}

describe('a phone that may ring', () => {
  it('is woken, says what for, is opened on that very request, and is left in peace when it is over', async () => {
    const { phone, browser, ringable } = await world.phone();
    await ringable.allow();
    // Left alone, the app lets the relay know that the phone is to be rung.
    await leaves(browser, () => ringable.look(false));

    const first = signIn(browser);
    const second = signIn(browser);
    await browser.ask(first);
    await ringable.deliverUntil(shows(ringable, [asksTitle]));
    const [shown] = await ringable.shown();
    expect(shown?.body).toContain(first.account);
    expect(shown?.body).toContain(browser.name);
    const until = /Until \d+:\d\d/;
    expect(shown?.body).toMatch(until);
    expect(JSON.stringify(shown).replace(until, '')).not.toMatch(/\b(17|42|86)\b/);
    // The worker has taken it in, where no window does.
    await browser.receipt(first.id, 'received');

    // To the window that is open.
    expect(await ringable.tap(asksTitle)).toBeNull();
    await ringable.look(true);
    await phone.screen('request');
    expect(await phone.page.locator('[data-number]').count()).toBe(3);
    await expect.poll(() => titles(ringable)).toEqual([]);
    await phone.page.locator('[data-number="42"]').click();
    expect(await browser.answer(first.id)).toMatchObject({ decision: 'approve', chosen: '42' });
    await browser.conclude(first.id, 'approved');
    await phone.screen('result');

    // Cold: no window at all.
    await leaves(browser, () => phone.page.close());
    // The browser ends the subscription, and the worker tells the relay of a new one.
    await leaves(browser, () => ringable.endSubscription());
    const rings = (ask: ReturnType<typeof signIn>) =>
      leaves(browser, async () => {
        await browser.ask(ask);
        let isReceived = false;
        const received = browser.receipt(ask.id, 'received').then(() => {
          isReceived = true;
        });
        expect((await ringable.deliverUntil(() => isReceived)).at(-1)).toContain('by=worker');
        await received;
      });
    await rings(second);
    // A newer one of the same browser for the same account takes its place.
    const third = signIn(browser);
    await rings(third);
    await ringable.deliverUntil(shows(ringable, [asksTitle]));

    // It is withdrawn while nobody looks.
    await browser.say({ kind: 'withdraw', id: third.id, reason: 'password' });
    await ringable.deliverUntil(shows(ringable, []));

    const fourth = signIn(browser);
    await rings(fourth);
    await ringable.deliverUntil(shows(ringable, [asksTitle]));
    const address = await ringable.tap(asksTitle);
    expect(address).toContain(encodeURIComponent(fourth.id));
    const page = await ringable.openAt(address as string);
    await page.locator('main[data-screen="request"] [data-number]').first().waitFor();
    expect(page.url()).toBe(`${world.phones.relay.origin}/`);
    await phone.close();
  });

  it('finds out what keeps it from ringing, and mends it', async () => {
    const { phone, ringable } = await world.paired();
    await ringable.allow();
    const { page } = phone;
    await page.getByRole('button', { name: 'Ringing' }).click();
    await phone.screen('ringing');
    world.service.answer(410);
    await page.getByRole('button', { name: 'Let it ring once' }).click();
    await page.locator('[data-hop="push"][data-failed="push-expired"]').waitFor();
    expect(await page.locator('[data-passed]').count()).toBe(2);
    await world.service.next();
    world.service.answer(201);
    await page.getByRole('button', { name: 'Update phone sign-in' }).click();
    await ringable.deliverUntil(() => page.locator('[data-hop="shown"][data-passed]').isVisible());
    expect(await titles(ringable)).toEqual([testTitle]);
    await ringable.tap(testTitle);
    await page.locator('[data-hop="opened"][data-passed]').waitFor();
    await page.getByText('This phone rings.').waitFor();

    // Asked on a computer, with the app in the background: every hop, from the popup to the tap.
    const desktop = await Desktop.launch({ extension: resolve('dist/extension-chrome'), headless: true });
    onTestFinished(() => desktop.close());
    await desktop.useRelay(world.phones.relay.origin);
    const popup = await desktop.openPopup();
    await popup.click('[data-action="pair"]');
    await page.goto('about:blank');
    await page.goto(await offeredLink(popup));
    await confirmDigits(popup, phone);
    await popup.click('[data-action="done"]');
    await ringable.look(false);
    await popup.click('[data-action="ring-test"]');
    await ringable.deliverUntil(() =>
      popup.evaluate('document.querySelector(\'[data-hop="shown"][data-passed]\') !== null'),
    );
    await ringable.tap(testTitle);
    await ringable.look(true);
    await popup.waitFor('[data-hop="opened"][data-passed]');
    expect(await popup.evaluate('document.querySelectorAll("[data-passed] .step-time:empty").length')).toBe(0);
    expect(await violations(popup)).toEqual([]);

    // What it finds and what mends it: the phone paired once more, in the place of what was there.
    await popup.click('[data-action="close"]');
    await ringable.look(false);
    world.service.answer(410);
    await popup.click('[data-action="ring-test"]');
    await popup.waitFor('[data-failed="push-expired"]');
    await world.service.next();
    world.service.answer(201);
    await popup.click('[data-action="update-phone"]');
    await page.goto('about:blank');
    await page.goto(await offeredLink(popup));
    await confirmDigits(popup, phone);
    await popup.click('[data-action="done"]');
    await popup.waitFor('main[data-screen="idle"][data-phones="1"]');
    await phone.screen('home');
    await page.getByText('Paired with').waitFor();
    await phone.close();
  });
});

describe('the app without a network', () => {
  it('opens and shows what it holds; a new version waits until nothing is under way', async () => {
    const { phone, browser } = await world.phone();
    const ask = signIn(browser);
    await browser.ask(ask);
    await phone.screen('request');
    await phone.context.setOffline(true);
    await phone.page.reload();
    await phone.screen('request');
    expect(await phone.page.locator('[data-number]').count()).toBe(3);
    await phone.context.setOffline(false);

    await world.release();
    const version = () => phone.page.evaluate(() => caches.keys());
    const before = await version();
    const update = () => phone.page.evaluate(async () => void (await (await navigator.serviceWorker.ready).update()));
    await update();
    await expect.poll(async () => (await version()).length).toBe(2);
    // The request stays as it is, also while nobody looks.
    const ringable = await RingablePhone.of(phone, world);
    await ringable.look(false);
    await ringable.look(true);
    await phone.screen('request');
    await phone.page.getByRole('button', { name: 'By mistake' }).click();
    await browser.answer(ask.id);
    await phone.screen('result');
    await phone.dismiss();
    const reloaded = phone.page.waitForEvent('load');
    await ringable.look(false);
    await reloaded;
    await phone.screen('home');
    await expect.poll(version).toEqual([expect.not.stringContaining(String(before[0]))]);
    await phone.close();
  });
});

describe.each<[string, PhoneOptions]>([
  ['English, dark, 430 px', { colorScheme: 'dark', viewport: { width: 430, height: 932 } }],
  ['German, light, 320 px', { language: 'de-DE', viewport: { width: 320, height: 568 } }],
  ['Arabic, dark, 320 px', { language: 'ar', colorScheme: 'dark', viewport: { width: 320, height: 568 } }],
])('what is said about ringing in %s', (name, options) => {
  it('has no fault that axe-core knows, and fits', async () => {
    const found: string[] = [];
    const { phone, browser, ringable } = await world.paired(options);
    const look = async (what: string, { page }: Pick<Phone, 'page'> = phone) => {
      found.push(...(await faults({ page })));
      const folder = process.env.TANDEM_SCREENSHOTS;
      if (folder) await page.screenshot({ path: `${folder}/${name} ${what}.png`, fullPage: true });
    };
    await phone.page.locator('.notice .button-primary').waitFor();
    await look('asks');
    await ringable.allow();
    await phone.page.locator('.ways button').nth(-2).click();
    await phone.screen('ringing');
    world.service.answer(403);
    await phone.page.locator('.screen-content button').last().click();
    await phone.page.locator('[data-failed]').waitFor();
    await world.service.next();
    world.service.answer(201);
    await look('fails');
    await phone.page.locator('.screen-actions button').click();
    await phone.page.locator('.notice-warn').waitFor();
    await look('home');
    // As Safari on iOS shows it before it is on the home screen.
    const page = await phone.context.newPage();
    await page.addInitScript('delete globalThis.PushManager; navigator.standalone = false;');
    await page.goto(world.phones.relay.origin);
    await page.locator('.notice-warn .how').waitFor();
    await look('install', { page });
    // As where the person has refused, and comes for a request that is over.
    await phone.page.addInitScript(() => Object.defineProperty(Notification, 'permission', { get: () => 'denied' }));
    await phone.page.goto(`${world.phones.relay.origin}/?wanted=${browser.pairing}:${'A'.repeat(22)}`);
    await phone.page.locator('.notice-plain + .notice-warn').waitFor();
    await look('too late, and may not ring');
    await phone.page.locator('.notice-plain button').click();
    await phone.page.locator('.notice-plain').waitFor({ state: 'detached' });
    await phone.page.locator('.notice-warn + button').click();
    await phone.screen('ringing');
    await look('may not ring');
    await phone.close();
    expect(found).toEqual([]);
  });
});
