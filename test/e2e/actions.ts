import type { Phone } from '../../src/demo/devices/phone.ts';
import type { Popup } from '../../src/demo/devices/popup.ts';
import { confirmDigits, offeredLink } from '../../src/demo/pairing.ts';
import type { SignInPage } from '../../src/demo/sign-in-page.ts';
import type { Call } from '../../src/identity-provider/api-contract.ts';
import type { World } from './world.ts';

export const email = 'ada@example.com';
export const password = 'a password for the last time';

/** The popup with a pairing code. */
export async function popupWithCode(world: World): Promise<{ popup: Popup; link: string }> {
  const popup = await world.desktop.openPopup();
  await popup.click('[data-action="pair"]');
  return { popup, link: await offeredLink(popup) };
}

/** A phone that is paired with the desktop. */
export async function pairedPhone(world: World): Promise<Phone> {
  const { popup, link } = await popupWithCode(world);
  const phone = await world.openPhone(link);
  await confirmDigits(popup, phone);
  await popup.click('[data-action="done"]');
  await popup.close();
  return phone;
}

export interface Scene {
  world: World;
  site: SignInPage;
  phone: Phone;
}

/** A call of the identity provider's pages, from the desktop's browser. */
async function call({ desktop, provider }: World, name: Call, input: object | null): Promise<void> {
  const { origin } = provider;
  const response = await desktop.context.request.post(`${origin}/api/${name}`, {
    headers: { origin, 'content-type': 'application/json' },
    data: JSON.stringify(input),
  });
  if (!response.ok()) throw new Error(`${name}: ${response.status()} ${await response.text()}`);
}

/** Up to where every sign-in without a password begins: an account, a paired phone that is registered for it, signed out. */
export async function setScene(world: World, account = email): Promise<Scene> {
  const site = await world.signInPage();
  await call(world, 'sign-up', { email: account, password });
  await site.open();
  const phone = await pairedPhone(world);
  await site.addPhone();
  await phone.page.getByRole('button', { name: 'Register this phone' }).click();
  await site.phoneAdded();
  await phone.screen('result');
  await phone.dismiss();
  await call(world, 'sign-out', null);
  await site.open();
  return { world, site, phone };
}

/** A sign-in whose number is on the page and on the phone. */
export async function openRequest(scene: Scene, account = email): Promise<string> {
  await scene.site.enterEmail(account);
  const number = await scene.site.number();
  await scene.phone.screen('request');
  return number;
}

/** Picks a number on the phone. */
export async function pick(phone: Phone, number: string): Promise<void> {
  await phone.page.locator(`[data-number="${number}"]`).click();
}

/** Types a number on the phone, where the provider's policy asks for that. */
export async function type(phone: Phone, number: string): Promise<void> {
  await phone.page.locator('input[name="number"]').fill(number);
  await phone.page.getByRole('button', { name: 'Approve' }).click();
}

/** One of the three numbers that is not the right one. */
export async function wrongNumber(phone: Phone, right: string): Promise<string> {
  const shown = await phone.page
    .locator('[data-number]')
    .evaluateAll((buttons) => buttons.map((button) => button.getAttribute('data-number') ?? ''));
  const wrong = shown.find((number) => number !== right);
  if (shown.length !== 3 || !shown.includes(right) || wrong === undefined) {
    throw new Error(`the phone shows ${shown.join(', ')}`);
  }
  return wrong;
}
