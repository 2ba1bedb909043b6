/**
 * Every way in which something is refused or fails, for code and for people. Each code has a title and a remedy in
 * `public/_locales`: `error_<code with _ for ->` (what happened) and `error_<…>_next` (what to do).
 */
export const errorCodes = [
  // bad input
  'malformed-frame',
  'malformed-message',
  'malformed-challenge',
  'malformed-call',
  'unknown-method',
  'not-allowed',
  'too-large',
  'too-many-requests',
  // relay
  'relay-unreachable',
  'relay-timeout',
  'unsupported-version',
  'bad-signature',
  'unknown-channel',
  'channel-exists',
  'channel-closed',
  'already-joined',
  'not-attached',
  'mailbox-full',
  'storage-full',
  'expired',
  'push-refused',
  // pairing
  'link-malformed',
  'link-expired',
  'link-used',
  'link-version',
  'link-other-relay',
  'digits-refused',
  'pairing-unfinished',
  'pairing-unreadable',
  'no-phone',
  // conversation
  'decryption-failed',
  'replayed',
  // phone
  'no-registration',
  'wrong-origin',
  'already-registered',
  'verification-refused',
  'verification-unavailable',
  'key-storage-broken',
  'notifications-denied',
  'push-unavailable',
  'push-expired',
  'push-unreachable',
  'push-lost',
  'phone-not-woken',
  'phone-silent',
  // page and identity provider
  'no-extension',
  'insecure-page',
  'unknown-request',
  'request-consumed',
  'request-expired',
  'approval-invalid',
  'wrong-password',
  'unknown-account',
  'account-exists',
  'weak-password',
  'not-signed-in',
  'sign-in-blocked',
  'site-unreachable',
  // a page that is only watched
  'denied-or-timed-out',
  'unexpected',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

const known: ReadonlySet<string> = new Set(errorCodes);

/** Whether a value from outside names one of our codes. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && known.has(value);
}

/** The one error of this project: a stable `code`, a `detail` for developers (never a secret), and what caused it. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, detail?: string, options?: { cause?: unknown }) {
    super(detail === undefined ? code : `${code}: ${detail}`, options);
    this.code = code;
  }
}

/** The code of anything that was thrown; what is not ours is `unexpected`. */
export function codeOf(thrown: unknown): ErrorCode {
  return thrown instanceof AppError ? thrown.code : 'unexpected';
}
