import { verifyAuthenticationResponse } from '@simplewebauthn/server';
import { base64url } from '../core/bytes.ts';
import type { SignInChallenge } from '../core/challenge.ts';
import { AppError } from '../core/errors.ts';
import type { Answer } from '../core/messages.ts';
import { statementHash } from '../core/statement.ts';
import type { Phone } from './store.ts';

export interface ApprovalToVerify {
  challenge: SignInChallenge;
  answer: Extract<Answer, { decision: 'approve' }>;
  /** The phone of this account that the answer names. */
  phone: Phone;
  /** Our own. */
  origin: string;
  phoneOrigins: readonly string[];
}

/**
 * Whether a phone, unlocked by its user, approved this very challenge with the right number (Web Authentication §7.2).
 * The hash that was signed is computed here and taken from nowhere: an approval stated for another origin, account,
 * number, nonce or id has another. Gives the credential's new counter; throws `approval-invalid`.
 */
export async function verifyApproval({
  challenge: { id, nonce, account, number },
  answer,
  phone,
  origin,
  phoneOrigins,
}: ApprovalToVerify): Promise<{ counter: number }> {
  const { credentialId, clientDataJSON, authenticatorData, signature } = answer;
  const statement = statementHash({ id, nonce, origin, account, decision: 'approve', number });
  const { verified, authenticationInfo } = await verifyAuthenticationResponse({
    response: {
      id: credentialId,
      rawId: credentialId,
      type: 'public-key',
      clientExtensionResults: {},
      response: { clientDataJSON, authenticatorData, signature },
    },
    expectedChallenge: base64url(statement),
    expectedOrigin: [...phoneOrigins],
    expectedRPID: phoneOrigins.map(relyingParty),
    credential: { id: phone.credentialId, publicKey: new Uint8Array(phone.publicKey), counter: phone.counter },
    requireUserVerification: true,
  }).catch((cause: unknown) => {
    throw new AppError('approval-invalid', 'not verified', { cause });
  });
  if (!verified) throw new AppError('approval-invalid', 'signature');
  if (credentialId !== phone.credentialId) throw new AppError('approval-invalid', 'another credential');
  if (authenticationInfo.rpID !== relyingParty(authenticationInfo.origin)) {
    throw new AppError('approval-invalid', 'made at one phone app for another');
  }
  return { counter: authenticationInfo.newCounter };
}

/** A phone app's relying party id: its host name. */
export function relyingParty(phoneOrigin: string): string {
  return new URL(phoneOrigin).hostname;
}
