import { verifyAuthenticationResponse, verifyRegistrationResponse } from '@simplewebauthn/server';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { base64url, fromBase64url } from '../../src/core/bytes.ts';
import type { Answer } from '../../src/core/messages.ts';
import { statementHash } from '../../src/core/statement.ts';
import type { Phone, PhoneOptions } from '../../src/demo/devices/phone.ts';
import type { BrowserHalf } from '../phone/browser-half.ts';
import { faults } from './drivers/faults.ts';
import { PhoneWorld, registration, signIn } from './drivers/phone.ts';

type Given<Decision extends Answer['decision']> = Extract<Answer, { decision: Decision }>;

const dayMs = 24 * 3_600_000;

let world: PhoneWorld;

beforeAll(async () => {
  world = await PhoneWorld.open();
});

afterAll(() => world.close());

async function number(page: Page, which: string): Promise<void> {
  await page.locator(`[data-number="${which}"]`).click();
}

async function screenOf(page: Page, name: string): Promise<void> {
  await page.locator(`main[data-screen="${name}"]`).waitFor();
}

describe('the phone app in a browser', () => {
  it('takes the link out of the address bar and pairs', async () => {
    const browser = await world.newBrowser('Firefox on Linux');
    const phone = await world.openPhone(await browser.offer());
    expect(phone.page.url()).toBe(`${world.relay.origin}/`);
    await phone.screen('digits');
    const { digits } = await browser.digits();
    expect(await phone.page.locator('[data-digits]').getAttribute('data-digits')).toBe(digits);
    await phone.page.getByRole('button', { name: 'They match' }).click();
    await browser.confirm();
    await phone.screen('home');
    await phone.page.getByText('Paired with Firefox on Linux').waitFor();
    await phone.close();
  });

  it('pairs by a pasted link', async () => {
    const browser = await world.newBrowser();
    const phone = await world.openPhone();
    await phone.page.getByRole('textbox').fill(await browser.offer());
    await phone.page.getByRole('button', { name: 'Pair' }).click();
    await phone.screen('digits');
    await phone.close();
  });

  it('registers and approves so that a provider can verify it, and nothing else', async () => {
    const { phone, browser, request, attestation } = await world.registered();
    const { id, nonce, origin, account } = request;
    const made = attestation as Given<'register'>;
    const expected = { expectedOrigin: world.relay.origin, expectedRPID: 'localhost', requireUserVerification: true };
    const registered = await verifyRegistrationResponse({
      ...expected,
      response: {
        id: made.credentialId,
        rawId: made.credentialId,
        type: 'public-key',
        clientExtensionResults: {},
        response: {
          clientDataJSON: made.clientDataJSON,
          attestationObject: made.attestationObject,
          transports: made.transports as never,
        },
      },
      expectedChallenge: base64url(statementHash({ id, nonce, origin, account, decision: 'register', number: '' })),
    });
    const credential = registered.registrationInfo?.credential;
    if (!credential) throw new Error('the registration does not verify');

    const ask = signIn(browser);
    await browser.ask(ask);
    await phone.screen('request');
    await number(phone.page, '42');
    const given = (await browser.answer(ask.id)) as Given<'approve'>;
    await phone.screen('verifying');
    const verify = (picked: string) =>
      verifyAuthenticationResponse({
        ...expected,
        credential,
        response: {
          id: given.credentialId,
          rawId: given.credentialId,
          type: 'public-key',
          clientExtensionResults: {},
          response: {
            clientDataJSON: given.clientDataJSON,
            authenticatorData: given.authenticatorData,
            signature: given.signature,
          },
        },
        expectedChallenge: base64url(
          statementHash({ id: ask.id, nonce: ask.nonce, origin, account, decision: 'approve', number: picked }),
        ),
      });
    expect((await verify('42')).verified).toBe(true);
    await expect(verify('17')).rejects.toThrow('challenge');
    expect(fromBase64url(given.authenticatorData)[32]).toBe(0x05);
    await browser.conclude(ask.id, 'approved');
    await phone.screen('result');
    expect(await phone.page.getByRole('heading').first().textContent()).toBe('Approved');
    await phone.close();
  });
});

describe('a registered phone', () => {
  let phone: Phone;
  let browser: BrowserHalf;
  beforeAll(async () => {
    ({ phone, browser } = await world.registered());
  });
  afterAll(() => phone.close());

  async function window(): Promise<Page> {
    const page = await phone.context.newPage();
    await page.goto(world.relay.origin);
    return page;
  }

  it('leaves nothing to tap when a request is withdrawn', async () => {
    const ask = signIn(browser);
    await browser.ask(ask);
    await phone.screen('request');
    await browser.say({ kind: 'withdraw', id: ask.id, reason: 'password' });
    await phone.screen('result');
    expect(await phone.page.getByRole('button').allTextContents()).toEqual(['Close']);
    await phone.dismiss();
  });

  it('keeps the request when the person was not verified, also over a reload', async () => {
    const ask = signIn(browser);
    await browser.ask(ask);
    await phone.screen('request');
    await phone.verifiesUser(false);
    await number(phone.page, '86');
    await phone.page.getByRole('alert').waitFor();
    await phone.page.reload();
    await phone.screen('request');
    await phone.verifiesUser(true);
    await number(phone.page, '86');
    expect(await browser.answer(ask.id)).toMatchObject({ decision: 'approve', chosen: '86' });
    await browser.conclude(ask.id, 'approved');
    await phone.dismiss();
  });

  it('has the pairing and the request in the one of two windows that the person turns to', async () => {
    const ask = signIn(browser);
    await browser.ask(ask);
    await phone.screen('request');
    const other = await window();
    await screenOf(other, 'request');
    await phone.screen('elsewhere');
    expect(await phone.page.locator('[data-number]').count()).toBe(0);
    await phone.page.getByRole('button', { name: 'Use this window' }).click();
    await phone.screen('request');
    await screenOf(other, 'elsewhere');
    await number(phone.page, '17');
    expect(await browser.answer(ask.id)).toMatchObject({ chosen: '17' });
    await browser.conclude(ask.id, 'approved');
    await phone.dismiss();
    await other.close();
  });

  it('says on both sides that there is nothing to verify the person with', async () => {
    // The virtual authenticator belongs to the first window alone.
    const bare = await window();
    await screenOf(bare, 'home');
    const ask = signIn(browser);
    await browser.ask(ask);
    await screenOf(bare, 'request');
    await number(bare, '17');
    const code = 'verification-unavailable';
    expect(await browser.answer(ask.id)).toMatchObject({ decision: 'cannot', code });
    await screenOf(bare, 'result');
    await bare.getByRole('button', { name: 'Close' }).click();
    await screenOf(bare, 'home');
    await bare.close();
  });

  it('does not wait for a window that is frozen', async () => {
    const freeze = () => {
      Object.defineProperty(BroadcastChannel.prototype, 'onmessage', { set: () => undefined });
    };
    await phone.page.addInitScript(freeze);
    await phone.page.reload();
    await phone.screen('home');
    const other = await window();
    await screenOf(other, 'home');
    await phone.screen('elsewhere');
  });
});

describe('a browser in which the phone app cannot work', () => {
  it('is told that https is needed', async () => {
    const { context } = await world.openPhone();
    await context.route('http://phone.example/**', async (route) => {
      const { pathname } = new URL(route.request().url());
      await route.fulfill({ response: await route.fetch({ url: `${world.relay.origin}${pathname}` }) });
    });
    const page = await context.newPage();
    await page.goto('http://phone.example/');
    await screenOf(page, 'warning');
    expect(await page.locator('main').textContent()).toContain('https://');
    expect(await faults({ page })).toEqual([]);
    await context.close();
  });
});

describe.each<[string, PhoneOptions]>([
  ['English, light, 430 px', { viewport: { width: 430, height: 932 } }],
  ['German, dark, 320 px', { language: 'de-DE', colorScheme: 'dark', viewport: { width: 320, height: 568 } }],
  ['Arabic, light, 320 px', { language: 'ar', viewport: { width: 320, height: 568 } }],
])('every screen in %s', (language, options) => {
  let shots = 0;
  const account = `${'a'.repeat(64)}@login.example`;

  it('has no fault that axe-core knows, and fits', async () => {
    const found: Record<string, string[]> = {};
    const look = async ({ page }: Pick<Phone, 'page'>, name: string) => {
      await screenOf(page, name);
      found[name] = [...(found[name] ?? []), ...(await faults({ page }))];
      const folder = process.env.TANDEM_SCREENSHOTS;
      if (folder)
        await page.screenshot({ path: `${folder}/${language} ${Object.keys(found).length} ${name} ${shots++}.png` });
    };
    const phone = await world.openPhone(undefined, options);
    await look(phone, 'home');
    await phone.page.locator('.ways button').nth(-2).click();
    await phone.page.locator('[data-screen="ringing"] .how').waitFor();
    await look(phone, 'ringing');
    await phone.page.locator('.screen-actions button').click();
    await phone.page.locator('.how + button').click();
    await phone.page.locator('[data-screen="scan"] .notice').waitFor();
    await look(phone, 'scan');
    await phone.page.locator('.screen-actions button').click();
    await phone.page.locator('form button').click();
    await phone.page.locator('form .notice').waitFor();
    await look(phone, 'home');
    await phone.page.getByRole('textbox').fill('https://example.org/');
    await phone.page.locator('form button').click();
    await phone.page.getByRole('alert').waitFor();
    await look(phone, 'pairing');
    const browser = await world.newBrowser();
    await phone.page.goto('about:blank');
    await phone.page.goto(await browser.offer());
    await phone.screen('digits');
    await phone.page.goto('about:blank');
    await phone.page.goto(await (await world.newBrowser()).offer());
    await phone.page.getByRole('alertdialog').waitFor();
    await look(phone, 'digits');
    await phone.page.getByRole('alertdialog').getByRole('button').last().click();
    await phone.page.locator('.screen-actions .button-primary').click();
    await phone.page.locator('.notice-plain').waitFor();
    await look(phone, 'digits');
    await browser.confirm();
    await phone.screen('home');
    await world.register(phone, browser, { account });
    await look(phone, 'home');
    await phone.page.locator('.ways button').first().click();
    await look(phone, 'browsers');
    for (const at of [0, 1]) {
      await phone.page.locator('[data-pairing] button').nth(at).click();
      await look(phone, 'browsers');
      await phone.page.locator('[data-pairing] button').nth(1).click();
    }
    await phone.page.locator('.screen-actions button').click();
    await phone.page.locator('.ways button').nth(1).click();
    await look(phone, 'accounts');
    await phone.page.locator('[data-account] button').click();
    await look(phone, 'accounts');
    await phone.page.locator('.screen-actions button').click();
    await phone.page.locator('.ways button').last().click();
    await phone.page.locator('[data-check="lock"]').waitFor();
    await phone.page.locator('.button-danger').click();
    await look(phone, 'mend');
    await phone.page.locator('.screen-actions button').last().click();
    await phone.page.locator('.ways button').nth(2).click();
    await phone.page.locator('[data-end="approved"]').waitFor();
    await look(phone, 'history');
    await phone.page.locator('.screen-actions button').click();
    const ask = signIn(browser, { account });
    await browser.ask(ask);
    await look(phone, 'request');
    await number(phone.page, '17');
    await browser.answer(ask.id);
    await look(phone, 'verifying');
    await browser.conclude(ask.id, 'approved');
    await look(phone, 'result');
    await phone.page.locator('.screen-actions button').click();
    await browser.ask(registration(browser, { account }));
    await look(phone, 'request');
    await phone.page.locator('.denials button').first().click();
    await phone.screen('result');
    await phone.page.locator('.screen-actions button').click();
    await browser.ask(signIn(browser, { account, origin: 'https://login.example.evil.test' }));
    await look(phone, 'warning');
    await phone.page.locator('.screen-actions button').click();
    await browser.ask(signIn(browser, { account: 'nobody@login.example' }));
    await look(phone, 'warning');
    await phone.page.locator('.screen-actions button').click();
    const typed = signIn(browser, { account, choices: [] });
    await browser.ask(typed);
    await look(phone, 'request');
    await phone.page.locator('input[name="number"]').fill('42');
    await phone.page.locator('.screen-actions .button-primary').click();
    expect(await browser.answer(typed.id)).toMatchObject({ chosen: '42' });
    await browser.conclude(typed.id, 'failed', 'approval-invalid');
    await look(phone, 'result');
    await phone.page.locator('.screen-actions button').click();
    await phone.page.locator('.ways button').nth(1).click();
    await look(phone, 'accounts');
    // A window a month later takes this one's place.
    const other = await phone.context.newPage();
    await other.addInitScript((laterMs) => {
      const now = Date.now.bind(Date);
      Date.now = () => now() + laterMs;
    }, 31 * dayMs);
    await other.goto(world.relay.origin);
    await look(phone, 'elsewhere');
    await browser.ask(signIn(browser, { account }));
    await look({ page: other }, 'unused');
    await other.addInitScript(() => {
      IDBFactory.prototype.open = () => {
        throw new DOMException('refused', 'InvalidStateError');
      };
    });
    await other.reload();
    await other.locator('.button-danger').waitFor();
    await look({ page: other }, 'key-storage-broken');
    await phone.close();
    expect(Object.entries(found).filter(([, all]) => all.length > 0)).toEqual([]);
    expect(Object.keys(found)).toHaveLength(16);
  });
});
