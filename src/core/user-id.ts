import { sha256 } from '@noble/hashes/sha2.js';
import { type Bytes, utf8 } from './bytes.ts';

/**
 * WebAuthn's `user.id` for an account of an origin, 16 bytes. An authenticator keeps one key for each (WebAuthn §6.3.2), and
 * all sites share the phone app's relying party: what one site says must not have the key of another replaced.
 */
export function userIdOf(origin: string, userHandle: string): Bytes {
  return sha256(utf8(`tandem/1 user ${origin} ${userHandle}`)).slice(0, 16) as Bytes;
}
