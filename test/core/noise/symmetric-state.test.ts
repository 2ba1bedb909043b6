import { sha256 } from '@noble/hashes/sha2.js';
import { describe, expect, it } from 'vitest';
import { utf8 } from '../../../src/core/bytes.ts';
import { SymmetricState } from '../../../src/core/noise/symmetric-state.ts';
import { seededRandom } from '../../support/seeded-random.ts';

describe('SymmetricState', () => {
  it('begins with the protocol name, padded when it fits a hash and hashed when it does not', () => {
    const short = new Uint8Array(32);
    short.set(utf8('Noise_XX'));
    expect(SymmetricState.initialize('Noise_XX').handshakeHash()).toEqual(short);
    const long = 'Noise_KKpsk0_25519_ChaChaPoly_SHA256';
    expect(SymmetricState.initialize(long).handshakeHash()).toEqual(sha256(utf8(long)));
  });

  it('goes on from a snapshot as if nothing had happened', () => {
    const random = seededRandom('symmetric state');
    const state = SymmetricState.initialize('Noise_XX');
    state.mixKey(random(32));
    state.encryptAndHash(random(5));
    const restored = SymmetricState.restore(state.snapshot());
    const [psk, payload] = [random(32), random(9)];
    for (const one of [state, restored]) one.mixKeyAndHash(psk);
    expect(restored.encryptAndHash(payload)).toEqual(state.encryptAndHash(payload));
    expect(restored.handshakeHash()).toEqual(state.handshakeHash());
    expect(restored.split()).toEqual(state.split());
  });

  it('exports a key that is neither of the two that it splits into', () => {
    const state = SymmetricState.initialize('Noise_XX');
    const keys = [...state.split(), state.exportKey()];
    expect(new Set(keys.map((key) => key.join())).size).toBe(3);
    expect(keys.map((key) => key.length)).toEqual([32, 32, 32]);
  });
});
