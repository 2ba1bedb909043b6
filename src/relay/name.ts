/** Bytes as a text that can be the key of a `Map`: one character for each byte. */
export function name(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
