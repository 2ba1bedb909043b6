import type { Phone } from './devices/phone.ts';
import type { Popup } from './devices/popup.ts';

/** What either device shows as six digits. */
export async function shownDigits(popup: Popup, phone: Phone): Promise<{ desktop: string; phone: string }> {
  await popup.waitFor('main[data-screen="digits"]');
  await phone.screen('digits');
  return {
    desktop: await popup.attribute('[data-digits]', 'data-digits'),
    phone: (await phone.page.locator('[data-digits]').getAttribute('data-digits')) ?? '',
  };
}

/** The pairing link that the popup offers, as its text. */
export async function offeredLink(popup: Popup): Promise<string> {
  await popup.waitFor('main[data-screen="pair"][data-step="offer"]');
  return popup.attribute('[data-link]', 'data-link');
}

/** Both people say that the digits are the same; resolves once both devices call themselves paired. */
export async function confirmDigits(popup: Popup, phone: Phone): Promise<void> {
  const digits = await shownDigits(popup, phone);
  if (digits.desktop !== digits.phone)
    throw new Error(`${digits.desktop} on the desktop, ${digits.phone} on the phone`);
  await popup.click('[data-action="match"]');
  await phone.page.getByRole('button', { name: 'They match' }).click();
  await popup.waitFor('main[data-screen="paired"]');
  await phone.screen('home');
}
