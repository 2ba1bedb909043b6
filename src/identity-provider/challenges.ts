import { base64url } from '../core/bytes.ts';
import type { Challenge, RegistrationChallenge, SignInChallenge } from '../core/challenge.ts';
import { AppError } from '../core/errors.ts';
import type { Random } from '../core/keys.ts';
import { limits } from '../core/limits.ts';
import type { Context } from './context.ts';
import { policy } from './policy.ts';
import type { Account, PendingRequest } from './store.ts';

/**
 * Three two-digit numbers, one of them the right one; each number and each place is equally likely. `isTyped`: only the
 * right one, so that a guess is right once in 90 times instead of once in three.
 */
export function signInChallenge(random: Random, account: Account, isTyped = false): SignInChallenge {
  const choices = new Set<string>();
  while (choices.size < 3) choices.add(String(10 + below(90, random)));
  const number = [...choices][below(3, random)] as string;
  const common = { type: 'sign-in', ...basics(random, account), lifeMs: limits.requestLifeMs, number } as const;
  return { ...common, choices: isTyped ? [] : [...choices] };
}

export function registrationChallenge(random: Random, account: Account): RegistrationChallenge {
  const lifeMs = policy.registrationLifeMs;
  return { type: 'registration', ...basics(random, account), lifeMs, userHandle: account.id };
}

/** Gives a challenge out to `holder`, who alone may answer it. */
export async function giveOut(
  { store, clock }: Context,
  challenge: Challenge,
  account: Account,
  holder: string,
): Promise<void> {
  const now = clock.now();
  const expiresAt = now + challenge.lifeMs;
  await store.sweep(now);
  await store.putRequest(
    { challenge, accountId: account.id, holder, expiresAt, consumed: false },
    expiresAt + policy.requestMemoryMs,
  );
}

/** A request that nobody can take any more, its challenge of a known type. */
export type TakenBack<Type extends Challenge['type']> = PendingRequest & {
  challenge: Extract<Challenge, { type: Type }>;
};

/** Takes a challenge back, once. Throws `unknown-request`, also to anyone but its holder, or `request-consumed`. */
export async function takeBack<Type extends Challenge['type']>(
  { store }: Context,
  id: string,
  type: Type,
  holder: string | null,
): Promise<TakenBack<Type>> {
  const request = holder === null ? 'unknown-request' : await store.consumeRequest(id, type, holder);
  if (typeof request === 'string') throw new AppError(request);
  return request as TakenBack<Type>;
}

/** Whether an answer comes too late, with the grace that core gives a page for verifying. */
export function isExpired({ expiresAt }: PendingRequest, now: number): boolean {
  return now >= expiresAt + limits.verificationGraceMs;
}

function basics(random: Random, account: Account) {
  return {
    id: base64url(random(16)),
    nonce: base64url(random(32)),
    site: policy.site,
    account: account.email,
  };
}

/** A whole number from 0 to `end - 1`, `end` at most 256, without the bias that a remainder alone would have. */
function below(end: number, random: Random): number {
  const usable = 256 - (256 % end);
  for (;;) {
    const [byte] = random(1) as unknown as [number];
    if (byte < usable) return byte % end;
  }
}
