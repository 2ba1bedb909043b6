import type { Page } from 'playwright-core';
import decodeQr from 'qr/decode.js';

/** What the QR in a picture says, read as a phone's camera would read it. `page`: any page, for its picture decoder. */
export async function readQr(page: Page, png: Buffer): Promise<string> {
  const { width, height, encoded } = await page.evaluate(async (source) => {
    const picture = new Image();
    picture.src = `data:image/png;base64,${source}`;
    await picture.decode();
    const canvas = new OffscreenCanvas(picture.width, picture.height);
    const context = canvas.getContext('2d');
    if (!context) throw new Error('no canvas');
    context.drawImage(picture, 0, 0);
    const { data } = context.getImageData(0, 0, picture.width, picture.height);
    let binary = '';
    for (const byte of data) binary += String.fromCharCode(byte);
    return { width: picture.width, height: picture.height, encoded: btoa(binary) };
  }, png.toString('base64'));
  return decodeQr({ width, height, data: new Uint8Array(Buffer.from(encoded, 'base64')) });
}
