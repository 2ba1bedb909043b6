import type { Random } from '../core/keys.ts';
import type { Passwords } from './passwords.ts';
import type { RateLimit } from './rate-limit.ts';
import type { Store } from './store.ts';

export interface Clock {
  /** ms since 1970. */
  now(): number;
}

/** One thing that happened, for operators. Never a cookie, password, number, e-mail or network address. */
export type Log = (event: string, facts?: Readonly<Record<string, string | number>>) => void;

/** All that the sign-in policy works with. */
export interface Context {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Where the pages are, as the browser says it. */
  readonly origin: string;
  /** Where phone apps may be: the WebAuthn origins of approvals. */
  readonly phoneOrigins: readonly string[];
  /** Whether numbers are typed on the phone instead of picked among three. */
  readonly typedNumbers: boolean;
  readonly passwords: Passwords;
  /** By e-mail address where there is no account, else as `numberRequests`. */
  readonly passwordAttempts: RateLimit;
  /** By account and standing (`standingOf`). */
  readonly numberRequests: RateLimit;
  /** By network address. */
  readonly attempts: RateLimit;
  /** By network address. */
  readonly signUps: RateLimit;
}
