import { bytes, encode, struct, utf8UpTo } from './binary.ts';
import type { Bytes } from './bytes.ts';
import { limits } from './limits.ts';

// What is signed with Ed25519 for the relay. The origin keeps a proof for one relay from being used at another,
// the nonce of the greeting keeps it to one connection.

const label = utf8UpTo(64);
const relayOrigin = utf8UpTo(limits.urlCharacters);
const proof = struct({ label, relayOrigin, nonce: bytes(32), channel: bytes(16), key: bytes(32) });
const creation = struct({ label, relayOrigin, channel: bytes(16), key: bytes(32), joinKey: bytes(32) });

interface Proof {
  relayOrigin: string;
  nonce: Uint8Array;
  channel: Uint8Array;
  key: Uint8Array;
}

/** Signed by `key` itself, to attach. */
export function attachProof(of: Proof): Bytes {
  return encode(proof, { label: 'tandem/1 attach', ...of });
}

/** Signed by the join key, to put `key` in its place. */
export function joinProof(of: Proof): Bytes {
  return encode(proof, { label: 'tandem/1 join', ...of });
}

/** Signed by the creator's `key`. */
export function creationProof(of: Omit<Proof, 'nonce'> & { joinKey: Uint8Array }): Bytes {
  return encode(creation, { label: 'tandem/1 create', ...of });
}
