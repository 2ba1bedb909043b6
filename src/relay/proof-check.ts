import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { base64url } from '../core/bytes.ts';
import { name } from './name.ts';

/** Imported keys kept: enough for those that come back and again, such as a popup's, and a bound for those that do not. */
const keptKeys = 1_024;
const keys = new Map<string, KeyObject>();

/** Whether `signature` (64 bytes) over `message` is by `key` (Ed25519, 32 bytes). False for whatever is not a key. */
export function isProof(message: Uint8Array, key: Uint8Array, signature: Uint8Array): boolean {
  try {
    return verify(null, message, imported(key), signature);
  } catch {
    return false;
  }
}

function imported(key: Uint8Array): KeyObject {
  const known = keys.get(name(key));
  if (known) return known;
  const fresh = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: base64url(key) } });
  const [oldest] = keys.keys();
  if (keys.size >= keptKeys && oldest !== undefined) keys.delete(oldest);
  keys.set(name(key), fresh);
  return fresh;
}
