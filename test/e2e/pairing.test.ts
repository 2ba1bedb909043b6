import { expect, it } from 'vitest';
import { confirmDigits, shownDigits } from '../../src/demo/pairing.ts';
import { readQr } from '../../src/demo/read-qr.ts';
import { pairedPhone, popupWithCode } from './actions.ts';
import { emptyWorld } from './scenes.ts';

it('offers the same link as QR and as text, with nothing of it in a query', async () => {
  const world = await emptyWorld();
  const { popup, link } = await popupWithCode(world);
  const picture = await popup.screenshot();
  expect(await readQr(await world.desktop.context.newPage(), picture)).toBe(link);
  const url = new URL(link);
  expect(url.origin).toBe(world.relay.origin);
  expect(url.search).toBe('');
  const phone = await world.openPhone(link);
  await phone.screen('digits');
  expect(new URL(phone.page.url()).hash).toBe('');
});

it('refuses a second phone that scans the code, and tells the desktop', async () => {
  const world = await emptyWorld();
  const { popup, link } = await popupWithCode(world);
  const first = await world.openPhone(link);
  await shownDigits(popup, first);
  const second = await world.openPhone(link);
  await second.screen('pairing');
  await second.page.getByRole('alert').waitFor();
  await popup.waitFor('[data-screen="pair"] .notice, [data-screen="pair-failed"]');
});

it('finds a phone that scans the code of its own pairing once more already paired', async () => {
  const world = await emptyWorld();
  const { popup, link } = await popupWithCode(world);
  const phone = await world.openPhone(link);
  await confirmDigits(popup, phone);
  await phone.page.goto('about:blank');
  await phone.page.goto(link);
  await phone.screen('home');
  await phone.page.getByText('already paired').waitFor();
});

it('pairs nothing when the digits are refused on the desktop', async () => {
  const world = await emptyWorld();
  const { popup, link } = await popupWithCode(world);
  const phone = await world.openPhone(link);
  await shownDigits(popup, phone);
  await popup.click('[data-action="differ"]');
  await popup.waitFor('main[data-screen="pair-failed"][data-code="digits-refused"]');
  await phone.screen('pairing');
  await phone.page.getByRole('alert').waitFor();
});

it('pairs nothing when the digits are refused on the phone', async () => {
  const world = await emptyWorld();
  const { popup, link } = await popupWithCode(world);
  const phone = await world.openPhone(link);
  await shownDigits(popup, phone);
  await popup.click('[data-action="match"]');
  await phone.page.getByRole('button', { name: 'They differ' }).click();
  await popup.waitFor('main[data-screen="pair-failed"][data-code="digits-refused"]');
});

it('says at once what is wrong with a link that is cut off, or from another relay', async () => {
  const world = await emptyWorld();
  const { link } = await popupWithCode(world);
  const cut = await world.openPhone(link.slice(0, -9));
  await cut.page.getByRole('alert').waitFor();
});

it('unpairs from the phone, and the desktop says so', async () => {
  const world = await emptyWorld();
  const phone = await pairedPhone(world);
  await phone.page.getByRole('button', { name: /^Paired browsers/ }).click();
  await phone.page.getByRole('button', { name: /^Unpair/ }).click();
  await phone.page.getByRole('alertdialog').getByRole('button', { name: 'Unpair' }).click();
  const popup = await world.desktop.openPopup();
  await popup.waitFor('main[data-screen="idle"][data-phones="0"]');
});
