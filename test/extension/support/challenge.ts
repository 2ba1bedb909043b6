import { base64url } from '../../../src/core/bytes.ts';
import type { RegistrationChallenge, SignInChallenge } from '../../../src/core/challenge.ts';
import type { Answer } from '../../../src/core/messages.ts';

/** A challenge whose ids follow from `seed`, 0 to 255. */
export function signIn(seed: number, more: Partial<SignInChallenge> = {}): SignInChallenge {
  return {
    type: 'sign-in',
    id: base64url(new Uint8Array(16).fill(seed)),
    nonce: base64url(new Uint8Array(32).fill(seed)),
    site: 'Example',
    account: `account-${seed}@example.org`,
    lifeMs: 60_000,
    number: '42',
    choices: ['17', '42', '93'],
    ...more,
  };
}

export function registration(seed: number): RegistrationChallenge {
  const { id, nonce, site, account, lifeMs } = signIn(seed);
  return { type: 'registration', id, nonce, site, account, lifeMs, userHandle: id };
}

export function approval(id: string, chosen = '42'): Extract<Answer, { decision: 'approve' }> {
  const bytes = 'AAAA';
  return {
    decision: 'approve',
    id,
    chosen,
    credentialId: bytes,
    clientDataJSON: bytes,
    authenticatorData: bytes,
    signature: bytes,
  };
}
