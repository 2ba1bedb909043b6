import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import type { Bytes } from '../bytes.ts';
import { AppError } from '../errors.ts';

/** Nonces stay below this, so that they fit an envelope's 48 bits; Noise forbids only 2^64 − 1. */
const nonceLimit = 2 ** 48;

/** A key and a counter (Noise §5.1). Without a key it passes plaintext through. */
export class CipherState {
  #key: Uint8Array | null;
  #nonce: number;

  /** `key`: 32 bytes or null; `nonce`: the next one. InitializeKey(key). */
  constructor(key: Uint8Array | null, nonce = 0) {
    this.#key = key;
    this.#nonce = nonce;
  }

  get key(): Uint8Array | null {
    return this.#key;
  }

  /** The nonce of the next message. */
  get nonce(): number {
    return this.#nonce;
  }

  hasKey(): boolean {
    return this.#key !== null;
  }

  /** SetNonce(n): for messages that carry their nonce because some may be lost (Noise §11.4). */
  setNonce(nonce: number): void {
    this.#nonce = nonce;
  }

  /** Ciphertext with its 16-byte tag. Throws `decryption-failed` once the nonces are used up. */
  encryptWithAd(ad: Uint8Array, plaintext: Uint8Array): Uint8Array {
    if (this.#key === null) return plaintext;
    return chacha20poly1305(this.#key, this.#next(), ad).encrypt(plaintext) as Bytes;
  }

  /** Plaintext. Throws `decryption-failed` and leaves the nonce as it was. */
  decryptWithAd(ad: Uint8Array, ciphertext: Uint8Array): Uint8Array {
    if (this.#key === null) return ciphertext;
    const nonce = this.#nonce;
    try {
      return chacha20poly1305(this.#key, this.#next(), ad).decrypt(ciphertext) as Bytes;
    } catch (cause) {
      this.#nonce = nonce;
      throw new AppError('decryption-failed', undefined, { cause });
    }
  }

  /** ChaChaPoly's nonce (Noise §12.3): 32 zero bits, then the counter in 64 bits, little-endian. */
  #next(): Uint8Array {
    if (this.#nonce >= nonceLimit) throw new AppError('decryption-failed', 'nonces used up');
    const nonce = new Uint8Array(12);
    new DataView(nonce.buffer).setBigUint64(4, BigInt(this.#nonce++), true);
    return nonce;
  }
}
