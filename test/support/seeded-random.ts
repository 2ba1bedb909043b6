import { sha256 } from '@noble/hashes/sha2.js';
import { type Bytes, concat, utf8 } from '../../src/core/bytes.ts';
import type { Random } from '../../src/core/keys.ts';

/** Bytes that are the same in each run: SHA-256 over the seed and a counter. */
export function seededRandom(seed: string): Random {
  let count = 0;
  return (length) => {
    let out = new Uint8Array(0) as Bytes;
    while (out.length < length) out = concat(out, sha256(utf8(`${seed} ${count++}`)));
    return out.slice(0, length);
  };
}
