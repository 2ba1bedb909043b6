import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import manifest from '../../manifest.json' with { type: 'json' };
import { openLmdbStore } from '../../src/identity-provider/lmdb-store.ts';
import { type IdentityProvider, startIdentityProvider } from '../../src/identity-provider/server.ts';
import { providerOf } from '../../src/providers/registry.ts';
import { expectedOf, readPage } from '../fixtures/page.ts';
import { Firefox } from './drivers/firefox.ts';
import type { FirefoxTab } from './drivers/firefox-tab.ts';
import { NodePhone } from './drivers/node-phone.ts';
import { PhoneWorld } from './drivers/phone.ts';
import { ProviderSite } from './drivers/provider-site.ts';

const email = 'ada@example.com';
const password = 'a password for the last time';
/** Firefox's own is 30 s. */
const idleMs = 2_000;

let site: ProviderSite;
let phones: PhoneWorld;
let provider: IdentityProvider;
let firefox: Firefox;
/** The popup's page, which a tab holds open. */
let popup: FirefoxTab;
const ends: (() => Promise<void> | void)[] = [];

beforeAll(async () => {
  const data = mkdtempSync(join(tmpdir(), 'tandem-firefox-world-'));
  ends.push(() => rmSync(data, { recursive: true, force: true }));
  [site, phones] = await Promise.all([ProviderSite.start(), PhoneWorld.open()]);
  ends.push(
    () => site.stop(),
    () => phones.close(),
  );
  const store = openLmdbStore(data);
  ends.push(() => store.close());
  provider = await startIdentityProvider({
    port: 0,
    phoneOrigins: [phones.relay.origin],
    store,
    clock: { now: () => Date.now() },
    random: (length) => crypto.getRandomValues(new Uint8Array(length)),
    pages: resolve('dist/identity-provider'),
    log: () => undefined,
    argon2: { memoryCost: 8, timeCost: 1, parallelism: 1 },
  });
  ends.push(() => provider.stop());
  firefox = await Firefox.launch({
    home: homeWithPolicy(data, {
      hosts: ['sso.contoso.example', 'https://*'],
      relay: phones.relay.origin,
      numberOnPhone: 'no',
    }),
    extension: resolve('dist/extension-firefox'),
    proxyPort: site.port,
    prefs: { 'extensions.background.idle.timeout': idleMs },
  });
  ends.push(() => firefox.close());
  popup = await firefox.newTab();
  await openPopupPage();
});

afterAll(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A person's home folder with what an administrator has set for the extension. */
function homeWithPolicy(folder: string, data: object): string {
  const { id: name } = manifest.browser_specific_settings.gecko;
  const policies = join(folder, '.mozilla', 'managed-storage');
  mkdirSync(policies, { recursive: true });
  const policy = { name, description: 'Tandem', type: 'storage', data };
  writeFileSync(join(policies, `${name}.json`), JSON.stringify(policy));
  return folder;
}

async function openPopupPage(): Promise<void> {
  await popup.goto(firefox.pageUrl('popup'));
}

/** A tab with a page as it is before its number is there. */
async function open(path: string, url?: string, of: { background?: boolean } = {}): Promise<FirefoxTab> {
  const page = readPage(path);
  const tab = await firefox.newTab(of);
  onTestFinished(() => tab.close());
  await tab.goto(site.serve(url ?? page.url, page.html));
  return tab;
}

const drive = (tab: FirefoxTab, step: string, number = '') =>
  tab.evaluate(`window.fixture.${step}(${JSON.stringify(number)})`);
const shows = (selector: string) => popup.waitFor(`main${selector}`);
const dismiss = () => popup.click('[data-action="close"]');

/** Pairs by the link that the popup offers. */
async function offeredLink(): Promise<string> {
  await popup.click('[data-action="pair"]');
  return popup.attribute('[data-link]', 'data-link');
}

describe('in Firefox, a number on somebody else’s page', () => {
  let phone: NodePhone;

  beforeAll(async () => {
    phone = await NodePhone.scan(await offeredLink());
    await popup.click('[data-action="match"]');
    await phone.confirm();
    await popup.click('[data-action="done"]');
  });

  afterAll(async () => {
    await phone.unpair();
    await popup.click('[data-action="dismiss"]');
    phone.stop();
  });

  it.each([
    { id: 'entra-mfa', number: '42', shown: '42' },
    { id: 'google-dp', number: '7', shown: '7' },
    { id: 'okta-v3', number: '53', shown: '53' },
    { id: 'duo-verified-push', number: '123457', shown: '#' },
    { id: 'github-mobile', number: '38', shown: '38' },
  ])('of $id is in badge, popup and on the phone until it is approved', async ({ id, number, shown }) => {
    const tab = await open(`providers/${id}.html`);
    await drive(tab, 'appear', number);
    await shows(`[data-screen="observed"][data-number="${number}"]`);
    await expect.poll(() => firefox.badge()).toBe(shown);
    const { message } = await phone.heard('request', ({ request }) => 'number' in request && request.number === number);
    const { account } = expectedOf(readPage(`providers/${id}.html`));
    expect(message.request).toMatchObject({ site: providerOf(id)?.name, ...(account === null ? {} : { account }) });
    await drive(tab, 'approve');
    await shows('[data-screen="ended"][data-end="approved"]');
    await phone.heard('outcome', ({ id: of, outcome }) => of === message.request.id && outcome === 'approved');
    await expect.poll(() => firefox.badge()).toBeNull();
    await dismiss();
  });

  it('is denied with its page, is the newest that the page shows, and goes with its tab', async () => {
    const tab = await open('providers/entra-mfa.html');
    await drive(tab, 'appear', '43');
    await shows('[data-screen="observed"][data-number="43"]');
    await drive(tab, 'deny');
    await shows('[data-screen="ended"][data-end="denied"]');
    await dismiss();
    await drive(tab, 'appear', '44');
    await shows('[data-screen="observed"][data-number="44"]');
    await drive(tab, 'resend', '45');
    await shows('[data-screen="observed"][data-number="45"]');
    await tab.goto('about:blank');
    await shows('[data-screen="ended"][data-end="gone"]');
    await dismiss();
  });

  it('goes on when Firefox suspends the background meanwhile', async () => {
    const tab = await open('providers/github-mobile.html');
    await drive(tab, 'appear', '46');
    const { message } = await phone.heard('request', ({ request }) => 'number' in request && request.number === '46');
    // Nothing but the page wakes it again.
    await popup.goto('about:blank');
    await firefox.backgroundSuspended();
    await drive(tab, 'approve');
    await phone.heard('outcome', ({ id, outcome }) => id === message.request.id && outcome === 'approved');
    await openPopupPage();
    await shows('[data-screen="ended"][data-end="approved"]');
    await dismiss();
  });

  it('is not there where a page only resembles one, and is in a tab that nobody looks at and that goes there by itself', async () => {
    const decoys = ['entra-mfa-number-hidden', 'google-totp', 'okta-push-without-number', 'github-issue', 'cart'];
    const before = phone.received.length;
    for (const name of [...decoys, 'entra-on-http']) await open(`decoys/${name}.html`);
    const genuine = await open('providers/google-dp.html', 'https://accounts.google.com/v3/signin/identifier', {
      background: true,
    });
    expect(await genuine.evaluate('document.hidden')).toBe(true);
    await drive(genuine, 'appear', '39');
    await genuine.evaluate(`history.pushState(null, '', '/v3/signin/challenge/dp')`);
    // What comes after them is seen, so that they were not.
    await shows('[data-screen="observed"][data-number="39"]');
    await phone.heard('request', ({ request }) => 'number' in request && request.number === '39');
    await drive(genuine, 'approve');
    await shows('[data-screen="ended"][data-end="approved"]');
    await dismiss();
    const asked = phone.received.slice(before).filter(({ message }) => message.kind === 'request');
    expect(asked).toHaveLength(1);
  });
});

describe('in Firefox, a page that is not where its provider is at home', () => {
  it('is warned of, and shows no number', async () => {
    const tab = await open('providers/entra-mfa.html', 'https://login.micros\u043eftonline.com/common/login');
    await drive(tab, 'appear', '42');
    const real = await firefox.openPopup();
    await real.waitFor('main[data-screen="warning"][data-suspicion="look-alike"]');
    expect(await real.attribute('main', 'data-host')).toBe('login.xn--microsftonline-0zl.com');
    expect(await real.text('main')).not.toContain('42');
    await expect.poll(() => firefox.badge()).toBe('!');
    await real.click('[data-action="dismiss"]');
    await real.waitFor('main[data-screen="idle"]');
    await real.close();
    await expect.poll(() => firefox.badge()).toBeNull();
  });

  it('is asked about where it may be the organisation’s own, and recognised once Firefox was told to allow it', async () => {
    const url = 'https://id.fabrikam.example/';
    const tab = await open('providers/okta-v3.html', url);
    await drive(tab, 'appear', '53');
    const real = await firefox.openPopup();
    await real.waitFor('main[data-screen="ask"][data-host="id.fabrikam.example"]');
    await expect.poll(() => firefox.badge()).toBe('?');
    await real.click('[data-action="allow"]');
    expect(await firefox.allow()).toContain('id.fabrikam.example');
    await expect.poll(() => firefox.badge()).toBe('53');
    await real.close();
    await tab.goto(url);
    await drive(tab, 'appear', '54');
    await expect.poll(() => firefox.badge()).toBe('54');
    await drive(tab, 'approve');
    await shows('[data-screen="ended"][data-end="approved"]');
    await dismiss();
  });
});

describe('in Firefox, the reference identity provider’s page', () => {
  it('signs in by its number on a phone, whatever becomes of the background, and by the password from the popup', async () => {
    const page = await firefox.newTab();
    onTestFinished(() => page.close());
    const on = (name: string) => page.waitFor(`main[data-screen="${name}"]`);
    await page.goto(provider.origin);
    await page.press('Create an account');
    await on('sign-up');
    await page.fill('[name="email"]', email);
    await page.fill('[name="password"]', password);
    await page.press('Create an account');
    await on('home');

    const phone = await phones.openPhone(await offeredLink());
    await shows('[data-screen="digits"]');
    await phone.screen('digits');
    const digits = await popup.attribute('[data-digits]', 'data-digits');
    expect(await phone.page.locator('[data-digits]').getAttribute('data-digits')).toBe(digits);
    await popup.click('[data-action="match"]');
    await phone.page.getByRole('button', { name: 'They match' }).click();
    await shows('[data-screen="paired"]');
    await popup.click('[data-action="done"]');
    await phone.screen('home');

    await page.press('Security info');
    await page.press('Add this phone');
    await phone.page.getByRole('button', { name: 'Register this phone' }).click();
    await phone.screen('result');
    await phone.dismiss();
    const signOut = async () => {
      await page.goto(provider.origin);
      await page.press('Sign out');
      await on('email');
      await page.fill('[name="email"]', email);
      await page.press('Next');
      await on('number');
    };
    await signOut();
    const number = await page.attribute('[data-number]', 'data-number');
    await expect.poll(() => firefox.badge()).toBe(number);
    await shows(`[data-screen="request"][data-number="${number}"][data-stage="opened"]`);
    await popup.goto('about:blank');
    await firefox.backgroundSuspended();
    await phone.page.locator(`[data-number="${number}"]`).click();
    await on('home');
    expect(await page.attribute('[data-method]', 'data-method')).toBe('number');
    await phone.screen('result');
    await phone.dismiss();

    await openPopupPage();
    await dismiss();
    await signOut();
    await shows('[data-screen="request"]');
    await popup.click('[data-action="password"]');
    await on('password');
    await page.fill('[name="password"]', password);
    await page.press('Sign in');
    expect(await page.attribute('[data-method]', 'data-method')).toBe('password');
    await phone.screen('result');
    await dismiss();
  });
});

// Last, as a site that stays taken back would be the end of the others.
describe('in Firefox, what others have decided', () => {
  it('is an administrator’s policy, without the fields that cannot be read', async () => {
    const options = await firefox.newTab();
    onTestFinished(() => options.close());
    await options.goto(firefox.pageUrl('options'));
    await options.waitFor('[data-host="sso.contoso.example"] [data-action="allow"]');
    await options.waitFor('[name="relay"][readonly]');
    expect(await options.evaluate('document.querySelector("[name=relay]").value')).toBe(phones.relay.origin);
    await options.waitFor('[name="number-off"]:not([disabled])');
    const unread = '[...document.querySelectorAll("[data-unread]")].map((one) => one.dataset.unread)';
    expect(await options.evaluate(unread)).toEqual(['hosts[1]', 'numberOnPhone']);
  });

  it('is a person’s, who took the sites back that Firefox had allowed with the extension, until Firefox may ask again', async () => {
    // As the extension's page in about:addons does.
    await popup.evaluate(`chrome.permissions.remove({ origins: ['https://github.com/*', 'http://localhost/*'] })`);
    await popup.waitFor('[data-action="allow-sites"]');
    // Where the person asks for it, the number is seen all the same.
    const withheld = await open('providers/github-mobile.html');
    await drive(withheld, 'appear', '51');
    const first = await firefox.openPopup();
    await first.waitFor('main[data-screen="observed"][data-number="51"]');
    await first.close();
    await drive(withheld, 'approve');
    await shows('[data-screen="ended"][data-end="approved"]');
    await dismiss();
    // The end is known when the page sets off, and Firefox takes its question back when it arrives.
    await expect.poll(() => withheld.evaluate('document.title')).toBe('Elsewhere');

    const second = await firefox.openPopup();
    await second.click('[data-action="allow-sites"]');
    await firefox.allow();
    await popup.waitFor('main:not(:has([data-action="allow-sites"]))');
    await second.close();
    const tab = await open('providers/github-mobile.html');
    await drive(tab, 'appear', '52');
    await expect.poll(() => firefox.badge()).toBe('52');
    await drive(tab, 'approve');
    await shows('[data-screen="ended"][data-end="approved"]');
    await dismiss();
    const options = await firefox.newTab();
    onTestFinished(() => options.close());
    await options.goto(firefox.pageUrl('options'));
    await options.waitFor('[data-host="id.fabrikam.example"]');
    expect(await options.evaluate('document.querySelectorAll("[data-host]").length')).toBe(2);
  });
});
