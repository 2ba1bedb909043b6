import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import type { Bytes } from './bytes.ts';

/** Fills in that many bytes from a cryptographic source. */
export type Random = (length: number) => Bytes;

/** 32-byte secret and 32-byte public key, for X25519 (RFC 7748) or Ed25519 (RFC 8032). */
export interface KeyPair {
  readonly secret: Uint8Array;
  readonly public: Uint8Array;
}

/** Keys for a Noise handshake. `secret`: 32 bytes. */
export function agreementKeys(secret: Uint8Array): KeyPair {
  return { secret, public: x25519.getPublicKey(secret) };
}

/** Keys with which a client proves to the relay that a mailbox is its own. `seed`: 32 bytes. */
export function signingKeys(seed: Uint8Array): KeyPair {
  return { secret: seed, public: ed25519.getPublicKey(seed) };
}

/** Ed25519 signature, 64 bytes. */
export function sign(keys: KeyPair, message: Uint8Array): Uint8Array {
  return ed25519.sign(message, keys.secret);
}
