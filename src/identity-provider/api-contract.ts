import { type Challenge, parseChallenge } from '../core/challenge.ts';
import { AppError, errorCodes } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { parseAnswer } from '../core/messages.ts';
import {
  array,
  as,
  boolean,
  integer,
  nothing,
  object,
  oneOf,
  optional,
  origin,
  type Parsed,
  type Parser,
  string,
  tagged,
} from '../core/parse.ts';
import { denyReasons, ends } from '../core/request.ts';
import { policy } from './policy.ts';

// What pages and server say to each other, as JSON under /api/. Both ends parse with these: the server what it is asked,
// the pages what they are told.

const time = integer(0, 2 ** 48 - 1);
const name = string(limits.nameCharacters, /\S/);
const code = oneOf(...errorCodes);
const requestId = string(22);
const credentialId = string(1_400, /^[\w-]+$/);
/** Its length is judged by `accounts.ts`, which has the code for it. */
const password = as('wrong-password', string(1_024));
/** RFC 5321 §4.5.3.1.3: 254 characters. */
const email = string(254, /^\s*[^\s@]+@[^\s@]+\s*$/);

export const signInMethods = ['number', 'password'] as const;
export type SignInMethod = (typeof signInMethods)[number];

export const logOutcomes = [
  'signed-in',
  'account-created',
  'wrong-password',
  'denied-not-me',
  'denied-by-mistake',
  'mismatched',
  'timed-out',
  'failed',
  'phone-added',
  'phone-removed',
] as const;

const logEntry = object({ at: time, method: oneOf(...signInMethods), outcome: oneOf(...logOutcomes) });
export type LogEntry = Parsed<typeof logEntry>;

/** What each call takes. */
export const inputs = {
  'sign-in': object({ email }),
  'sign-in/answer': object({ answer: parseAnswer }),
  'sign-in/ended': object({ id: requestId, end: oneOf(...ends), reason: optional(oneOf(...denyReasons)) }),
  'sign-in/password': object({ email, password }),
  'sign-up': object({ email, password }),
  'sign-out': nothing,
  password: object({ password }),
  'phones/request': nothing,
  'phones/answer': object({ answer: parseAnswer }),
  'phones/remove': object({ credentialId }),
} as const;

const retryAfterMs = optional(integer(0, policy.signUps.windowMs));
const outcome = tagged('outcome', { approved: {}, mismatched: {}, failed: { code } });
export type Outcome = Parsed<typeof outcome>;

function challengeOf<Type extends Challenge['type']>(type: Type): Parser<Extract<Challenge, { type: Type }>> {
  return (value) => {
    const challenge = parseChallenge(value);
    if (challenge.type !== type) throw new AppError('malformed-challenge', `challenge.type must be ${type}`);
    return challenge as Extract<Challenge, { type: Type }>;
  };
}

const signInStep = tagged('next', {
  number: { challenge: challengeOf('sign-in') },
  /** `code`: why there is no number although there may be a phone. */
  password: { code: optional(code), retryAfterMs },
});
export type SignInStep = Parsed<typeof signInStep>;

const registrationStep = tagged('next', { phone: { challenge: challengeOf('registration') }, password: {} });
export type RegistrationStep = Parsed<typeof registrationStep>;

const done = object({});

/** What each call gives. */
export const outputs = {
  'sign-in': signInStep,
  'sign-in/answer': outcome,
  'sign-in/ended': done,
  'sign-in/password': done,
  'sign-up': done,
  'sign-out': done,
  password: done,
  'phones/request': registrationStep,
  'phones/answer': outcome,
  'phones/remove': done,
} as const;

export type Call = keyof typeof inputs;
export type Input<C extends Call> = Parsed<(typeof inputs)[C]>;
export type Output<C extends Call> = Parsed<(typeof outputs)[C]>;

const phone = object({ credentialId, name, registeredAt: time, lastUsedAt: time });

/** Who is signed in, and everything that the signed-in pages show. Times in ms; 0: never. */
export const overview = tagged('state', {
  'signed-out': {},
  'signed-in': {
    email,
    method: oneOf(...signInMethods),
    phone: string(limits.nameCharacters),
    signedInAt: time,
    blocked: boolean,
    phones: array(phone, 0, 1_000),
    log: array(logEntry, 0, policy.logEntries),
  },
});
export type Overview = Parsed<typeof overview>;
export type SignedIn = Extract<Overview, { state: 'signed-in' }>;

/** The body of every refusal. `address`: where the pages have to be opened instead. */
export const refusal = object({ code, retryAfterMs, address: optional(origin) });
export type Refusal = Parsed<typeof refusal>;
