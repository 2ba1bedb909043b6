import { describe, expect, it } from 'vitest';
import { CipherState } from '../../../src/core/noise/cipher-state.ts';
import { refusal } from '../../support/refusal.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { tamperedEverywhere, truncatedEverywhere } from '../../support/tampering.ts';

const random = seededRandom('cipher state');
const key = random(32);
const ad = random(20);
const plaintext = random(40);

describe('CipherState', () => {
  it('passes text through until it has a key', () => {
    const state = new CipherState(null);
    expect(state.hasKey()).toBe(false);
    expect(state.encryptWithAd(ad, plaintext)).toBe(plaintext);
    expect(state.decryptWithAd(ad, plaintext)).toBe(plaintext);
    expect(state.nonce).toBe(0);
  });

  it('counts a nonce for each message and never says the same twice', () => {
    const state = new CipherState(key);
    const sealed = [0, 1, 2].map(() => state.encryptWithAd(ad, plaintext).join());
    expect(new Set(sealed).size).toBe(3);
    expect(state.nonce).toBe(3);
  });

  it('opens a message by the nonce that it was sealed with', () => {
    const sender = new CipherState(key);
    const [, second] = [sender.encryptWithAd(ad, plaintext), sender.encryptWithAd(ad, plaintext)];
    const receiver = new CipherState(key);
    expect(refusal(() => receiver.decryptWithAd(ad, second as Uint8Array)).code).toBe('decryption-failed');
    receiver.setNonce(1);
    expect(receiver.decryptWithAd(ad, second as Uint8Array)).toEqual(plaintext);
    expect(receiver.nonce).toBe(2);
  });

  it('refuses a message with any byte changed or missing, and leaves its nonce as it was', () => {
    const sealed = new CipherState(key).encryptWithAd(ad, plaintext);
    const receiver = new CipherState(key);
    for (const { bytes } of [...tamperedEverywhere(sealed), ...truncatedEverywhere(sealed)]) {
      expect(refusal(() => receiver.decryptWithAd(ad, bytes)).code).toBe('decryption-failed');
    }
    for (const { bytes } of tamperedEverywhere(ad)) {
      expect(refusal(() => receiver.decryptWithAd(bytes, sealed)).code).toBe('decryption-failed');
    }
    expect(receiver.nonce).toBe(0);
    expect(receiver.decryptWithAd(ad, sealed)).toEqual(plaintext);
  });

  it('stops when its nonces are used up', () => {
    const state = new CipherState(key, 2 ** 48 - 1);
    state.encryptWithAd(ad, plaintext);
    expect(refusal(() => state.encryptWithAd(ad, plaintext)).code).toBe('decryption-failed');
    expect(refusal(() => state.decryptWithAd(ad, plaintext)).code).toBe('decryption-failed');
    expect(state.nonce).toBe(2 ** 48);
  });
});
