import { expect, it } from 'vitest';
import { email, openRequest, pairedPhone, password, pick, type, wrongNumber } from './actions.ts';
import { registeredPhone } from './scenes.ts';

it('signs in by the number, and says so on page, popup and phone', async () => {
  const scene = await registeredPhone();
  const { world, site, phone } = scene;
  // Paired as well, and registered for nothing: it is no obstacle, and says what it would take.
  const before = await world.desktop.openPopup();
  await before.click('[data-action="close"]');
  await before.close();
  const other = await pairedPhone(world);
  const number = await openRequest(scene);
  await other.screen('warning');
  await other.page.getByText('register the phone under').waitFor();
  const popup = await world.desktop.openPopup();
  await popup.waitFor(`main[data-screen="request"][data-stage="opened"][data-number="${number}"]`);
  const worker = await world.desktop.worker();
  expect(await worker.evaluate('chrome.action.getBadgeText({})')).toBe(number);
  await pick(phone, number);
  expect(await site.method()).toBe('number');
  await popup.waitFor('main[data-screen="ended"][data-end="approved"]');
  await phone.screen('result');
  expect(await phone.page.getByRole('heading').first().textContent()).toBe('Approved');
  expect(await worker.evaluate('chrome.action.getBadgeText({})')).toBe('');
});

it('ends the request at a wrong number, with no second guess, and keeps it open when the user is not verified', async () => {
  const scene = await registeredPhone();
  const { site, phone } = scene;
  const number = await openRequest(scene);
  await pick(phone, await wrongNumber(phone, number));
  await site.screen('ended');
  await phone.screen('result');
  expect(await phone.page.locator('[data-number]').count()).toBe(0);

  await site.askAgain();
  await phone.screen('request');
  const next = await site.number();
  await phone.verifiesUser(false);
  await pick(phone, next);
  await phone.page.locator('.notice').waitFor();
  await phone.verifiesUser(true);
  await pick(phone, next);
  expect(await site.method()).toBe('number');
});

it('lets the phone say “By mistake”, and take another request, and “It wasn’t me”, for the password from then on', async () => {
  const scene = await registeredPhone();
  const { world, site, phone } = scene;
  await openRequest(scene);
  await phone.page.getByRole('button', { name: 'By mistake' }).click();
  await site.screen('ended');
  await phone.screen('result');

  await site.askAgain();
  await phone.screen('request');
  await phone.page.getByRole('button', { name: 'It wasn’t me' }).click();
  await site.screen('ended');
  await phone.screen('result');
  const popup = await world.desktop.openPopup();
  await popup.waitFor('main[data-screen="ended"][data-end="denied"][data-reason="not-me"]');
  await site.open();
  await site.enterEmail(email);
  await site.enterPassword(password);
  expect(await site.method()).toBe('password');
});

it('times out after 60 s without an answer, and offers another request and the password', async () => {
  const scene = await registeredPhone();
  const { world, site, phone } = scene;
  await site.page.clock.install();
  await site.open();
  const number = await openRequest(scene);
  world.pass(60_000);
  await site.page.clock.fastForward(60_000);
  await site.screen('ended');
  expect(await site.page.getByRole('heading', { level: 1 }).textContent()).toContain('Request timeout');
  await phone.screen('result');
  expect(await phone.page.locator(`[data-number="${number}"]`).count()).toBe(0);
  const popup = await world.desktop.openPopup();
  await popup.waitFor('main[data-screen="ended"][data-end="timed-out"]');
  await popup.close();
  await site.usePassword();
  await site.enterPassword(password);
  expect(await site.method()).toBe('password');
});

it('lets the newer of two requests for an account supersede the older, with numbers that are typed', async () => {
  const scene = await registeredPhone(email, { typedNumbers: true });
  const { world, site, phone } = scene;
  await openRequest(scene);
  const second = await world.signInPage();
  await second.open();
  await second.enterEmail(email);
  const newer = await second.number();
  await site.screen('ended');
  await phone.screen('request');
  expect(await phone.page.locator('[data-number]').count()).toBe(0);
  await type(phone, newer);
  expect(await second.method()).toBe('number');
});
