import { expand, extract } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concat, utf8 } from '../bytes.ts';
import { CipherState } from './cipher-state.ts';

const hashLength = 32;
const empty = new Uint8Array(0);

/** Noise's HKDF (§4.3) is RFC 5869's with the chaining key as salt and no info. */
function hkdf(chainingKey: Uint8Array, input: Uint8Array, outputs: 2 | 3): Uint8Array[] {
  const out = expand(sha256, extract(sha256, input, chainingKey), empty, outputs * hashLength);
  return Array.from({ length: outputs }, (_, at) => out.slice(at * hashLength, (at + 1) * hashLength));
}

export interface SymmetricSnapshot {
  chainingKey: Uint8Array;
  hash: Uint8Array;
  key: Uint8Array | null;
  nonce: number;
}

/** Chaining key, transcript hash and cipher (Noise §5.2). */
export class SymmetricState {
  #chainingKey: Uint8Array;
  #hash: Uint8Array;
  #cipher: CipherState;

  private constructor(chainingKey: Uint8Array, hash: Uint8Array, cipher: CipherState) {
    this.#chainingKey = chainingKey;
    this.#hash = hash;
    this.#cipher = cipher;
  }

  /** InitializeSymmetric(protocol_name). */
  static initialize(protocolName: string): SymmetricState {
    const name = utf8(protocolName);
    const hash = name.length <= hashLength ? concat(name, new Uint8Array(hashLength - name.length)) : sha256(name);
    return new SymmetricState(hash, hash, new CipherState(null));
  }

  static restore({ chainingKey, hash, key, nonce }: SymmetricSnapshot): SymmetricState {
    return new SymmetricState(chainingKey, hash, new CipherState(key, nonce));
  }

  snapshot(): SymmetricSnapshot {
    const { key, nonce } = this.#cipher;
    return { chainingKey: this.#chainingKey, hash: this.#hash, key, nonce };
  }

  mixKey(input: Uint8Array): void {
    const [chainingKey, key] = hkdf(this.#chainingKey, input, 2) as [Uint8Array, Uint8Array];
    this.#chainingKey = chainingKey;
    this.#cipher = new CipherState(key);
  }

  mixHash(data: Uint8Array): void {
    this.#hash = sha256(concat(this.#hash, data));
  }

  mixKeyAndHash(input: Uint8Array): void {
    const [chainingKey, hash, key] = hkdf(this.#chainingKey, input, 3) as [Uint8Array, Uint8Array, Uint8Array];
    this.#chainingKey = chainingKey;
    this.mixHash(hash);
    this.#cipher = new CipherState(key);
  }

  encryptAndHash(plaintext: Uint8Array): Uint8Array {
    const ciphertext = this.#cipher.encryptWithAd(this.#hash, plaintext);
    this.mixHash(ciphertext);
    return ciphertext;
  }

  decryptAndHash(ciphertext: Uint8Array): Uint8Array {
    const plaintext = this.#cipher.decryptWithAd(this.#hash, ciphertext);
    this.mixHash(ciphertext);
    return plaintext;
  }

  hasKey(): boolean {
    return this.#cipher.hasKey();
  }

  /** GetHandshakeHash(): 32 bytes that bind everything said so far (Noise §11.2). */
  handshakeHash(): Uint8Array {
    return this.#hash;
  }

  /** The keys of both directions, initiator's first, as bytes: a caller that stores them makes the CipherStates. */
  split(): [Uint8Array, Uint8Array] {
    return hkdf(this.#chainingKey, empty, 2) as [Uint8Array, Uint8Array];
  }

  /** A further 32-byte secret of the finished handshake: the third output of Split()'s HKDF, which Split() leaves unused. */
  exportKey(): Uint8Array {
    return hkdf(this.#chainingKey, empty, 3)[2] as Uint8Array;
  }
}
