import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/core/errors.ts';
import { webAuthnError } from '../../src/phone/webauthn-error.ts';

describe('an error of navigator.credentials', () => {
  it.each([
    ['create', 'NotAllowedError', 'verification-refused'],
    ['create', 'InvalidStateError', 'already-registered'],
    ['create', 'ConstraintError', 'verification-unavailable'],
    ['create', 'NotSupportedError', 'verification-unavailable'],
    ['create', 'SecurityError', 'verification-unavailable'],
    ['create', 'UnknownError', 'unexpected'],
    ['get', 'NotAllowedError', 'verification-refused'],
    ['get', 'SecurityError', 'verification-unavailable'],
    ['get', 'InvalidStateError', 'unexpected'],
  ] as const)('of %s named %s is %s', (during, name, code) => {
    const cause = new DOMException('said by the browser', name);
    expect(webAuthnError(during, cause)).toMatchObject({ code, cause });
  });

  it('that is ours already stays as it is', () => {
    const ours = new AppError('verification-unavailable');
    expect(webAuthnError('get', ours)).toBe(ours);
  });

  it('that is no error at all is unexpected', () => {
    expect(webAuthnError('create', null).code).toBe('unexpected');
  });
});
