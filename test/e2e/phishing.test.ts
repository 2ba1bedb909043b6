import { expect, it, onTestFinished } from 'vitest';
import type { Challenge } from '../../src/core/challenge.ts';
import { email, pick, type Scene } from './actions.ts';
import { TestSite } from './drivers/test-site.ts';
import { registeredPhone } from './scenes.ts';

/** A thief's server, which speaks to the real provider as a browser of its own. */
class Thief {
  readonly #provider: string;
  #cookies = '';

  constructor(provider: string) {
    this.#provider = provider;
  }

  async call(name: string, input: unknown): Promise<unknown> {
    const response = await fetch(`${this.#provider}/api/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: this.#provider, cookie: this.#cookies },
      body: JSON.stringify(input),
    });
    const set = response.headers.getSetCookie().map((cookie) => cookie.split(';')[0]);
    if (set.length > 0) this.#cookies = set.join('; ');
    return response.json();
  }

  /** The real number, for the page that passes itself off as the provider's. */
  async challenge(account: string): Promise<Extract<Challenge, { type: 'sign-in' }>> {
    const step = (await this.call('sign-in', { email: account })) as {
      challenge?: Extract<Challenge, { type: 'sign-in' }>;
    };
    if (!step.challenge) throw new Error(`no number: ${JSON.stringify(step)}`);
    return step.challenge;
  }

  /** Whether the provider takes this browser for the account's. */
  async isSignedIn(): Promise<boolean> {
    const response = await fetch(`${this.#provider}/api/overview`, { headers: { cookie: this.#cookies } });
    return ((await response.json()) as { state: string }).state === 'signed-in';
  }
}

async function fakePage({ world }: Scene) {
  const site = await TestSite.start();
  onTestFinished(() => site.stop());
  const page = await world.desktop.context.newPage();
  await page.goto(site.origin);
  return { site, page };
}

it('a page that proxies the real number gets no approval, and one that it gets from a phone registered there verifies nowhere', async () => {
  const scene = await registeredPhone();
  const { world, phone } = scene;
  const thief = new Thief(world.provider.origin);
  const { site, page } = await fakePage(scene);
  await site.ask(page, await thief.challenge(email));
  expect(await site.result(page)).toEqual({ end: 'failed', code: 'wrong-origin' });
  await phone.screen('warning');
  const warning = (await phone.page.locator('main').textContent()) ?? '';
  expect(warning).toContain(new URL(site.origin).host);
  expect(warning).toContain(new URL(world.provider.origin).host);
  expect(await phone.page.locator('[data-number]').count()).toBe(0);
  const popup = await world.desktop.openPopup();
  await popup.waitFor('main[data-screen="ended"][data-code="wrong-origin"]');
  await popup.close();
  await phone.dismiss();

  const random = (length: number) => Buffer.from(crypto.getRandomValues(new Uint8Array(length))).toString('base64url');
  const registration = {
    type: 'registration',
    id: random(16),
    nonce: random(32),
    site: 'Tandem ID',
    account: email,
    lifeMs: 60_000,
    userHandle: random(16),
  } as const;
  await site.ask(page, registration);
  await phone.page.getByRole('button', { name: 'Register this phone' }).click();
  expect(await site.result(page)).toEqual({ end: 'approved' });
  await phone.dismiss();

  const challenge = await thief.challenge(email);
  await site.ask(page, challenge);
  await phone.screen('request');
  expect(await phone.page.locator('main').textContent()).toContain(new URL(site.origin).host);
  await pick(phone, challenge.number);
  expect(await site.result(page)).toEqual({ end: 'approved' });
  const { answer } = await site.request(page);
  expect(await thief.call('sign-in/answer', { answer })).toEqual({ outcome: 'failed', code: 'approval-invalid' });
  expect(await thief.isSignedIn()).toBe(false);
});
