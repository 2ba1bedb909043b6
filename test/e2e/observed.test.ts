import { resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Desktop } from '../../src/demo/devices/desktop.ts';
import { providerOf } from '../../src/providers/registry.ts';
import { expectedOf, readPage } from '../fixtures/page.ts';
import { startMemoryRelay } from './drivers/memory-relay.ts';
import { NodePhone } from './drivers/node-phone.ts';
import { drive, ProviderSite } from './drivers/provider-site.ts';

let site: ProviderSite;
let desktop: Desktop;
let relay: Awaited<ReturnType<typeof startMemoryRelay>>;
let phone: NodePhone;
let popup: Page;

beforeAll(async () => {
  [site, relay] = await Promise.all([ProviderSite.start(), startMemoryRelay()]);
  const extension = resolve('dist/extension-chrome');
  desktop = await Desktop.launch({ extension, headless: true, args: [...site.args] });
  await desktop.useRelay(relay.origin);
  popup = await desktop.extensionPage('popup');
  await popup.locator('[data-action="pair"]').click();
  phone = await NodePhone.scan((await popup.locator('[data-link]').getAttribute('data-link')) ?? '');
  await popup.locator('[data-action="match"]').click();
  await phone.confirm();
  await popup.locator('[data-action="done"]').click();
});

afterAll(async () => {
  phone.stop();
  await desktop.close();
  await Promise.all([site.stop(), relay.stop()]);
});

/** A tab with a provider's page, before its number is there. */
async function open(id: string): Promise<{ page: Page; expected: ReturnType<typeof expectedOf> }> {
  const fixture = readPage(`providers/${id}.html`);
  const page = await desktop.context.newPage();
  onTestFinished(() => page.close());
  await page.goto(site.serve(fixture.url, fixture.html));
  return { page, expected: expectedOf(fixture) };
}

const badge = () => desktop.inWorker<string>('chrome.action.getBadgeText({})');
const shows = (selector: string) => popup.locator(`main${selector}`).waitFor();
const dismiss = () => popup.locator('[data-action="close"]').click();
const requestFor = (number: string) =>
  phone.heard('request', ({ request }) => request.type === 'observed' && request.number === number);

const families = [
  { id: 'entra-mfa', number: '42', shown: '42' },
  { id: 'google-dp', number: '7', shown: '7' },
  { id: 'okta-v3', number: '53', shown: '53' },
  { id: 'duo-verified-push', number: '123457', shown: '#' },
  { id: 'github-mobile', number: '38', shown: '38' },
] as const;

describe('a number on somebody else’s page', () => {
  it.each(families)('$id is in badge, popup and on the phone until it is approved', async ({ id, number, shown }) => {
    const { page, expected } = await open(id);
    await drive(page, 'appear', number);
    await shows(`[data-screen="observed"][data-number="${number}"]`);
    expect(await badge()).toBe(shown);
    const { message } = await requestFor(number);
    expect(message.request).toMatchObject({
      site: providerOf(id)?.name,
      origin: new URL(page.url()).origin,
      ...(expected.account === null ? {} : { account: expected.account }),
    });
    await drive(page, 'approve');
    await shows('[data-screen="ended"][data-end="approved"]');
    await phone.heard('outcome', (said) => said.id === message.request.id && said.outcome === 'approved');
    expect(await badge()).toBe('');
    await dismiss();
  });

  it('that is denied in the other app is denied here', async () => {
    const { page } = await open('entra-mfa');
    await drive(page, 'appear', '43');
    const { message } = await requestFor('43');
    await drive(page, 'deny');
    await shows('[data-screen="ended"][data-end="denied"]');
    await phone.heard('outcome', (said) => said.id === message.request.id && said.outcome === 'denied');
    await dismiss();
  });

  it('of a tab that is closed is gone', async () => {
    const { page } = await open('entra-mfa');
    await drive(page, 'appear', '44');
    await shows('[data-screen="observed"][data-number="44"]');
    await page.close();
    await shows('[data-screen="ended"][data-end="gone"]');
    await dismiss();
  });

  it('goes on when the worker is killed', async () => {
    const { page } = await open('entra-mfa');
    await drive(page, 'appear', '45');
    const { message } = await requestFor('45');
    await desktop.killWorker();
    await drive(page, 'approve');
    await phone.heard('outcome', (said) => said.id === message.request.id && said.outcome === 'approved');
    await shows('[data-screen="ended"][data-end="approved"]');
    await dismiss();
  });
});

describe('a page that changes its address by itself', () => {
  it('shows its number as soon as it has come to where that can be, and its end', async () => {
    const page = await desktop.context.newPage();
    onTestFinished(() => page.close());
    const { html } = readPage('providers/google-dp.html');
    await page.goto(site.serve('https://accounts.google.com/v3/signin/identifier', html));
    // No provider's page can be here: the script sleeps.
    await drive(page, 'appear', '8');
    await page.evaluate(`history.pushState(null, '', '/v3/signin/challenge/dp')`);
    await shows('[data-screen="observed"][data-number="8"]');
    expect(await badge()).toBe('8');
    await drive(page, 'approve');
    await shows('[data-screen="ended"][data-end="approved"]');
    await dismiss();
  });
});

describe('the password instead', () => {
  it('is the page’s own control', async () => {
    const { page } = await open('entra-passwordless');
    await drive(page, 'appear', '31');
    await shows('[data-screen="observed"]');
    await page.evaluate(() =>
      document.querySelector('#idA_PWD_SwitchToPassword')?.addEventListener('click', () => {
        document.body.dataset.asked = 'password';
      }),
    );
    await popup.locator('[data-action="password"]').click();
    await shows('[data-screen="ended"][data-end="password"]');
    expect(await page.evaluate(() => document.body.dataset.asked)).toBe('password');
    await dismiss();
  });

  it.each([
    ['duo-verified-push', '123458', 'other-way'],
    ['forgerock-push', '71', 'none'],
  ])('where %s has none, the popup says so and the number stays', async (id, number, pressed) => {
    const { page } = await open(id);
    await drive(page, 'appear', number);
    await shows(`[data-screen="observed"][data-number="${number}"]`);
    await popup.locator('[data-action="password"]').click();
    await shows(`[data-screen="observed"][data-number="${number}"][data-pressed="${pressed}"]`);
    await drive(page, 'approve');
    await shows('[data-screen="ended"]');
    await dismiss();
  });
});

describe('the person’s own settings', () => {
  it('keep the number off the phone', async () => {
    const options = await desktop.extensionPage('options');
    onTestFinished(() => options.close());
    await options.locator('input[name="number-off"]').click();
    await options.locator('input[name="number-off"]:checked').waitFor();
    const { page } = await open('github-mobile');
    await drive(page, 'appear', '46');
    await shows('[data-screen="observed"][data-number="46"]');
    const { message } = await phone.heard(
      'request',
      ({ request }) => request.type === 'observed' && request.number === undefined,
    );
    expect(message.request.site).toBe('GitHub');
    await drive(page, 'approve');
    await shows('[data-screen="ended"]');
    await dismiss();
    await options.locator('input[name="number-off"]').click();
    await options.locator('input[name="number-off"]:not(:checked)').waitFor();
  });

  it('press the password at once where it is always wanted, until that is taken back', async () => {
    const first = await open('entra-passwordless');
    await drive(first.page, 'appear', '32');
    await popup.locator('[data-action="always-password"]').click();
    await shows('[data-screen="ended"][data-end="password"]');
    await dismiss();
    const second = await open('entra-passwordless');
    await drive(second.page, 'appear', '33');
    await shows('[data-screen="ended"][data-end="password"]');
    await dismiss();
    const options = await desktop.extensionPage('options');
    onTestFinished(() => options.close());
    await options.locator('[data-action="ask-again"]').click();
    await options.locator('[data-account]').waitFor({ state: 'detached' });
  });
});

describe('a decoy', () => {
  it('shows nothing', async () => {
    const { html, url } = readPage('decoys/entra-mfa-number-hidden.html');
    const page = await desktop.context.newPage();
    onTestFinished(() => page.close());
    await page.goto(site.serve(url, html));
    const genuine = await open('github-mobile');
    // What comes after it is seen, so that it was not.
    await drive(genuine.page, 'appear', '39');
    await shows('[data-screen="observed"][data-number="39"]');
    await drive(genuine.page, 'approve');
    await shows('[data-screen="ended"][data-end="approved"]');
    await dismiss();
    await shows('[data-screen="idle"]');
  });
});
