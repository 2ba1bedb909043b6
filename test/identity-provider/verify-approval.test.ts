import { describe, expect, it } from 'vitest';
import type { SignInChallenge } from '../../src/core/challenge.ts';
import type { Phone } from '../../src/identity-provider/store.ts';
import { type ApprovalToVerify, verifyApproval } from '../../src/identity-provider/verify-approval.ts';
import { type Oddities, TestPhone } from './test-phone.ts';

const origin = 'https://id.example';
const phoneOrigins = ['https://phone.example', 'https://other-phone.example'];
const challenge: SignInChallenge = {
  type: 'sign-in',
  id: 'AAAAAAAAAAAAAAAAAAAAAA',
  nonce: 'A'.repeat(43),
  site: 'Example',
  account: 'ana@example.org',
  lifeMs: 60_000,
  number: '42',
  choices: ['17', '42', '93'],
};
const testPhone = new TestPhone('https://phone.example');
const record = (phone: TestPhone, counter = 0): Phone => ({
  credentialId: phone.credentialId,
  accountId: 'ana',
  name: 'Pixel 9',
  publicKey: phone.publicKey,
  counter,
  registeredAt: 0,
  lastUsedAt: 0,
});
const verify = (odd: Oddities, changes: Partial<ApprovalToVerify> = {}) =>
  verifyApproval({
    challenge,
    answer: testPhone.approve(challenge, origin, '42', odd),
    phone: record(testPhone),
    origin,
    phoneOrigins,
    ...changes,
  });

describe('verifyApproval', () => {
  it('accepts what the phone signed for this challenge, and gives its counter', async () => {
    expect(await verify({})).toEqual({ counter: 0 });
    expect(await verify({ counter: 9 }, { phone: record(testPhone, 8) })).toEqual({ counter: 9 });
  });

  it.each<[string, Oddities]>([
    ['another origin', { statement: { origin: 'https://id-example.evil.test' } }],
    ['a subdomain', { statement: { origin: 'https://www.id.example' } }],
    ['http', { statement: { origin: 'http://id.example' } }],
    ['another account', { statement: { account: 'bob@example.org' } }],
    ['another number of the three', { statement: { number: '17' } }],
    ['no number', { statement: { number: '' } }],
    ['another nonce', { statement: { nonce: `${'A'.repeat(42)}E` } }],
    ['another id', { statement: { id: `${'A'.repeat(21)}Q` } }],
    ['another decision', { statement: { decision: 'register' } }],
  ])('refuses a statement with %s', (_, odd) =>
    expect(verify(odd)).rejects.toMatchObject({ code: 'approval-invalid' }),
  );

  it.each<[string, Oddities]>([
    ['made without checking the user', { unverifiedUser: true }],
    ['made at a phone app that is not ours', { at: 'https://phone.evil.test' }],
    [
      'made at one of our phone apps for the other',
      { at: 'https://phone.example', relyingParty: 'other-phone.example' },
    ],
    ['made in the other ceremony', { type: 'webauthn.create' }],
  ])('refuses an assertion %s', (_, odd) => expect(verify(odd)).rejects.toMatchObject({ code: 'approval-invalid' }));

  it('refuses a counter that did not go up', async () => {
    for (const counter of [0, 7, 8]) {
      await expect(verify({ counter }, { phone: record(testPhone, 8) })).rejects.toMatchObject({
        code: 'approval-invalid',
      });
    }
  });

  it('refuses another credential’s signature, and another’s name', async () => {
    const stranger = new TestPhone('https://phone.example');
    const foreign = stranger.approve(challenge, origin);
    const refused = { code: 'approval-invalid' };
    await expect(verify({}, { answer: { ...foreign, credentialId: testPhone.credentialId } })).rejects.toMatchObject(
      refused,
    );
    await expect(verify({}, { phone: record(stranger) })).rejects.toMatchObject(refused);
    const named = { ...record(testPhone), credentialId: stranger.credentialId };
    await expect(verify({}, { phone: named })).rejects.toMatchObject(refused);
  });

  it('refuses every field that was changed on the way', async () => {
    const answer = testPhone.approve(challenge, origin);
    for (const field of ['clientDataJSON', 'authenticatorData', 'signature'] as const) {
      for (const changed of ['', 'AAAA', answer[field].slice(0, -4), flip(answer[field])]) {
        await expect(verify({}, { answer: { ...answer, [field]: changed } })).rejects.toMatchObject({
          code: 'approval-invalid',
        });
      }
    }
  });
});

/** The same bytes but for one bit in their middle. */
function flip(encoded: string): string {
  const bytes = Buffer.from(encoded, 'base64url');
  const at = bytes.length >> 1;
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  return bytes.toString('base64url');
}
