/**
 * Bytes as a text that can be the key of a `Map`: one character for each byte. (A `Buffer` over them would do the same,
 * and leave every small array with a buffer of its own in memory.)
 */
export function name(bytes: Uint8Array): string {
  return Reflect.apply(String.fromCharCode, null, bytes);
}

/** The bytes of such a text. */
export function bytesOf(name: string): Uint8Array {
  return Uint8Array.from(name, (character) => character.charCodeAt(0));
}
