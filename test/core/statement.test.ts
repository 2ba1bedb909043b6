import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base64url } from '../../src/core/bytes.ts';
import { type Statement, statementHash } from '../../src/core/statement.ts';
import { toHex } from '../support/hex.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { refusal } from '../support/refusal.ts';
import vectors from '../vectors/statement.json' with { type: 'json' };

const encoded = (length: number) => fc.uint8Array({ minLength: length, maxLength: length }).map(base64url);
const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
const fields = {
  id: encoded(16),
  nonce: encoded(32),
  origin: fc.webAuthority().map((authority) => `https://${authority}`),
  account: name,
  decision: fc.constantFrom('approve' as const, 'register' as const),
  number: fc.constantFrom('', '10', '42', '99'),
};

describe('the hash of a statement', () => {
  it.each(vectors.valid)('is that of its vector: $why', ({ statement, hash }) => {
    expect(toHex(statementHash(statement as Statement))).toBe(hash);
  });

  it.each(vectors.invalid)('is not made of one with $why', ({ statement, code }) => {
    expect(refusal(() => statementHash(statement as Statement)).code).toBe(code);
  });

  it('is another when any field is another', () => {
    fc.assert(
      fc.property(fc.record(fields), fc.record(fields), (one, other) => {
        const hash = toHex(statementHash(one));
        for (const field of Object.keys(fields) as (keyof Statement)[]) {
          const changed = { ...one, [field]: other[field] };
          expect(toHex(statementHash(changed)) === hash).toBe(other[field] === one[field]);
        }
      }),
      propertyRuns(100),
    );
  });

  it('is another when a character moves from one field to the next', () => {
    const statement = { id: base64url(new Uint8Array(16)), nonce: base64url(new Uint8Array(32)), decision: 'approve' };
    const one = { ...statement, origin: 'https://a.examplex', account: 'y', number: '42' } as Statement;
    const other = { ...statement, origin: 'https://a.example', account: 'xy', number: '42' } as Statement;
    expect(statementHash(one)).not.toEqual(statementHash(other));
  });
});
