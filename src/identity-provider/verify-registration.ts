import { verifyRegistrationResponse } from '@simplewebauthn/server';
import { base64url } from '../core/bytes.ts';
import type { RegistrationChallenge } from '../core/challenge.ts';
import { AppError } from '../core/errors.ts';
import type { Answer } from '../core/messages.ts';
import { statementHash } from '../core/statement.ts';
import type { Phone } from './store.ts';
import { relyingParty } from './verify-approval.ts';

export interface RegistrationToVerify {
  challenge: RegistrationChallenge;
  answer: Extract<Answer, { decision: 'register' }>;
  /** Our own. */
  origin: string;
  phoneOrigins: readonly string[];
}

/**
 * The credential that a phone, unlocked by its user, made for this very challenge (Web Authentication §7.1). Throws
 * `approval-invalid`.
 */
export async function verifyRegistration({
  challenge: { id, nonce, account },
  answer: { credentialId, clientDataJSON, attestationObject },
  origin,
  phoneOrigins,
}: RegistrationToVerify): Promise<Pick<Phone, 'credentialId' | 'publicKey' | 'counter'>> {
  const statement = statementHash({ id, nonce, origin, account, decision: 'register', number: '' });
  const { verified, registrationInfo } = await verifyRegistrationResponse({
    response: {
      id: credentialId,
      rawId: credentialId,
      type: 'public-key',
      clientExtensionResults: {},
      response: { clientDataJSON, attestationObject },
    },
    expectedChallenge: base64url(statement),
    expectedOrigin: [...phoneOrigins],
    expectedRPID: phoneOrigins.map(relyingParty),
    requireUserVerification: true,
  }).catch((cause: unknown) => {
    throw new AppError('approval-invalid', 'not verified', { cause });
  });
  if (!verified) throw new AppError('approval-invalid', 'attestation');
  const { credential, origin: madeAt, rpID } = registrationInfo;
  if (credential.id !== credentialId) throw new AppError('approval-invalid', 'another credential');
  if (rpID !== relyingParty(madeAt)) throw new AppError('approval-invalid', 'made at one phone app for another');
  return { credentialId, publicKey: credential.publicKey, counter: credential.counter };
}
