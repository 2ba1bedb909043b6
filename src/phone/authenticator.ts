import type { Bytes } from '../core/bytes.ts';
import type { Answer } from '../core/messages.ts';

/** What approves: base64url, as it travels to the identity provider. */
export type Assertion = Omit<Extract<Answer, { decision: 'approve' }>, 'decision' | 'id' | 'chosen'>;
/** What registers: base64url, as it travels to the identity provider. */
export type Attestation = Omit<Extract<Answer, { decision: 'register' }>, 'decision' | 'id' | 'phone'>;

export interface Ceremony {
  /** 32 bytes: the hash of what is stated. */
  challenge: Bytes;
  timeoutMs: number;
  /** Ends it without a result. */
  signal: AbortSignal;
}

/**
 * What verifies the person and signs. Both methods must be called right in the handler of a tap, and reject with
 * `verification-refused`, `verification-unavailable`, `already-registered`, `unexpected`, or with the signal's reason.
 */
export interface Authenticator {
  approve(ceremony: Ceremony, credential: { credentialId: string; transports: readonly string[] }): Promise<Assertion>;
  /** `userHandle`: 16 bytes in base64url. */
  register(ceremony: Ceremony, user: { userHandle: string; account: string }): Promise<Attestation>;
}
