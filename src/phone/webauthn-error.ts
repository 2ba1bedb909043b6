import { AppError, type ErrorCode } from '../core/errors.ts';

/** By the name of the DOMException; sections and steps of Web Authentication Level 2. */
const codes: Readonly<Record<'create' | 'get', ReadonlyMap<string, ErrorCode>>> = {
  create: new Map<string, ErrorCode>([
    // §5.1.3, its last step: the person declined, took too long, or failed the check; a page is not to know which.
    ['NotAllowedError', 'verification-refused'],
    // §5.1.3 step 20 and §6.3.2 step 3: the authenticator holds an excluded credential.
    ['InvalidStateError', 'already-registered'],
    // §6.3.2 step 5: it cannot verify the person.
    ['ConstraintError', 'verification-unavailable'],
    // §6.3.2 step 2: it has none of the algorithms.
    ['NotSupportedError', 'verification-unavailable'],
    // §5.1.3 steps 7 and 8: the address is no domain, such as a bare IP address.
    ['SecurityError', 'verification-unavailable'],
  ]),
  get: new Map<string, ErrorCode>([
    // §5.1.4.1, its last step: as above; also where the authenticator holds the credential no more (§6.3.3).
    ['NotAllowedError', 'verification-refused'],
    // §5.1.4.1 steps 5 and 6: as above.
    ['SecurityError', 'verification-unavailable'],
  ]),
};

/** What `navigator.credentials` threw, as ours; what is not named above is `unexpected`. */
export function webAuthnError(during: 'create' | 'get', thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const name = thrown instanceof Error ? thrown.name : typeof thrown;
  return new AppError(codes[during].get(name) ?? 'unexpected', name, { cause: thrown });
}
