import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { asking, PhoneWorld, signIn } from './drivers/phone.ts';

let world: PhoneWorld;

beforeAll(async () => {
  world = await PhoneWorld.open();
});

afterAll(() => world.close());

it('gives the history away as a file, clears it, and unregisters an account after a warning', async () => {
  const { phone, browser } = await world.registered();
  const { page } = phone;
  await page.getByRole('button', { name: 'History' }).click();
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save as CSV' }).click();
  const csv = await readFile(await (await downloading).path(), 'utf8');
  expect(csv).toContain(`"registration","${asking.origin}","${asking.site}","${asking.account}"`);
  await page.getByRole('button', { name: 'Clear history' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Clear history' }).click();
  await page.getByText('Nothing yet').waitFor();
  await page.getByRole('button', { name: 'Back' }).click();

  // The system's way back leads home, and takes nothing from a request that lies over it.
  const accounts = page.getByRole('button', { name: /^Registered accounts/ });
  const entries = () => page.evaluate(() => history.length);
  const before = await entries();
  await accounts.click();
  await phone.screen('accounts');
  const over = signIn(browser);
  await browser.ask(over);
  await phone.screen('request');
  await page.goBack();
  expect(await page.locator('[data-number]').count()).toBe(3);
  await browser.say({ kind: 'withdraw', id: over.id, reason: 'gone' });
  await phone.screen('result');
  await phone.dismiss();
  await page.goForward();
  await phone.screen('accounts');
  await page.reload();
  await phone.screen('accounts');
  await page.goBack();
  await phone.screen('home');
  await accounts.click();
  expect(await entries()).toBe(before);
  await page.getByRole('button', { name: /^Unregister/ }).click();
  await page.getByRole('alertdialog').getByText('goes on asking this phone').waitFor();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Unregister' }).click();
  await page.getByText('None yet').waitFor();
  const ask = signIn(browser);
  await browser.ask(ask);
  expect(await browser.answer(ask.id)).toMatchObject({ decision: 'cannot', code: 'no-registration' });
  await phone.screen('warning');
  await phone.close();
});
