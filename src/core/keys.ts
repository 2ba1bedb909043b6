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
  return keyPair(secret, x25519.getPublicKey);
}

/** Keys with which a client proves to the relay that a mailbox is its own. `seed`: 32 bytes. */
export function signingKeys(seed: Uint8Array): KeyPair {
  return keyPair(seed, ed25519.getPublicKey);
}

/** The public key is made when it is first asked for: it takes longer than all else that reads a stored pairing. */
function keyPair(secret: Uint8Array, publicOf: (secret: Uint8Array) => Uint8Array): KeyPair {
  let known: Uint8Array | null = null;
  return {
    secret,
    get public() {
      known ??= publicOf(secret);
      return known;
    },
  };
}

/** Ed25519 signature, 64 bytes. */
export function sign(keys: KeyPair, message: Uint8Array): Uint8Array {
  return ed25519.sign(message, keys.secret);
}
