import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Desktop } from './devices/desktop.ts';
import { Phone } from './devices/phone.ts';
import { confirmDigits } from './pairing.ts';
import { readQr } from './read-qr.ts';
import type { Servers } from './servers.ts';
import { SignInPage } from './sign-in-page.ts';
import type { Steps } from './steps.ts';

const email = 'ada@example.com';
const password = 'a password for the last time';

export interface TourOptions {
  servers: Pick<Servers, 'relay' | 'provider'>;
  /** Folder of the built extension. */
  extension: string;
  /** Where screenshots go; what is there is replaced. */
  folder: string;
  steps: Steps;
}

/** A whole sign-in without a person: pairing by the QR, registration, sign-in. Gives how many screenshots were saved. */
export async function playTour({ servers, extension, folder, steps }: TourOptions): Promise<number> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  let saved = 0;
  const save = (name: string, png: Buffer) => {
    saved += 1;
    writeFileSync(join(folder, `${String(saved).padStart(2, '0')}-${name}.png`), png);
  };

  const desktop = await steps.do('Chromium starts with the extension', () =>
    Desktop.launch({ extension, headless: true, language: 'en' }),
  );
  const phones = await Phone.browser(true);
  try {
    const site = new SignInPage(await desktop.context.newPage(), servers.provider);

    await steps.do('An account is created with a password', () => site.createAccount(email, password));
    save('page-account', await site.page.screenshot());

    const pairing = await desktop.openPopup();
    await steps.do('The popup shows a pairing code', async () => {
      save('popup-nothing-waiting', await pairing.screenshotOf('main[data-screen="idle"]'));
      await pairing.click('[data-action="pair"]');
      save('popup-pairing-code', await pairing.screenshotOf('main[data-step="offer"] .qr[data-link]'));
    });
    const link = await steps.do('The code is read from the picture of the popup', async () =>
      readQr(site.page, await pairing.screenshot()),
    );
    const phone = await steps.do('The phone opens the link and both show six digits', async () => {
      const opened = await Phone.open(phones, link, { language: 'en' });
      await opened.screen('digits');
      save('phone-digits', await opened.page.screenshot());
      save('popup-digits', await pairing.screenshotOf('main[data-screen="digits"]'));
      return opened;
    });
    await steps.do('The digits are the same, and confirmed on both', () => confirmDigits(pairing, phone));
    save('popup-paired', await pairing.screenshot());
    save('phone-paired', await phone.page.screenshot());
    await pairing.click('[data-action="done"]');
    await pairing.close();

    await steps.do('The page asks the phone to register', async () => {
      await site.addPhone();
      await phone.screen('request');
      save('phone-register', await phone.page.screenshot());
    });
    await steps.do('The phone verifies its user and is registered', async () => {
      await phone.page.getByRole('button', { name: 'Register this phone' }).click();
      await site.phoneAdded();
      await phone.screen('result');
      save('page-phone-added', await site.page.screenshot());
      save('phone-registered', await phone.page.screenshot());
      await phone.dismiss();
    });
    await steps.do('Signed out again', () => site.signOut());

    const number = await steps.do('An e-mail address brings up a number', async () => {
      await site.enterEmail(email);
      return site.number();
    });
    await steps.do('The phone shows the request', async () => {
      await phone.screen('request');
      save('phone-request', await phone.page.screenshot());
      save('page-number', await site.page.screenshot());
    });
    await steps.do('The popup shows the number and that the phone has it open', async () => {
      const popup = await desktop.openPopup();
      await popup.waitFor('main[data-screen="request"][data-stage="opened"]');
      save('popup-number', await popup.screenshot());
      await popup.close();
    });
    await steps.do('The number is picked, the user verified, the page signed in', async () => {
      await phone.page.locator(`[data-number="${number}"]`).click();
      if ((await site.method()) !== 'number') throw new Error('signed in, but not by number');
    });
    save('page-signed-in', await site.page.screenshot());
    await phone.screen('result');
    save('phone-approved', await phone.page.screenshot());
    return saved;
  } finally {
    await phones.close();
    await desktop.close();
  }
}
