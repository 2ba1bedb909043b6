import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Phone } from '../../src/demo/devices/phone.ts';
import { confirmDigits } from '../../src/demo/pairing.ts';
import { popupWithCode } from './actions.ts';
import { emptyWorld } from './scenes.ts';

it('pairs by the picture of the real popup in the app’s own scanner, and says what to do without a camera', async () => {
  const world = await emptyWorld();
  const { popup } = await popupWithCode(world);
  const { data } = await popup.send<{ data: string }>('Page.captureScreenshot', { format: 'jpeg', quality: 90 });
  const folder = mkdtempSync(join(tmpdir(), 'tandem-camera-'));
  const picture = join(folder, 'popup.mjpeg');
  writeFileSync(picture, Buffer.from(data, 'base64'));
  const browser = await Phone.browser(true, [
    '--use-fake-device-for-media-stream',
    `--use-file-for-fake-video-capture=${picture}`,
  ]);
  onTestFinished(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });
  const phone = await Phone.open(browser, world.relay.origin, { permissions: ['camera'] });
  await phone.screen('home');
  await phone.page.getByRole('button', { name: 'Scan the code here' }).click();
  await phone.screen('digits');
  await confirmDigits(popup, phone);
  await phone.page.getByRole('button', { name: /^Paired browsers/ }).waitFor();

  const without = await world.openPhone();
  await without.page.getByRole('button', { name: 'Scan the code here' }).click();
  await without.screen('scan');
  await without.page.getByText('paste').first().waitFor();
  await without.page.getByRole('status').getByText('camera').first().waitFor();
  expect(await without.page.locator('video').isVisible()).toBe(false);
  await without.page.getByRole('textbox').fill('https://example.org/');
  await without.page.getByRole('button', { name: 'Pair', exact: true }).click();
  await without.page.getByText('This is not a Tandem pairing code').waitFor();
});
