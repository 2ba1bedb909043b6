import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Desktop } from '../../src/demo/devices/desktop.ts';
import { readPage } from '../fixtures/page.ts';
import { allowedEverywhere } from './drivers/allowed-everywhere.ts';
import { drive, ProviderSite } from './drivers/provider-site.ts';

let site: ProviderSite;
let desktop: Desktop;
const { extension, remove } = allowedEverywhere();

beforeAll(async () => {
  site = await ProviderSite.start();
  desktop = await Desktop.launch({ extension, headless: true, args: [...site.args] });
  // The welcome page comes to the front by itself, once.
  const isWelcome = (page: Page) => page.url().includes('/welcome/');
  await vi.waitFor(() => expect(desktop.context.pages().some(isWelcome)).toBe(true), 10_000);
});

afterAll(async () => {
  await desktop.close();
  await site.stop();
  remove();
});

async function open(path: string, url: string, policy = ''): Promise<Page> {
  const page = await desktop.context.newPage();
  onTestFinished(() => page.close());
  await page.goto(site.serve(url, readPage(path).html, policy), { waitUntil: 'load' });
  return page;
}

const badge = () => desktop.inWorker<string>('chrome.action.getBadgeText({})');

describe('a page that imitates a provider’s', () => {
  it.each([
    ['https://login.microsoftonline.com.evil.example/common/login', 'look-alike'],
    ['https://login.microsоftonline.com/common/login', 'look-alike'],
    ['http://login.microsoftonline.com.evil.example/common/login', 'look-alike'],
    ['https://login.microsoftonline.com.mcas.ms/common/login', 'rewritten'],
    // With no origin that the browser would state.
    ['https://login.microsoftonline.com.evil.example/sandboxed', 'look-alike', 'sandbox allow-scripts allow-forms'],
  ])('at %s is warned of as %s once the popup is opened, and shows no number', async (url, suspicion, policy = '') => {
    const page = await open('providers/entra-mfa.html', url, policy);
    await drive(page, 'appear', '42');
    const popup = await desktop.openPopup();
    await popup.waitFor(`main[data-screen="warning"][data-suspicion="${suspicion}"]`);
    expect(await popup.attribute('main', 'data-host')).toBe(new URL(url).hostname);
    expect(await popup.text('main')).not.toContain('42');
    expect(await badge()).toBe('!');
    await popup.click('[data-action="dismiss"]');
    await popup.waitFor('main[data-screen="idle"]');
    await popup.close();
  });

  it('is warned of for as long as it is open, also by the next worker', async () => {
    const page = await open('providers/entra-mfa.html', 'https://login.microsoftonline.com.evil.example/common/login');
    await drive(page, 'appear', '42');
    const first = await desktop.openPopup();
    await first.waitFor('main[data-screen="warning"]');
    await first.close();
    await desktop.killWorker();
    const second = await desktop.extensionPage('popup');
    onTestFinished(() => second.close());
    await second.locator('main[data-screen="warning"][data-suspicion="look-alike"]').waitFor();
    expect(await badge()).toBe('!');
    await page.goto('about:blank');
    await second.locator('main[data-screen="idle"]').waitFor();
    expect(await badge()).toBe('');
  });

  it('and has a genuine one inside it is warned of by itself', async () => {
    const genuine = readPage('providers/entra-mfa.html');
    site.serve(genuine.url, genuine.html);
    const page = await open('look-alikes/framing.html', 'https://mail.evil.example/framing');
    for (const frame of page.frames().slice(1)) await drive(frame, 'appear', '42');
    await expect.poll(badge).toBe('!');
    const popup = await desktop.openPopup();
    await popup.waitFor('main[data-screen="warning"][data-suspicion="framed"]');
    // The popup goes with the page, or before it can say that it was clicked.
    await popup.evaluate(`setTimeout(() => document.querySelector('[data-action="close-page"]').click())`);
    await expect.poll(() => page.isClosed()).toBe(true);
    await expect.poll(badge).toBe('');
  });
});

describe('a page that may be the organisation’s own', () => {
  it('asks, and shows its number once its host is allowed, from then on by itself', async () => {
    const url = 'https://id.fabrikam.example/';
    const page = await open('providers/okta-v3.html', url);
    await drive(page, 'appear', '53');
    const popup = await desktop.openPopup();
    await popup.waitFor('main[data-screen="ask"][data-host="id.fabrikam.example"]');
    expect(await badge()).toBe('?');
    await popup.click('[data-action="allow"]');
    await popup.waitFor('main[data-screen="observed"][data-number="53"]');
    await popup.close();
    await page.reload();
    await drive(page, 'appear', '54');
    await expect.poll(badge).toBe('54');
    const options = await desktop.extensionPage('options');
    onTestFinished(() => options.close());
    await options.locator('[data-host="id.fabrikam.example"] [data-action="revoke"]').click();
    await options.locator('[data-host]').waitFor({ state: 'detached' });
    await page.reload();
    await drive(page, 'appear', '55');
    await expect.poll(badge, { timeout: 10_000 }).toBe('');
  });
});
