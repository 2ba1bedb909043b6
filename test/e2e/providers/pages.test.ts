import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostToShow, requestKey } from '../../../src/providers/host.ts';
import { suspicionOf } from '../../../src/providers/lookalike.ts';
import { providerOf, providers } from '../../../src/providers/registry.ts';
import { admit } from '../../../src/providers/sighting.ts';
import served from '../../fixtures/look-alikes/served.json' with { type: 'json' };
import { expectedOf, readPage, readPages } from '../../fixtures/page.ts';
import {
  buildEngine,
  contextWith,
  granted,
  keyOf,
  launch,
  openWatched,
  settle,
  type Told,
  type Watched,
} from './browser.ts';

let browser: Browser;
let context: BrowserContext;

beforeAll(async () => {
  const [launched, engine] = await Promise.all([launch(), buildEngine()]);
  browser = launched;
  context = await contextWith(browser, engine);
});
afterAll(() => browser.close());

/** A language beside English for each family, so that all three are used. */
const others = ['de', 'ar', 'ja'] as const;
const flows = providers.flatMap(({ id }, at) => [
  { id, lang: 'en' },
  { id, lang: others[at % others.length] as string },
]);

const drive = (page: Page, step: 'appear' | 'resend' | 'deny' | 'timeout' | 'approve', number = '') =>
  page.evaluate(
    ([name, shown]) => (window as unknown as { fixture: Record<string, (n: string) => void> }).fixture[name]?.(shown),
    [step, number] as const,
  );

async function open(id: string, lang: string) {
  const fixture = readPage(`providers/${id}.html`);
  const url = new URL(fixture.url);
  const watched = await openWatched(context, new Map([[keyOf(url), fixture.html]]));
  url.searchParams.set('lang', lang);
  const goTo = () => watched.page.goto(url.href);
  await goTo();
  return { ...watched, expected: expectedOf(fixture), goTo };
}

const numberOf = ({ sighting }: Told) => (sighting.type === 'number' ? sighting.number : null);
const outcomeOf = ({ sighting }: Told) => (sighting.type === 'ended' ? sighting.outcome : null);
const keyOfNumber = ({ sighting, place }: Told) => {
  const provider = providerOf(sighting.provider);
  return provider && sighting.type === 'number' ? requestKey(provider, place.url, sighting.number) : null;
};

describe('a page family', () => {
  it.concurrent.each(flows)('$id is followed from number to end in $lang', async ({ id, lang }) => {
    const { page, told, next, expected, goTo } = await open(id, lang);
    const [first, second] = expected.numbers;
    const only = (outcomes: readonly string[]) => (lang === 'en' ? outcomes[0] : outcomes.at(-1));

    await drive(page, 'appear', first);
    const shown = await next('number');
    expect(numberOf(shown)).toBe(first);
    expect(admit(shown.sighting, shown.place, granted).provider.id).toBe(id);
    await drive(page, 'resend', second);
    const again = await untilNumber(next, second);
    expect(again.sighting.type === 'number' && (again.sighting.account ?? null)).toBe(expected.account);
    expect(again.sighting.type === 'number' && namesOf(again.sighting.controls)).toEqual(expected.controls);
    await drive(page, 'deny');
    expect(outcomeOf(await next('ended'))).toBe(only(expected.denied));

    await goTo();
    await drive(page, 'appear', first);
    await untilNumber(next, first);
    await drive(page, 'timeout');
    expect(outcomeOf(await next('ended'))).toBe(only(expected.timedOut));

    await goTo();
    await drive(page, 'appear', second);
    await untilNumber(next, second);
    await drive(page, 'approve');
    expect(outcomeOf(await next('ended'))).toBe('approved');

    expect(told.filter(({ sighting }) => sighting.provider !== id && sighting.type !== 'ended')).toEqual([]);
    await page.close();
  });

  const untilNumber = async (next: (type: 'number') => Promise<Told>, number: string): Promise<Told> => {
    const told = await next('number');
    return numberOf(told) === number ? told : untilNumber(next, number);
  };
  const namesOf = (controls: Record<string, boolean>) => Object.keys(controls).filter((name) => controls[name]);
});

describe('a page that loads itself again while it waits', () => {
  it.concurrent.each(['adfs-azuremfa', 'privacyidea-keycloak'])('%s is one request', async (id) => {
    const { page, told, next, expected } = await open(id, 'en');
    await drive(page, 'appear', expected.numbers[0]);
    for (let load = 0; load < 4; load++) await next('number');
    expect(new Set(told.filter(({ sighting }) => sighting.type === 'number').map(keyOfNumber)).size).toBe(1);
    expect(told.filter(({ sighting }) => sighting.type === 'ended')).toEqual([]);
    expect(told.some(({ sighting }) => sighting.type === 'left' && sighting.by === 'page')).toBe(true);
    await page.close();
  });
});

describe('what the person does', () => {
  it('is told as the password when they press the page’s control for it', async () => {
    const { page, next, expected } = await open('entra-passwordless', 'ja');
    await drive(page, 'appear', expected.numbers[0]);
    await next('number');
    await page.click('#idA_PWD_SwitchToPassword');
    expect(outcomeOf(await next('ended'))).toBe('password');
    await page.close();
  });

  it('is no approval when they leave', async () => {
    const { page, next, expected } = await open('duo-verified-push', 'en');
    await drive(page, 'appear', expected.numbers[0]);
    await next('number');
    await page.evaluate(() =>
      document.body.insertAdjacentHTML('beforeend', '<a id="out" href="https://portal.contoso.example/">x</a>'),
    );
    await page.click('#out');
    expect((await next('left')).sighting).toMatchObject({ by: 'person' });
    await page.close();
  });

  it('carries the account that they typed on the step before', async () => {
    const { page, next } = await open('adfs-azuremfa', 'de');
    await page.fill('#userNameInput', 'adele@contoso.example');
    await page.evaluate(() => document.querySelector('form')?.requestSubmit());
    expect((await next('account')).sighting).toMatchObject({ account: 'adele@contoso.example' });
    await page.close();
  });
});

describe('the way to the password', () => {
  const press = (page: Page, id: string) =>
    page.evaluate(
      (name) => (window as unknown as { pressPassword(name: string): Promise<string> }).pressPassword(name),
      id,
    );

  it('is the page’s own control', async () => {
    const { page, next } = await open('entra-passwordless', 'en');
    await drive(page, 'appear', '31');
    await next('number');
    expect(await press(page, 'entra-passwordless')).toBe('password');
    expect(outcomeOf(await next('ended'))).toBe('password');
    await page.close();
  });

  it('takes two steps where the password is in the list of other ways', async () => {
    const { page, next } = await open('okta-v3', 'en');
    await drive(page, 'appear', '52');
    await next('number');
    await page.evaluate(() => {
      const { fixture } = window as unknown as { fixture: { ways(): void } };
      document.querySelector('[data-se=switchAuthenticator]')?.addEventListener('click', () => {
        fixture.ways();
        document.querySelector('[data-se=okta_password] button')?.addEventListener('click', () => {
          document.body.dataset.asked = 'password';
        });
      });
    });
    expect(await press(page, 'okta-v3')).toBe('password');
    expect(await page.evaluate(() => document.body.dataset.asked)).toBe('password');
    await page.close();
  });

  it('ends at the list where a provider has no password there, and nowhere where it has no list', async () => {
    const duo = await open('duo-verified-push', 'en');
    await drive(duo.page, 'appear', '123456');
    await duo.next('number');
    expect(await press(duo.page, 'duo-verified-push')).toBe('other-way');
    await duo.page.close();
    const forgerock = await open('forgerock-push', 'en');
    await drive(forgerock.page, 'appear', '71');
    await forgerock.next('number');
    expect(await press(forgerock.page, 'forgerock-push')).toBe('none');
    await forgerock.page.close();
  });
});

describe('a decoy', () => {
  const pages = new Map<string, string>();
  let tab: Watched;
  beforeAll(async () => {
    tab = await openWatched(context, pages);
  });
  afterAll(() => tab.page.close());

  it.each(readPages('decoys'))('$name stays silent', async ({ html, url }) => {
    pages.set(keyOf(new URL(url)), html);
    tab.told.length = 0;
    await tab.page.goto(url);
    await settle(tab.page);
    expect(tab.told.filter(({ sighting }) => sighting.type === 'number' || sighting.type === 'stranger')).toEqual([]);
  });
});

describe('a look-alike', () => {
  it.concurrent.each(served)('is told as one: $what', async (row) => {
    const genuine = readPage('providers/entra-mfa.html');
    const pages = new Map([
      [keyOf(new URL(genuine.url)), genuine.html],
      [keyOf(new URL(row.url)), readPage(row.page).html],
    ]);
    const { page, told, next } = await openWatched(context, pages);
    await page.goto(row.url, { waitUntil: 'load' });
    const id = row.page.startsWith('providers/') ? row.provider : 'entra-mfa';
    const [number] = expectedOf(readPage(`providers/${id}.html`)).numbers;
    for (const frame of page.frames()) {
      await frame.evaluate(
        (shown) => (window as unknown as { fixture?: { appear(n: string): void } }).fixture?.appear(shown),
        number,
      );
    }
    const { sighting, place } = await next('stranger');
    expect(sighting.provider).toBe(row.provider);
    expect(admit(sighting, place, granted).suspicion).toBe(row.suspicion);
    expect(hostToShow(place.url)).toBe(row.host ?? new URL(place.url).hostname);
    expect(told.filter((one) => one.sighting.type === 'number')).toEqual([]);
    const provider = providerOf(row.provider);
    expect(provider && suspicionOf(provider, place, granted)).toBe(row.suspicion);
    await page.close();
  });
});
