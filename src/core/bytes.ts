import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { AppError } from './errors.ts';

export type Bytes = Uint8Array<ArrayBuffer>;

/** Joins byte strings into a new one. */
export function concat(...parts: readonly Uint8Array[]): Bytes {
  return concatBytes(...parts) as Bytes;
}

/** UTF-8 of a text. */
export function utf8(text: string): Bytes {
  return utf8ToBytes(text) as Bytes;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of UTF-8 bytes. Throws `malformed-message` on anything that is not UTF-8. */
export function text(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new AppError('malformed-message', 'not UTF-8', { cause });
  }
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const values = new Map([...alphabet].map((letter, value) => [letter, value]));

/** base64url without padding (RFC 4648 §5). */
export function base64url(bytes: Uint8Array): string {
  let out = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const group = ((bytes[at] as number) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    const letters = Math.min(4, bytes.length - at + 1);
    for (let letter = 0; letter < letters; letter++) out += alphabet[(group >> (18 - 6 * letter)) & 63];
  }
  return out;
}

/**
 * Bytes of a base64url text (RFC 4648 §5, no padding, canonical: unused bits must be zero). Throws
 * `malformed-message`. With `length`, anything but that many bytes is refused.
 */
export function fromBase64url(encoded: string, length?: number): Bytes {
  const out = new Uint8Array(Math.floor((encoded.length * 3) / 4));
  let group = 0;
  let bits = 0;
  let at = 0;
  for (const letter of encoded) {
    const value = values.get(letter);
    if (value === undefined) throw new AppError('malformed-message', 'not base64url');
    group = ((group << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out[at++] = (group >> bits) & 0xff;
    }
  }
  if (bits === 6 || (group & ((1 << bits) - 1)) !== 0)
    throw new AppError('malformed-message', 'not canonical base64url');
  if (length !== undefined && out.length !== length) throw new AppError('malformed-message', `not ${length} bytes`);
  return out;
}

/** Compares in time that depends on the lengths alone. */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  let difference = 0;
  for (let at = 0; at < left.length; at++) difference |= (left[at] as number) ^ (right[at] as number);
  return difference === 0;
}
