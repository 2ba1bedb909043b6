import { AppError } from './errors.ts';
import { limits } from './limits.ts';
import { array, as, encodedBytes, integer, type Parsed, string, tagged } from './parse.ts';

const name = string(limits.nameCharacters, /\S/);
/** Two digits, the first not 0, so that "07" and "7" cannot be taken for each other. */
const number = string(2, /^[1-9][0-9]$/);

const common = {
  /** 16 bytes, base64url: the request. */
  id: encodedBytes(16),
  /** 32 bytes, base64url: what makes the phone's statement unique. */
  nonce: encodedBytes(32),
  /** What the provider calls itself, for people. */
  site: name,
  account: name,
  /** From now, ms. */
  lifeMs: integer(1_000, limits.longestRequestLifeMs),
};

const shape = tagged('type', {
  /** No `choices`: the number is typed on the phone. */
  'sign-in': { ...common, number, choices: array(number, 0, 3) },
  /** `userHandle`: of which WebAuthn's user.id is made, 16 bytes, base64url. */
  registration: { ...common, userHandle: encodedBytes(16) },
});

/** What a page that speaks Tandem's protocol asks for (docs/protocol.md §6). The page's origin is not in it: the browser says it. */
export type Challenge = Parsed<typeof shape>;
export type SignInChallenge = Extract<Challenge, { type: 'sign-in' }>;
export type RegistrationChallenge = Extract<Challenge, { type: 'registration' }>;

/** Throws `malformed-challenge`, naming the field. */
export function parseChallenge(value: unknown): Challenge {
  const challenge = as('malformed-challenge', shape)(value, 'challenge');
  if (challenge.type === 'sign-in' && challenge.choices.length > 0) {
    if (new Set(challenge.choices).size !== 3)
      throw new AppError('malformed-challenge', 'challenge.choices must be three that differ, or none');
    if (!challenge.choices.includes(challenge.number)) {
      throw new AppError('malformed-challenge', 'challenge.choices must hold challenge.number');
    }
  }
  return challenge;
}
