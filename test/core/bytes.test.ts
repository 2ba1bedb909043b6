import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base64url, concat, equalBytes, fromBase64url, text, utf8 } from '../../src/core/bytes.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { refusal, resultOrRefusal } from '../support/refusal.ts';

describe('base64url', () => {
  it('is what Node says, and comes back', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const encoded = base64url(bytes);
        expect(encoded).toBe(Buffer.from(bytes).toString('base64url'));
        expect(fromBase64url(encoded)).toEqual(bytes);
        expect(fromBase64url(encoded, bytes.length)).toEqual(bytes);
        expect(refusal(() => fromBase64url(encoded, bytes.length + 1)).code).toBe('malformed-message');
      }),
      propertyRuns(300),
    );
  });

  it('has one text for one byte string', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.stringMatching(/^[A-Za-z0-9_-]{0,9}$/), (any, likely) => {
        for (const given of [any, likely]) {
          const bytes = resultOrRefusal(() => fromBase64url(given));
          if (bytes instanceof Uint8Array) expect(base64url(bytes)).toBe(given);
          else expect(bytes.code).toBe('malformed-message');
        }
      }),
      propertyRuns(1000),
    );
  });

  it.each(['A', 'AB', 'AAB', 'AAAAA', 'AA==', 'A A', '+/+/', 'AAAé', '𝟘𝟘'])('refuses “%s”', (given) => {
    expect(refusal(() => fromBase64url(given)).code).toBe('malformed-message');
  });
});

describe('UTF-8', () => {
  it('comes back, with a byte order mark if there was one', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (given) => {
        expect(text(utf8(given))).toBe(given);
      }),
      propertyRuns(200),
    );
    expect(text(utf8('\ufeffa'))).toBe('\ufeffa');
  });

  it('is refused when it is none: overlong, cut off, or a half surrogate', () => {
    for (const bytes of [[0xc0, 0x80], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xff]]) {
      expect(refusal(() => text(Uint8Array.from(bytes))).code).toBe('malformed-message');
    }
  });
});

it('joins and compares byte strings', () => {
  expect(concat(Uint8Array.of(1), Uint8Array.of(), Uint8Array.of(2, 3))).toEqual(Uint8Array.of(1, 2, 3));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 4, max: 2 }), fc.uint8Array({ maxLength: 4, max: 2 }), (left, right) => {
      expect(equalBytes(left, right)).toBe(left.join() === right.join());
    }),
    propertyRuns(300),
  );
});
