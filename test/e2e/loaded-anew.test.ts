import { resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it, onTestFinished, vi } from 'vitest';
import { Desktop } from '../../src/demo/devices/desktop.ts';
import { readPage } from '../fixtures/page.ts';
import { allowedEverywhere } from './drivers/allowed-everywhere.ts';
import { clickToolbar, loadAnew, toolbarArgs } from './drivers/loaded-anew.ts';
import { drive, ProviderSite } from './drivers/provider-site.ts';
import { challengeOf, TestSite } from './drivers/test-site.ts';

async function launch(extension = resolve('dist/extension-chrome')) {
  const site = await ProviderSite.start();
  const desktop = await Desktop.launch({ extension, headless: true, args: [...site.args, ...toolbarArgs] });
  onTestFinished(async () => {
    await desktop.close();
    await site.stop();
  });
  // The welcome page comes to the front by itself, once.
  const isWelcome = (page: Page) => page.url().includes('/welcome/');
  await vi.waitFor(() => expect(desktop.context.pages().some(isWelcome)).toBe(true), 10_000);
  const badge = () => desktop.inWorker<string>('chrome.action.getBadgeText({})');

  /** Opens a fixture; `errors` are those that its page's console has had. */
  async function open(path: string, at?: string): Promise<{ page: Page; errors: string[] }> {
    const fixture = readPage(path);
    const page = await desktop.context.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    await page.goto(site.serve(at ?? fixture.url, fixture.html));
    return { page, errors };
  }
  return { desktop, badge, open };
}

it('a provider’s page that was open before says nothing, and shows its number once Tandem is clicked', async () => {
  const { desktop, badge, open } = await launch();
  const { page, errors } = await open('providers/entra-mfa.html');
  await drive(page, 'appear', '41');
  await expect.poll(badge).toBe('41');
  await loadAnew(desktop);
  await drive(page, 'resend', '42');
  // The browser puts no script of the new version there: what comes after it is seen, so that it was not.
  const after = await open('providers/github-mobile.html');
  await drive(after.page, 'appear', '38');
  await expect.poll(badge).toBe('38');
  await after.page.close();
  await expect.poll(badge).toBe('');
  await clickToolbar(desktop, page);
  await expect.poll(badge).toBe('42');
  await drive(page, 'resend', '17');
  await expect.poll(badge).toBe('17');
  expect(errors).toEqual([]);
});

it('a page’s own request is answered by the script of the new version alone', async () => {
  const { desktop } = await launch();
  const site = await TestSite.start();
  onTestFinished(() => site.stop());
  const page = await desktop.context.newPage();
  await page.goto(site.origin);
  await loadAnew(desktop);
  await clickToolbar(desktop, page);
  await expect
    .poll(async () => {
      await site.ask(page, challengeOf('ana'));
      return site.result(page);
    })
    .toEqual({ end: 'failed', code: 'no-phone' });
});

it('a page of a host that the person allowed is watched again by itself', async () => {
  const { extension, remove } = allowedEverywhere();
  onTestFinished(remove);
  const { desktop, badge, open } = await launch(extension);
  const { page, errors } = await open('providers/okta-v3.html', 'https://id.fabrikam.example/');
  await drive(page, 'appear', '53');
  const popup = await desktop.openPopup();
  await popup.click('[data-action="allow"]');
  await popup.waitFor('main[data-screen="observed"][data-number="53"]');
  await popup.close();
  await loadAnew(desktop);
  await expect.poll(badge).toBe('53');
  await drive(page, 'resend', '54');
  await expect.poll(badge).toBe('54');
  expect(errors).toEqual([]);
});

it('a page that is warned of has one warning over it, that of the new version', async () => {
  const { extension, remove } = allowedEverywhere();
  onTestFinished(remove);
  const { desktop, badge, open } = await launch(extension);
  const { page, errors } = await open('providers/entra-mfa.html', 'https://login.evil.example/common/login');
  await drive(page, 'appear', '42');
  await clickToolbar(desktop, page);
  await expect.poll(badge).toBe('!');
  const banners = () => page.locator('html > div').count();
  expect(await banners()).toBe(1);
  await loadAnew(desktop);
  await clickToolbar(desktop, page);
  await expect.poll(badge).toBe('!');
  expect(await banners()).toBe(1);
  expect(errors).toEqual([]);
});
