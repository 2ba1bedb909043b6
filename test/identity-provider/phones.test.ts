import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RegistrationChallenge } from '../../src/core/challenge.ts';
import { limits } from '../../src/core/limits.ts';
import { policy } from '../../src/identity-provider/policy.ts';
import { type Oddities, TestPhone } from './test-phone.ts';
import {
  addPhone,
  type Browser,
  email,
  password,
  phoneOrigin,
  type Rig,
  registrationFor,
  signedUp,
  startRig,
} from './test-provider.ts';

let rig: Rig;
let browser: Browser;
beforeEach(async () => {
  rig = await startRig();
  browser = await signedUp(rig);
});
afterEach(() => rig.stop());

async function phonesOf(of: Browser) {
  const overview = await of.overview();
  if (overview.state !== 'signed-in') throw new Error('nobody is signed in');
  return overview.phones;
}

const answer = (challenge: RegistrationChallenge, odd: Oddities = {}, phone = new TestPhone(phoneOrigin)) =>
  browser.post('phones/answer', { answer: phone.register(challenge, rig.provider.origin, odd) });

describe('adding a phone', () => {
  it('keeps its credential and name', async () => {
    const challenge = await registrationFor(browser);
    expect(challenge).toMatchObject({ account: email, lifeMs: policy.registrationLifeMs });
    expect((await answer(challenge)).body).toEqual({ outcome: 'approved' });
    expect(await phonesOf(browser)).toMatchObject([{ name: 'Pixel 9', registeredAt: rig.clock.time, lastUsedAt: 0 }]);
  });

  it('is for who is signed in', async () => {
    expect((await rig.browser().post('phones/request')).body).toEqual({ code: 'not-signed-in' });
    expect((await rig.browser().post('phones/remove', { credentialId: 'AAAA' })).status).toBe(401);
    const challenge = await registrationFor(browser);
    const elsewhere = rig.browser();
    await elsewhere.post('sign-in/password', { email, password });
    const given = new TestPhone(phoneOrigin).register(challenge, rig.provider.origin);
    expect((await elsewhere.post('phones/answer', { answer: given })).body).toEqual({ code: 'unknown-request' });
  });

  it('asks for the password one last time when it was entered more than five minutes ago', async () => {
    rig.clock.time += policy.recentPasswordMs;
    expect((await browser.post('phones/request')).body).toEqual({ next: 'password' });
    expect((await browser.post('password', { password: 'wrong horse' })).body).toEqual({ code: 'wrong-password' });
    expect((await browser.post('phones/request')).body).toEqual({ next: 'password' });
    expect((await browser.post('password', { password })).status).toBe(200);
    expect((await browser.post('phones/request')).body.next).toBe('phone');
  });

  it('asks for the password of someone who signed in by number', async () => {
    const phone = await addPhone(rig, browser);
    const other = rig.browser();
    const { body } = await other.post('sign-in', { email });
    const given = phone.approve(body.challenge as never, rig.provider.origin);
    expect((await other.post('sign-in/answer', { answer: given })).body.outcome).toBe('approved');
    expect((await other.post('phones/request')).body).toEqual({ next: 'password' });
  });

  it.each<[string, Oddities]>([
    ['another origin', { statement: { origin: 'https://id-example.evil.test' } }],
    ['another account', { statement: { account: 'bob@example.org' } }],
    ['another decision', { statement: { decision: 'approve' } }],
    ['a number', { statement: { number: '42' } }],
    ['another nonce', { statement: { nonce: 'A'.repeat(43) } }],
    ['another id', { statement: { id: 'A'.repeat(22) } }],
    ['a phone app that is not ours', { at: 'https://phone.evil.test' }],
    ['another relying party', { relyingParty: 'evil.test' }],
    ['no check of the user', { unverifiedUser: true }],
    ['the other ceremony', { type: 'webauthn.get' }],
  ])('refuses a statement with %s', async (_, odd) => {
    const { body } = await answer(await registrationFor(browser), odd);
    expect(body).toEqual({ outcome: 'failed', code: 'approval-invalid' });
    expect(await phonesOf(browser)).toEqual([]);
  });

  it('refuses another credential id than the one that was made', async () => {
    const challenge = await registrationFor(browser);
    const given = new TestPhone(phoneOrigin).register(challenge, rig.provider.origin);
    const { body } = await browser.post('phones/answer', { answer: { ...given, credentialId: 'AAAA' } });
    expect(body).toEqual({ outcome: 'failed', code: 'approval-invalid' });
  });

  it('is consumed once, expires, and takes no approval', async () => {
    const first = await registrationFor(browser);
    await answer(first);
    expect((await answer(first)).body).toEqual({ code: 'request-consumed' });
    const late = await registrationFor(browser);
    rig.clock.time += policy.registrationLifeMs + limits.verificationGraceMs;
    expect((await answer(late)).body).toEqual({ code: 'request-expired' });
  });

  it('refuses a credential that is registered already, for whomever', async () => {
    const phone = await addPhone(rig, browser);
    expect((await answer(await registrationFor(browser), {}, phone)).body).toEqual({
      outcome: 'failed',
      code: 'already-registered',
    });
    browser = rig.browser();
    await browser.post('sign-up', { email: 'bob@example.org', password });
    expect((await answer(await registrationFor(browser), {}, phone)).body).toEqual({
      outcome: 'failed',
      code: 'already-registered',
    });
    expect(await phonesOf(browser)).toEqual([]);
  });
});

describe('removing a phone', () => {
  it('leaves the others, and the account with its password when there are none', async () => {
    const [first, second] = [await addPhone(rig, browser), await addPhone(rig, browser)];
    await browser.post('phones/remove', { credentialId: first.credentialId });
    expect((await phonesOf(browser)).map(({ credentialId }) => credentialId)).toEqual([second.credentialId]);
    await browser.post('phones/remove', { credentialId: second.credentialId });
    expect((await rig.browser().post('sign-in', { email })).body).toEqual({ next: 'password' });
  });

  it('cannot be done to somebody else', async () => {
    const phone = await addPhone(rig, browser);
    const bob = rig.browser();
    await bob.post('sign-up', { email: 'bob@example.org', password });
    await bob.post('phones/remove', { credentialId: phone.credentialId });
    expect(await phonesOf(browser)).toHaveLength(1);
  });

  it('lets the same credential be added again', async () => {
    const phone = await addPhone(rig, browser);
    await browser.post('phones/remove', { credentialId: phone.credentialId });
    await addPhone(rig, browser, phone);
    expect(await phonesOf(browser)).toHaveLength(1);
  });
});
