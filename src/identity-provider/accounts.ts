import { base64url } from '../core/bytes.ts';
import { AppError } from '../core/errors.ts';
import type { Input } from './api-contract.ts';
import type { Context } from './context.ts';
import { policy } from './policy.ts';
import type { Account } from './store.ts';
import { openSession, type SignedInVisit, type Visit } from './visit.ts';

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
  await checkPassword(context, email, account, input.password);
  if (!account) throw new AppError('wrong-password');
  await context.store.setBlocked(account.id, 0);
  context.numberRequests.forget(account.id);
  await openSession(context, visit, account, { method: 'password', phone: '' });
}

/** The password "one last time", before a phone is added. Throws `wrong-password`, `too-many-requests`. */
export async function confirmPassword(
  context: Context,
  { account, session, key }: SignedInVisit,
  { password }: Input<'password'>,
): Promise<void> {
  await checkPassword(context, account.email, account, password);
  await context.store.putSession(key, { ...session, passwordAt: context.clock.now() });
}

async function checkPassword(
  { store, clock, passwords, passwordAttempts }: Context,
  email: string,
  account: Account | null,
  password: string,
): Promise<void> {
  passwordAttempts.take(email);
  const right = await passwords.matches(account?.passwordHash ?? null, password);
  if (!right) {
    if (account) await store.log(account.id, { at: clock.now(), method: 'password', outcome: 'wrong-password' });
    throw new AppError('wrong-password');
  }
  passwordAttempts.forget(email);
}
