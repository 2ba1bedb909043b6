import { concat, text, utf8 } from './bytes.ts';
import { AppError, errorCodes } from './errors.ts';
import { limits } from './limits.ts';
import {
  array,
  encodedBytes,
  encodedUpTo,
  integer,
  json,
  oneOf,
  optional,
  origin,
  type Parsed,
  type Parser,
  string,
  tagged,
} from './parse.ts';
import { denyReasons, ends } from './request.ts';

const id = encodedBytes(16);
const name = string(limits.nameCharacters, /\S/);
const number = string(2, /^[1-9][0-9]$/);
const credentialId = encodedUpTo(1023);

/** What `navigator.credentials.get` gave, base64url (Web Authentication §5.2.2). */
const assertion = {
  credentialId,
  clientDataJSON: encodedUpTo(1024),
  authenticatorData: encodedUpTo(1024),
  signature: encodedUpTo(512),
};

/** What `navigator.credentials.create` gave, base64url (Web Authentication §5.2.1). */
const attestation = {
  credentialId,
  clientDataJSON: encodedUpTo(1024),
  attestationObject: encodedUpTo(4096),
  transports: array(string(32), 0, 8),
};

/** The phone's decision on a request. `cannot` says why this phone has none to give. */
const answer = tagged('decision', {
  approve: { id, chosen: number, ...assertion },
  register: { id, phone: name, ...attestation },
  deny: { id, reason: oneOf(...denyReasons) },
  cannot: { id, code: oneOf(...errorCodes) },
});
export type Answer = Parsed<typeof answer>;
export const parseAnswer: Parser<Answer> = answer;

/** What every request tells the phone: what the browser knows itself, and what the page calls itself. */
const asked = { id, origin, site: name, browser: name, expiresAt: integer(0, 2 ** 48 - 1) };

const choices: Parser<string[]> = (value, field = 'choices') => {
  const given = array(number, 0, 3)(value, field);
  return given.length === 0 ? given : array(number, 3, 3)(value, field);
};

/** A request as it travels to the phone. Of a native challenge it has everything but the right number. */
const request = tagged('type', {
  /** No `choices`: the number is typed. */
  'sign-in': { ...asked, account: name, nonce: encodedBytes(32), choices },
  registration: { ...asked, account: name, nonce: encodedBytes(32), userHandle: encodedBytes(16) },
  /**
   * A number on the page of a provider with an app of its own, in which it is answered. `account`: where the page names
   * it. `number`: as the page shows it, unless the person keeps it off the phone.
   */
  observed: {
    ...asked,
    account: optional(name),
    apps: array(name, 0, 4),
    direction: oneOf('choose', 'type', 'compare'),
    number: optional(string(8, /^(?:\d{1,8}|[A-Z])$/)),
  },
});
/** `expiresAt`: ms since 1970 by the relay's clock. */
export type PhoneRequest = Parsed<typeof request>;
/** A request that this phone itself answers. */
export type NativeRequest = Exclude<PhoneRequest, { type: 'observed' }>;

/** `arrived`: the phone's worker or app has it; `shown` as a notification; `opened`: the app is open. */
export const pongSteps = ['arrived', 'shown', 'opened'] as const;

const message = tagged('kind', {
  request: { request },
  answer: { answer },
  /** The request is over without the phone's doing. */
  withdraw: { id, reason: oneOf('password', 'timed-out', 'superseded', 'gone') },
  /** What came of the phone's answer. */
  outcome: { id, outcome: oneOf(...ends), code: optional(oneOf(...errorCodes)) },
  /** How far the request has come on the phone. */
  receipt: { id, stage: oneOf('received', 'opened') },
  /** The six digits were the same. Where they were not, the channel is closed instead. */
  confirm: {},
  unpair: {},
  /** The sender was paired with another device, which calls itself `name`. */
  paired: { name },
  /** The other side tries whether this phone rings; `id` is the test's. */
  ping: { id },
  /** How far a test has come on the phone; `code`: why no further. */
  pong: { id, step: oneOf(...pongSteps), code: optional(oneOf(...errorCodes)) },
});
export type Message = Parsed<typeof message>;

/** Throws `malformed-message`, naming the field. */
export const parseMessage = (value: unknown): Message => message(value, 'message');

/** What is left of a body for padded plaintext: envelope, ephemeral key and tag take 74 bytes of the last step. */
const mostPlaintextBytes = limits.bodyBytes - limits.paddingBytes;

/**
 * A message as padded plaintext: its length in 2 bytes, JSON, zeros up to a multiple of 256 bytes. It holds the fields
 * of the protocol and no other, so that a right number which a caller left in does not travel. Throws `too-large`, or
 * `malformed-message` for what the other side would refuse.
 */
export function encodeMessage(message: Message): Uint8Array {
  const body = utf8(JSON.stringify(parseMessage(message)));
  if (2 + body.length > mostPlaintextBytes) throw new AppError('too-large', `a message of ${body.length} bytes`);
  const length = new Uint8Array([body.length >> 8, body.length & 255]);
  const rest = (length.length + body.length) % limits.paddingBytes;
  return concat(length, body, new Uint8Array(rest === 0 ? 0 : limits.paddingBytes - rest));
}

/** The message of a padded plaintext. Throws `malformed-message`, naming the field. */
export function decodeMessage(plaintext: Uint8Array): Message {
  const [high, low] = plaintext;
  if (high === undefined || low === undefined) throw new AppError('malformed-message', 'no length');
  const length = high * 256 + low;
  if (length > plaintext.length - 2) throw new AppError('malformed-message', 'shorter than its length');
  return parseMessage(json(text(plaintext.subarray(2, 2 + length))));
}
