import type { SignInChallenge } from '../../core/challenge.ts';
import type { ErrorCode } from '../../core/errors.ts';
import type { NumberMatchResult } from '../../page/tandem.ts';
import type { SignedIn } from '../api-contract.ts';

/** Why something did not work, and when or where it may. */
export interface Failure {
  code: ErrorCode;
  retryAfterMs?: number | undefined;
  address?: string | undefined;
}

/** What the page shows: one value, replaced and never changed. */
export type View =
  | { screen: 'email'; email: string; failure?: Failure }
  | { screen: 'sign-up'; email: string }
  /** `asked`: a phone was asked before, and may be again. */
  | { screen: 'password'; email: string; asked: boolean; failure?: Failure }
  | { screen: 'number'; email: string; challenge: SignInChallenge }
  | { screen: 'ended'; email: string; result: NumberMatchResult }
  | { screen: 'home'; account: SignedIn; failure?: Failure }
  | { screen: 'security'; account: SignedIn; failure?: Failure };
