import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fold } from '../../src/providers/page-text.ts';
import { propertyRuns } from '../support/property-runs.ts';

/** Every decimal digit of Unicode, in order. */
const digits: string[] = [];
for (let code = 0; code <= 0x10ffff; code++) {
  if (code >= 0xd800 && code <= 0xdfff) continue;
  const char = String.fromCodePoint(code);
  if (/\p{Nd}/u.test(char)) digits.push(char);
}

describe('a folded text', () => {
  it('has the digits of every script as 0 to 9', () => {
    expect(digits.length % 10).toBe(0);
    expect(digits.map(fold).join('')).toBe('0123456789'.repeat(digits.length / 10));
  });

  it.each([
    ['Arabic', '\u0664\u0662', '42'],
    ['fullwidth', '\uff14\uff12', '42'],
    ['between bidirectional marks', '\u200f\u206642\u2069', '42'],
    ['with a zero-width space', '4\u200b2', '42'],
    ['with a soft hyphen and a byte order mark', '\ufeff4\u00ad2', '42'],
    ['in blanks of all kinds', '\n\u00a0 42\u3000\t', '42'],
    ['with a zero in front', '07', '07'],
    ['in a sentence', 'Press:\u00a0 D', 'Press: D'],
    ['as a keycap', '4\ufe0f\u20e3', '4\u20e3'],
  ])('%s', (_, text, folded) => {
    expect(fold(text)).toBe(folded);
  });

  it('has nothing unseen left in it, and no digit but ASCII ones', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(fold(text)).not.toMatch(/\p{DI}|(?![0-9])\p{Nd}|^\s|\s$|\s\s/u);
      }),
      propertyRuns(300),
    );
  });
});
