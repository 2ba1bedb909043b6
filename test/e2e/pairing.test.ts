import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Phone } from '../../src/demo/devices/phone.ts';
import { confirmDigits, offeredLink, shownDigits } from '../../src/demo/pairing.ts';
import { pairedPhone, popupWithCode } from './actions.ts';
import { emptyWorld } from './scenes.ts';
import type { World } from './world.ts';

it('offers one link for one phone, as QR for the app’s own scanner and as text', async () => {
  const world = await emptyWorld();
  const { popup, link } = await popupWithCode(world);
  const { data } = await popup.send<{ data: string }>('Page.captureScreenshot', { format: 'jpeg', quality: 90 });
  const url = new URL(link);
  expect(url.origin).toBe(world.relay.origin);
  expect(url.search).toBe('');
  const cutOff = await world.openPhone(link.slice(0, -9));
  await cutOff.page.getByRole('alert').waitFor();

  const first = await phoneWithCamera(world, Buffer.from(data, 'base64'));
  await first.page.getByRole('button', { name: 'Scan the code here' }).click();
  await shownDigits(popup, first);
  const second = await world.openPhone(link);
  await second.screen('pairing');
  expect(new URL(second.page.url()).hash).toBe('');
  await second.page.getByRole('alert').waitFor();
  await popup.waitFor('[data-screen="pair"] .notice, [data-screen="pair-failed"]');
});

/** A phone whose camera sees a picture, of JPEG. */
async function phoneWithCamera(world: World, sees: Buffer): Promise<Phone> {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-camera-'));
  const picture = join(folder, 'popup.mjpeg');
  writeFileSync(picture, sees);
  const browser = await Phone.browser(true, [
    '--use-fake-device-for-media-stream',
    `--use-file-for-fake-video-capture=${picture}`,
  ]);
  onTestFinished(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });
  return Phone.open(browser, world.relay.origin, { permissions: ['camera'], reducedMotion: 'reduce' });
}

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
