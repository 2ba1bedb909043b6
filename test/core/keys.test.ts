import { createPrivateKey, createPublicKey, verify } from 'node:crypto';
import { expect, it } from 'vitest';
import { agreementKeys, sign, signingKeys } from '../../src/core/keys.ts';
import { seededRandom } from '../support/seeded-random.ts';

// PKCS #8 and SubjectPublicKeyInfo of RFC 8410 are these prefixes and the raw key.
const pkcs8 = { X25519: '302e020100300506032b656e04220420', Ed25519: '302e020100300506032b657004220420' };
const spki = '302a300506032b6570032100';

/** The raw public key, by another implementation. */
function publicByNode(curve: keyof typeof pkcs8, secret: Uint8Array): Uint8Array {
  const der = Buffer.concat([Buffer.from(pkcs8[curve], 'hex'), secret]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return new Uint8Array(createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32));
}

const random = seededRandom('keys');

it('keys are those that Node makes of the same secret', () => {
  for (let run = 0; run < 5; run++) {
    const secret = random(32);
    expect(agreementKeys(secret)).toEqual({ secret, public: publicByNode('X25519', secret) });
    expect(signingKeys(secret)).toEqual({ secret, public: publicByNode('Ed25519', secret) });
  }
});

it('what is signed here is verified there', () => {
  const keys = signingKeys(random(32));
  const message = random(100);
  const der = Buffer.concat([Buffer.from(spki, 'hex'), keys.public]);
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
  const signature = sign(keys, message);
  expect(signature.length).toBe(64);
  expect(verify(null, message, key, signature)).toBe(true);
  expect(verify(null, random(100), key, signature)).toBe(false);
});
