import { expect, it } from 'vitest';
import { email, openRequest, password, pick } from './actions.ts';
import { registeredPhone } from './scenes.ts';

it('goes on when the worker is killed while the phone is being waited for', async () => {
  const scene = await registeredPhone();
  const { world, site, phone } = scene;
  const number = await openRequest(scene);
  await world.desktop.killWorker();
  await pick(phone, number);
  expect(await site.method()).toBe('number');
  await phone.screen('result');
  expect(await phone.page.getByRole('heading').first().textContent()).toBe('Approved');
});

it('gives the password back from the popup of a worker that was just killed', async () => {
  const scene = await registeredPhone();
  const { world, site } = scene;
  await openRequest(scene);
  const popup = await world.desktop.openPopup();
  await popup.waitFor('main[data-stage="opened"]');
  await world.desktop.killWorker();
  await popup.click('[data-action="password"]');
  await site.enterPassword(password);
  expect(await site.method()).toBe('password');
});

it('shows what is going on in a popup opened after the worker was killed', async () => {
  const scene = await registeredPhone();
  const { world } = scene;
  const number = await openRequest(scene);
  await world.desktop.killWorker();
  const popup = await world.desktop.openPopup();
  await popup.waitFor(`main[data-stage="opened"][data-number="${number}"]`);
});

it('delivers what the relay had stored when it was killed (kill -9) before the phone came', async () => {
  const { world, site, phone } = await registeredPhone(email, { killable: true });
  await phone.page.goto('about:blank');
  await site.enterEmail(email);
  const number = await site.number();
  const popup = await world.desktop.openPopup();
  await popup.waitFor('main[data-stage="stored"]');
  await popup.close();
  await world.killable.kill();
  await world.killable.restart();
  await phone.page.goto(world.relay.origin);
  await phone.screen('request');
  await pick(phone, number);
  expect(await site.method()).toBe('number');
});

it('goes on when the relay is killed while the phone shows the numbers', async () => {
  const scene = await registeredPhone(email, { killable: true });
  const { world, site, phone } = scene;
  const number = await openRequest(scene);
  await world.killable.kill();
  await pick(phone, number);
  await phone.screen('verifying');
  await world.killable.restart();
  expect(await site.method()).toBe('number');
});

it('shows the same request again when the phone’s page is reloaded', async () => {
  const scene = await registeredPhone();
  const { site, phone } = scene;
  const number = await openRequest(scene);
  await phone.page.reload();
  await phone.screen('request');
  await pick(phone, number);
  expect(await site.method()).toBe('number');
});

it('withdraws the request when its page is closed', async () => {
  const scene = await registeredPhone();
  const { site, phone } = scene;
  await openRequest(scene);
  await site.page.close();
  await phone.screen('result');
  expect(await phone.page.locator('[data-number]').count()).toBe(0);
});
