import { expect, it } from 'vitest';
import { AppError, codeOf, errorCodes, isErrorCode } from '../../src/core/errors.ts';
import { refusals } from '../../src/core/frames.ts';

it('has each code once, in kebab-case, and knows its own', () => {
  expect(new Set(errorCodes).size).toBe(errorCodes.length);
  for (const code of errorCodes) {
    expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(isErrorCode(code)).toBe(true);
  }
  for (const other of ['toString', '__proto__', '', null, 7, ['expired']]) expect(isErrorCode(other)).toBe(false);
});

it('carries a code, a detail for developers and what caused it', () => {
  const cause = new RangeError('deep');
  const error = new AppError('expired', 'after 60 s', { cause });
  expect([error.name, error.code, error.message, error.cause]).toEqual([
    'AppError',
    'expired',
    'expired: after 60 s',
    cause,
  ]);
  expect(new AppError('expired').message).toBe('expired');
});

it('calls unexpected whatever is not its own', () => {
  expect(codeOf(new AppError('expired'))).toBe('expired');
  for (const thrown of [new Error('x'), 'expired', { code: 'expired' }, null, undefined]) {
    expect(codeOf(thrown)).toBe('unexpected');
  }
});

it('a relay says no with codes that are errors, in places that never move', () => {
  for (const code of refusals) expect(isErrorCode(code)).toBe(true);
  expect(refusals.slice(0, 13)).toEqual([
    ...['bad-signature', 'unknown-channel', 'channel-closed', 'already-joined', 'not-attached', 'mailbox-full'],
    ...['storage-full', 'expired', 'too-large', 'too-many-requests', 'push-refused', 'channel-exists'],
    'malformed-frame',
  ]);
});
