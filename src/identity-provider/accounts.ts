import { base64url } from '../core/bytes.ts';
import { AppError } from '../core/errors.ts';
import type { Input } from './api-contract.ts';
import type { Context } from './context.ts';
import { policy } from './policy.ts';
import type { Account } from './store.ts';
import { openSession, type SignedInVisit, standingOf, type Visit } from './visit.ts';

/** One spelling for each address, so that an account is found however it was typed. */
export function normaliseEmail(email: string): string {
  return email.trim().normalize('NFC').toLowerCase();
}

/** Makes an account and signs in. Throws `weak-password`, `account-exists`, `too-many-requests`. */
export async function signUp(context: Context, visit: Visit, input: Input<'sign-up'>): Promise<void> {
  const { least, most } = policy.passwordCharacters;
  if (input.password.length < least || input.password.length > most) {
    throw new AppError('weak-password', `${least} to ${most} characters`);
  }
  context.signUps.take(visit.address);
  const account: Account = {
    id: base64url(context.random(16)),
    email: normaliseEmail(input.email),
    passwordHash: await context.passwords.hash(input.password),
    createdAt: context.clock.now(),
    blockedAt: 0,
    strangersBlockedAt: 0,
  };
  if (!(await context.store.createAccount(account))) throw new AppError('account-exists');
  await openSession(context, visit, account, { method: 'password', phone: '' }, 'account-created');
}

/**
 * Signs in with the password, and lifts the block that "It wasn't me" put on numbers. Throws `wrong-password`, for an
 * address that has no account too, and `too-many-requests`.
 */
export async function signInWithPassword(
  context: Context,
  visit: Visit,
  input: Input<'sign-in/password'>,
): Promise<void> {
  const email = normaliseEmail(input.email);
  const account = await context.store.accountByEmail(email);
  await checkPassword(context, visit, email, account, input.password);
  if (!account) throw new AppError('wrong-password');
  await context.store.setBlocked(account.id, { blockedAt: 0, strangersBlockedAt: 0 });
  context.numberRequests.forget((await standingOf(context, visit, account.id)).key);
  await openSession(context, visit, account, { method: 'password', phone: '' });
}

/** The password "one last time", before a phone is added. Throws `wrong-password`, `too-many-requests`. */
export async function confirmPassword(
  context: Context,
  visit: SignedInVisit,
  { password }: Input<'password'>,
): Promise<void> {
  const { account, session, key } = visit;
  await checkPassword(context, visit, account.email, account, password);
  await context.store.putSession(key, { ...session, passwordAt: context.clock.now() });
}

async function checkPassword(
  context: Context,
  visit: Visit,
  email: string,
  account: Account | null,
  password: string,
): Promise<void> {
  const { store, clock, passwords, passwordAttempts, attempts } = context;
  attempts.take(visit.address);
  const key = account ? (await standingOf(context, visit, account.id)).key : email;
  passwordAttempts.take(key);
  const right = await passwords.matches(account?.passwordHash ?? null, password);
  if (!right) {
    if (account) {
      // Not awaited: how long the answer takes would say that there is an account.
      store
        .log(account.id, { at: clock.now(), method: 'password', outcome: 'wrong-password' })
        .catch((cause: unknown) =>
          context.log('wrong password not logged', { account: account.id, why: String(cause) }),
        );
    }
    throw new AppError('wrong-password');
  }
  passwordAttempts.forget(key);
}
