import { expect, it } from 'vitest';
import { confirmDigits, offeredLink, shownDigits } from '../../src/demo/pairing.ts';
import { readQr } from '../../src/demo/read-qr.ts';
import { pairedPhone, popupWithCode } from './actions.ts';
import { emptyWorld } from './scenes.ts';

it('offers one link as QR and as text, for one phone', async () => {
  const world = await emptyWorld();
  const { popup, link } = await popupWithCode(world);
  const picture = await popup.screenshot();
  const url = new URL(link);
  expect(url.origin).toBe(world.relay.origin);
  expect(url.search).toBe('');
  const cutOff = await world.openPhone(link.slice(0, -9));
  await cutOff.page.getByRole('alert').waitFor();

  const first = await world.openPhone(link);
  await shownDigits(popup, first);
  expect(new URL(first.page.url()).hash).toBe('');
  const second = await world.openPhone(link);
  await second.screen('pairing');
  await second.page.getByRole('alert').waitFor();
  await popup.waitFor('[data-screen="pair"] .notice, [data-screen="pair-failed"]');
  expect(await readQr(await world.desktop.context.newPage(), picture)).toBe(link);
});

it('pairs nothing when the digits are refused on either side', async () => {
  const world = await emptyWorld();
  const { popup, link } = await popupWithCode(world);
  const phone = await world.openPhone(link);
  await shownDigits(popup, phone);
  await popup.click('[data-action="differ"]');
  await popup.waitFor('main[data-screen="pair-failed"][data-code="digits-refused"]');
  await phone.screen('pairing');
  await phone.page.getByRole('alert').waitFor();

  await popup.click('[data-action="pair"]');
  const other = await world.openPhone(await offeredLink(popup));
  await shownDigits(popup, other);
  await popup.click('[data-action="match"]');
  await other.page.getByRole('button', { name: 'They differ' }).click();
  await popup.waitFor('main[data-screen="pair-failed"][data-code="digits-refused"]');
});

it('pairs two phones, finds one that scans its own code once more already paired, and unpairs it alone', async () => {
  const world = await emptyWorld();
  const { popup, link } = await popupWithCode(world);
  const phone = await world.openPhone(link);
  await confirmDigits(popup, phone);
  await popup.click('[data-action="done"]');
  await popup.close();
  await phone.page.goto('about:blank');
  await phone.page.goto(link);
  await phone.screen('home');
  await phone.page.getByText('already paired').waitFor();

  const other = await pairedPhone(world);
  await phone.page.getByText('has been paired with another phone').waitFor();
  await phone.page.getByRole('button', { name: /^Paired browsers/ }).click();
  await phone.page.getByRole('button', { name: /^Rename/ }).click();
  await phone.page.getByRole('textbox', { name: 'What you call it' }).fill('The one at work');
  await phone.page.keyboard.press('Enter');
  await phone.page.getByText('The one at work').waitFor();
  await phone.page.getByRole('button', { name: /^Unpair/ }).click();
  await phone.page.getByRole('alertdialog').getByRole('button', { name: 'Unpair' }).click();
  const after = await world.desktop.openPopup();
  await after.waitFor('main[data-screen="idle"][data-phones="1"]');
  await other.page.getByRole('button', { name: /^Paired browsers/ }).waitFor();
});
