import { expect, it } from 'vitest';
import { email, openRequest, password, pick } from './actions.ts';
import { registeredPhone } from './scenes.ts';

it('goes on when the worker is killed: with the number in the popup, the password from it, and the phone’s answer', async () => {
  const scene = await registeredPhone();
  const { world, site, phone } = scene;
  const number = await openRequest(scene);
  await world.desktop.killWorker();
  const popup = await world.desktop.openPopup();
  await popup.waitFor(`main[data-stage="opened"][data-number="${number}"]`);
  await world.desktop.killWorker();
  await popup.click('[data-action="password"]');
  await site.enterPassword(password);
  expect(await site.method()).toBe('password');
  await popup.close();
  await phone.dismiss();
  await site.signOut();

  const next = await openRequest(scene);
  await world.desktop.killWorker();
  await pick(phone, next);
  expect(await site.method()).toBe('number');
  await phone.screen('result');
  expect(await phone.page.getByRole('heading').first().textContent()).toBe('Approved');
});

it('loses nothing when the relay is killed (kill -9): what it had stored before the phone came, and the answer, with the worker', async () => {
  const { world, site, phone } = await registeredPhone(email, { killable: true });
  await phone.page.goto('about:blank');
  await site.enterEmail(email);
  const number = await site.number();
  const popup = await world.desktop.openPopup();
  await popup.waitFor('main[data-stage="stored"][data-trouble="phone-not-woken"]');
  await popup.close();
  await site.page.getByText('Your phone could not be woken.').first().waitFor();
  await world.killable.kill();
  await world.killable.restart();
  await phone.page.goto(world.relay.origin);
  await phone.screen('request');

  await world.killable.kill();
  await world.desktop.killWorker();
  await pick(phone, number);
  await phone.screen('verifying');
  await world.killable.restart();
  expect(await site.method()).toBe('number');
});

it('shows the same request again when the phone’s page is reloaded, and withdraws it when its own page is closed', async () => {
  const scene = await registeredPhone();
  const { site, phone } = scene;
  const number = await openRequest(scene);
  await phone.page.reload();
  await phone.screen('request');
  await phone.page.locator(`[data-number="${number}"]`).waitFor();
  await site.page.close();
  await phone.screen('result');
  expect(await phone.page.locator('[data-number]').count()).toBe(0);
});
