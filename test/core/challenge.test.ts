import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base64url } from '../../src/core/bytes.ts';
import { parseChallenge } from '../../src/core/challenge.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { refusal, resultOrRefusal } from '../support/refusal.ts';
import { hostileJson, hostileTexts, withField } from './hostile.ts';

const common = {
  id: base64url(new Uint8Array(16)),
  nonce: base64url(new Uint8Array(32)),
  site: 'Example',
  account: 'ada@example.com',
  lifeMs: 60_000,
};
const signIn = { type: 'sign-in', ...common, number: '42', choices: ['17', '42', '90'] };
const registration = { type: 'registration', ...common, userHandle: base64url(new Uint8Array(16)) };

describe('a challenge', () => {
  it('is taken as it is, without what does not belong to it', () => {
    expect(parseChallenge({ ...signIn, origin: 'https://evil.example' })).toEqual(signIn);
    expect(parseChallenge(registration)).toEqual(registration);
    expect(parseChallenge({ ...signIn, choices: [] })).toEqual({ ...signIn, choices: [] });
  });

  it.each(['7', '07', '00', '100', '4 ', '٤٢', '４２', '4\n', 42, ''])('has no number “%s”', (number) => {
    const { code, message } = refusal(() => parseChallenge({ ...signIn, number }));
    expect([code, message]).toEqual(['malformed-challenge', expect.stringContaining('challenge.number')]);
  });

  it.each([
    ['only two', ['17', '42']],
    ['four', ['17', '42', '90', '91']],
    ['twice the same', ['42', '42', '90']],
    ['not the right one', ['17', '43', '90']],
    ['a number that is none', ['17', '42', 'xx']],
  ])('has no choices that are %s', (_, choices) => {
    const { code, message } = refusal(() => parseChallenge({ ...signIn, choices }));
    expect([code, message]).toEqual(['malformed-challenge', expect.stringContaining('challenge.choices')]);
  });

  it.each([999, 300_001, -1, 0.5, '60000', null])('does not live %s ms', (lifeMs) => {
    expect(refusal(() => parseChallenge({ ...signIn, lifeMs })).message).toContain('challenge.lifeMs');
  });

  it('has no names that are empty, blank or too long', () => {
    for (const field of ['site', 'account']) {
      for (const wrong of ['', ' \t', '\u3000', 'x'.repeat(257)]) {
        expect(refusal(() => parseChallenge({ ...signIn, [field]: wrong })).message).toContain(`challenge.${field}`);
      }
    }
  });

  it('names the field that is missing, hostile or of another type', () => {
    for (const challenge of [signIn, registration]) {
      // An empty list of choices means that the number is typed.
      for (const hostile of [undefined, null, {}, [[]], true, ...hostileTexts]) {
        for (const { path, value } of withField(challenge, hostile)) {
          const { code, message } = refusal(() => parseChallenge(value));
          expect(code).toBe('malformed-challenge');
          expect(message).toContain(`challenge${path}`);
        }
      }
    }
  });

  it('may be any JSON', () => {
    fc.assert(
      fc.property(hostileJson('type', ['sign-in', 'registration']), (value) => {
        expect(resultOrRefusal(() => parseChallenge(value))).toMatchObject({ code: 'malformed-challenge' });
      }),
      propertyRuns(300),
    );
  });
});
