import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Phone, PhoneOptions } from '../../src/demo/devices/phone.ts';
import { faults } from './drivers/faults.ts';
import { observed, PhoneWorld, signIn } from './drivers/phone.ts';

let world: PhoneWorld;

beforeAll(async () => {
  world = await PhoneWorld.open();
});

afterAll(() => world.close());

const buttons = ({ page }: Phone) => page.getByRole('button').allTextContents();

describe('the number of another app, on the phone', () => {
  it('is shown with the app to open and nothing to approve, over a reload, until the page shows the end', async () => {
    const { phone, browser } = await world.registered();
    const answers = browser.heard('answer');
    const request = observed(browser);
    await browser.ask(request);
    await phone.screen('observed');
    await browser.receipt(request.id, 'received');
    await browser.receipt(request.id, 'opened');
    await phone.page.reload();
    await phone.screen('observed');
    const main = phone.page.locator('main');
    expect(await main.locator('[data-number="07"]').textContent()).toBe('07');
    const told = await main.textContent();
    for (const text of ['Open Microsoft Authenticator', 'https://login.microsoftonline.com', request.account]) {
      expect(told).toContain(text);
    }
    expect(await main.getByRole('timer').count()).toBe(1);
    expect(await buttons(phone)).toEqual(['Close']);

    await browser.show(request.id, 'approved');
    await phone.screen('result');
    expect(await main.getByRole('heading').first().textContent()).toBe('Approved');
    expect(await main.getByRole('timer').count()).toBe(0);
    expect(await buttons(phone)).toEqual(['Close']);
    expect(browser.heard('answer')).toBe(answers);
    await phone.close();
  });

  it('stays on the computer where the person keeps it there, and waits behind a sign-in that this phone answers', async () => {
    const { phone, browser } = await world.registered();
    await browser.ask(observed(browser, { number: undefined }));
    await phone.screen('observed');
    expect(await phone.page.locator('h1').textContent()).toBe('A sign-in is waiting: the number is on your computer');
    expect(await phone.page.locator('[data-number]').count()).toBe(0);
    const native = signIn(browser);
    await browser.ask(native);
    await phone.screen('request');
    await phone.page.getByRole('button', { name: 'By mistake' }).click();
    await phone.screen('result');
    await phone.page.getByRole('button', { name: 'Close' }).click();
    await phone.screen('observed');
    await phone.page.getByRole('button', { name: 'Close' }).click();
    await phone.screen('home');
    await phone.close();
  });
});

/** What is awkward to show: eight digits, any of three apps, a letter, a long account, no number at all. */
const shapes: Parameters<typeof observed>[1][] = [
  { number: '00123456' },
  { number: '7', direction: 'choose', apps: ['Google', 'Gmail', 'YouTube'] },
  { number: 'W', direction: 'compare', apps: [] },
  { account: `${'a'.repeat(66)}@login.example` },
  { account: undefined, number: undefined },
];

describe.each<[string, PhoneOptions]>([
  ['English, dark, 430 px', { colorScheme: 'dark', viewport: { width: 430, height: 932 } }],
  ['German, light, 320 px', { language: 'de-DE', viewport: { width: 320, height: 568 } }],
  ['Arabic, dark, 320 px', { language: 'ar', colorScheme: 'dark', viewport: { width: 320, height: 568 } }],
])('the number of another app in %s', (_, options) => {
  it('has no fault that axe-core knows, and fits', async () => {
    const { phone, browser } = await world.paired(options);
    const found: string[] = [];
    const look = async (at: string) => {
      await phone.screen(at);
      found.push(...(await faults(phone)));
    };
    for (const [at, of] of shapes.entries()) {
      const request = observed(browser, of);
      await browser.ask(request);
      await look('observed');
      await browser.show(request.id, 'failed', 'denied-or-timed-out');
      await phone.screen('result');
      // The number is gone from it: only accounts differ, and the last shape has none.
      if (at >= shapes.length - 2) await look('result');
      await phone.page.locator('.screen-actions button').click();
      await phone.screen('home');
    }
    expect(found).toEqual([]);
    await phone.close();
  });
});
