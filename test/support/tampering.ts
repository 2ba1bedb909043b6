/**
 * The bytes with one of them changed, for every place: the lowest bit at even places, the highest at odd ones. (The
 * highest bit of an X25519 public key, its byte 31, changes no shared secret; what was said must be bound as well.)
 */
export function* tamperedEverywhere(bytes: Uint8Array): Generator<{ at: number; bytes: Uint8Array }> {
  for (let at = 0; at < bytes.length; at++) {
    const changed = bytes.slice();
    changed[at] = (changed[at] as number) ^ (at % 2 === 0 ? 0x01 : 0x80);
    yield { at, bytes: changed };
  }
}

/** The bytes cut off, at every length that is shorter than all. */
export function* truncatedEverywhere(bytes: Uint8Array): Generator<{ length: number; bytes: Uint8Array }> {
  for (let length = 0; length < bytes.length; length++) yield { length, bytes: bytes.slice(0, length) };
}
