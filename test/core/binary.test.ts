import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bytes,
  decode,
  encode,
  oneOf,
  optional,
  Reader,
  struct,
  u8,
  u16,
  u32,
  u48,
  upTo,
  utf8UpTo,
  Writer,
} from '../../src/core/binary.ts';
import { toHex } from '../support/hex.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { refusal } from '../support/refusal.ts';
import { truncatedEverywhere } from '../support/tampering.ts';

describe('numbers', () => {
  it.each([
    ['u8', u8, 8],
    ['u16', u16, 16],
    ['u32', u32, 32],
    ['u48', u48, 48],
  ] as const)('%s are big-endian, and come back', (_, codec, bits) => {
    expect(toHex(encode(codec, 1))).toBe('01'.padStart(bits / 4, '0'));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** bits - 1 }), (value) => {
        const encoded = encode(codec, value);
        expect(toHex(encoded)).toBe(value.toString(16).padStart(bits / 4, '0'));
        expect(decode(codec, encoded)).toBe(value);
      }),
      propertyRuns(100),
    );
    for (const wrong of [-1, 2 ** bits, 0.5, Number.NaN]) expect(() => encode(codec, wrong)).toThrow(RangeError);
  });
});

describe('byte strings and texts', () => {
  it('have a fixed length, or say theirs before them', () => {
    expect(encode(bytes(2), Uint8Array.of(1, 2))).toEqual(Uint8Array.of(1, 2));
    expect(encode(upTo(300), Uint8Array.of(1, 2))).toEqual(Uint8Array.of(0, 2, 1, 2));
    expect(encode(utf8UpTo(300), 'é')).toEqual(Uint8Array.of(0, 2, 0xc3, 0xa9));
    expect(() => encode(bytes(2), Uint8Array.of(1))).toThrow(RangeError);
  });

  it('are refused when they are too long, written or read', () => {
    expect(refusal(() => encode(upTo(2), new Uint8Array(3))).code).toBe('too-large');
    expect(refusal(() => decode(upTo(2), Uint8Array.of(0, 3, 1, 1, 1))).code).toBe('too-large');
    expect(refusal(() => encode(utf8UpTo(2), 'éé')).code).toBe('too-large');
  });

  it('do not share memory with what they were read from', () => {
    const encoded = Uint8Array.of(0, 2, 1, 2);
    const value = decode(upTo(2), encoded);
    encoded.fill(9);
    expect(value).toEqual(Uint8Array.of(1, 2));
  });

  it('are read out of the middle of a buffer', () => {
    const buffer = Uint8Array.of(9, 9, 0, 1, 7, 9);
    expect(decode(upTo(2), buffer.subarray(2, 5))).toEqual(Uint8Array.of(7));
  });
});

describe('names and values that may be missing', () => {
  const name = oneOf(['a', 'b']);

  it('take one byte, and refuse what it cannot mean', () => {
    expect(encode(name, 'b')).toEqual(Uint8Array.of(1));
    expect(refusal(() => decode(name, Uint8Array.of(2))).code).toBe('malformed-frame');
    expect(() => encode(name, 'toString' as 'a')).toThrow(RangeError);
    expect(encode(optional(u8), null)).toEqual(Uint8Array.of(0));
    expect(encode(optional(u8), 0)).toEqual(Uint8Array.of(1, 0));
    for (const wrong of [[2], [2, 0]]) {
      expect(refusal(() => decode(optional(u8), Uint8Array.from(wrong))).code).toBe('malformed-frame');
    }
  });
});

it('structs lie in the order of their fields; truncated or with a rest they are refused', () => {
  const codec = struct({ a: u8, b: optional(u16), c: upTo(4) });
  const value = { a: 1, b: 2, c: Uint8Array.of(3) };
  const encoded = encode(codec, value);
  expect(toHex(encoded)).toBe('0101000200' + '0103');
  expect(decode(codec, encoded)).toEqual(value);
  for (const { bytes: cut } of truncatedEverywhere(encoded)) {
    expect(refusal(() => decode(codec, cut)).code).toBe('malformed-frame');
  }
  expect(refusal(() => decode(codec, Uint8Array.of(...encoded, 0))).code).toBe('malformed-frame');
});

it('a reader says what is left, and a writer what does not fit', () => {
  const reader = new Reader(Uint8Array.of(1, 2, 3));
  expect([reader.unsigned(1), reader.left]).toEqual([1, 2]);
  expect(refusal(() => reader.bytes(3)).code).toBe('malformed-frame');
  expect(() => new Writer(1).bytes(new Uint8Array(2))).toThrow(RangeError);
});
