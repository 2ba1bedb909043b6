import { resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { Desktop, type DesktopOptions } from '../../src/demo/devices/desktop.ts';
import { startMemoryRelay } from './drivers/memory-relay.ts';
import { NodePhone } from './drivers/node-phone.ts';
import { challengeOf, TestSite } from './drivers/test-site.ts';

/** The built extension with a relay and a site that speaks Tandem's protocol, and no phone yet. */
async function extension(options: Partial<DesktopOptions> = {}) {
  const [relay, site, desktop] = await Promise.all([
    startMemoryRelay(),
    TestSite.start(),
    Desktop.launch({ extension: resolve('dist/extension-chrome'), headless: true, ...options }),
  ]);
  onTestFinished(async () => {
    await desktop.close();
    await Promise.all([site.stop(), relay.stop()]);
  });
  await desktop.useRelay(relay.origin);
  const page = await desktop.context.newPage();
  await page.goto(site.origin);
  return { relay, site, desktop, page };
}

const screen = (page: Page, name: string) => page.locator(`main[data-screen="${name}"]`).waitFor();

/** Pairs a phone by the popup's page in a tab. */
async function pair(popup: Page, name: string): Promise<NodePhone> {
  await popup.locator('[data-action="pair"]').click();
  const link = await popup.locator('[data-link]').getAttribute('data-link');
  const phone = await NodePhone.scan(link ?? '', name);
  onTestFinished(() => phone.stop());
  await screen(popup, 'digits');
  expect(await popup.locator('[data-digits]').getAttribute('data-digits')).toBe(phone.paired.digits);
  await popup.locator('[data-action="match"]').click();
  await phone.confirm();
  await screen(popup, 'paired');
  await popup.locator('[data-action="done"]').click();
  await screen(popup, 'idle');
  return phone;
}

it('the badge shows the number of a request until the keyboard gives the password, the worker just killed', async () => {
  const { site, desktop, page } = await extension();
  const phone = await pair(await desktop.extensionPage('popup'), 'Pixel');
  const badge = () => desktop.inWorker('chrome.action.getBadgeText({})');
  await site.ask(page, challengeOf('ana', { number: '93' }));
  await site.stage(page, 'stored');
  expect(await badge()).toBe('93');
  expect(await desktop.inWorker('chrome.action.getTitle({})')).toBe('Tandem · 93 · Example');
  await desktop.inWorker('globalThis.isToDie = true');
  await desktop.killWorker();
  // A browser gives a command to a worker that has begun. What is said to it here goes to whichever is there.
  const hasBegun = () => desktop.inWorker('!globalThis.isToDie && chrome.commands.onCommand.hasListeners()');
  await expect.poll(hasBegun, { interval: 5 }).toBe(true);
  await desktop.inWorker('chrome.commands.onCommand.dispatch("use-password")');
  expect(await site.result(page)).toEqual({ end: 'password' });
  await expect.poll(badge).toBe('');
  expect((await phone.heard('withdraw')).message.reason).toBe('password');
});

it('both of two phones are asked, the one that was slower forgets, and either side ends its pairing', async () => {
  const { site, desktop, page } = await extension();
  const popup = await desktop.extensionPage('popup');
  const pixel = await pair(popup, 'Pixel');
  const galaxy = await pair(popup, 'Galaxy');
  await site.ask(page, challengeOf('ana'));
  const [asked] = await Promise.all([pixel.request('ana'), galaxy.request('ana')]);
  await pixel.answer(asked.from, { decision: 'deny', id: asked.request.id, reason: 'by-mistake' });
  expect(await site.result(page)).toEqual({ end: 'denied', reason: 'by-mistake' });
  expect((await galaxy.heard('withdraw')).message).toMatchObject({ id: asked.request.id, reason: 'gone' });

  await screen(popup, 'ended');
  await popup.locator('[data-action="close"]').click();
  await screen(popup, 'idle');
  await pixel.unpair();
  await popup.getByText('Pixel has ended its pairing.').waitFor();
  const options = await desktop.extensionPage('options');
  await options.getByRole('button', { name: 'Unpair: Galaxy' }).click();
  await options.locator('[role="alertdialog"] .button-danger').click();
  await options.locator('[data-pairing]').waitFor({ state: 'detached' });
  await galaxy.heard('unpair');
  expect(await galaxy.ended()).toBe('channel-closed');
  await popup.locator('main[data-phones="0"]').waitFor();
});

it('a page is told when there is no phone, and when the extension goes away under it', async () => {
  const { site, desktop, page } = await extension();
  await site.ask(page, challengeOf('ana'));
  expect(await site.result(page)).toEqual({ end: 'failed', code: 'no-phone' });
  await pair(await desktop.extensionPage('popup'), 'Pixel');
  await site.ask(page, challengeOf('ana'));
  await site.stage(page, 'stored');
  await desktop.inWorker('void setTimeout(() => chrome.runtime.reload())');
  expect(await site.result(page)).toEqual({ end: 'failed', code: 'no-extension' });
});

it('the relay for new pairings is chosen in the options, and only one that can be', async () => {
  const { desktop, relay } = await extension();
  const other = await startMemoryRelay();
  onTestFinished(() => other.stop());
  const options = await desktop.extensionPage('options');
  const address = options.getByLabel('Address of the relay');
  await expect.poll(() => address.inputValue(), { timeout: 10_000 }).toBe(relay.origin);
  await address.fill('http://relay.example');
  await options.getByRole('button', { name: 'Save' }).click();
  await options.getByText('This is not the address of a relay.').waitFor();
  await address.fill(`${other.origin}/`);
  await options.getByRole('button', { name: 'Save' }).click();
  await options.getByText('Saved.').waitFor();
  const popup = await desktop.extensionPage('popup');
  await popup.locator('[data-action="pair"]').click();
  const link = (await popup.locator('[data-link]').getAttribute('data-link')) ?? '';
  expect(new URL(link).origin).toBe(other.origin);
});
