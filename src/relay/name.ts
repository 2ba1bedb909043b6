/**
 * Bytes as a text that can be the key of a `Map`: one character for each byte. (A `Buffer` over them would do the same,
 * and leave every small array with a buffer of its own in memory.)
 */
export function name(bytes: Uint8Array): string {
  return Reflect.apply(String.fromCharCode, null, bytes);
}

/** Such a text of bytes that lie in a buffer. */
export function nameAt(bytes: Buffer, at: number, length = 16): string {
  return bytes.toString('latin1', at, at + length);
}

/** Writes the bytes of such a text. (For a few of them a loop costs less than a call into the engine.) */
export function writeName(name: string, into: Uint8Array, at: number): void {
  for (let byte = 0; byte < name.length; byte++) into[at + byte] = name.charCodeAt(byte);
}

/** The bytes of such a text. */
export function bytesOf(name: string): Uint8Array {
  const bytes = new Uint8Array(name.length);
  writeName(name, bytes, 0);
  return bytes;
}
