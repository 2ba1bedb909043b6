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

/** A key of the authenticator's. `credentialId`: base64url. */
export interface Credential {
  credentialId: string;
  transports: readonly string[];
}

/**
 * What verifies the person and signs. All methods must be called right in the handler of a tap, and reject with
 * `verification-refused`, `verification-unavailable`, `already-registered`, `unexpected`, or with the signal's reason.
 */
export interface Authenticator {
  approve(ceremony: Ceremony, credential: Credential): Promise<Assertion>;
  /**
   * Verifies the person and nothing more, with a key that was made so before, or with a new one. Gives the key.
   * `userHandle`: 16 bytes, for a new key.
   */
  confirm(
    ceremony: Ceremony,
    credential: Credential | null,
    userHandle: Bytes,
  ): Promise<{ credentialId: string; transports: string[] }>;
  /** `userId`: WebAuthn's `user.id`, 16 bytes. */
  register(ceremony: Ceremony, user: { userId: Bytes; account: string }): Promise<Attestation>;
}
