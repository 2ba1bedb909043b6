import { AppError, codeOf } from '../core/errors.ts';
import type { Input, Outcome, RegistrationStep } from './api-contract.ts';
import { giveOut, isExpired, registrationChallenge, takeBack } from './challenges.ts';
import type { Context } from './context.ts';
import { policy } from './policy.ts';
import type { Phone } from './store.ts';
import { verifyRegistration } from './verify-registration.ts';
import type { SignedInVisit } from './visit.ts';

/** What follows "Add this phone": the password first, unless it was entered in the last minutes. Throws `too-many-requests`. */
export async function beginRegistration(context: Context, visit: SignedInVisit): Promise<RegistrationStep> {
  if (!enteredRecently(context, visit)) return { next: 'password' };
  context.numberRequests.take(registrationsOf(visit));
  const challenge = registrationChallenge(context.random, visit.account);
  await giveOut(context, challenge, visit.account, visit.key);
  return { next: 'phone', challenge };
}

/**
 * Keeps the phone's new credential. Throws `unknown-request`, `request-consumed`, `request-expired`, `not-allowed`;
 * anything wrong with the answer itself is the outcome `failed`.
 */
export async function answerRegistration(
  context: Context,
  visit: SignedInVisit,
  { answer }: Input<'phones/answer'>,
): Promise<Outcome> {
  const { account, key, session } = visit;
  const request = await takeBack(context, answer.id, 'registration', key);
  const now = context.clock.now();
  if (isExpired(request, now)) throw new AppError('request-expired');
  if (answer.decision !== 'register') throw new AppError('not-allowed', 'a registration is asked for');
  try {
    const { origin, phoneOrigins } = context;
    const credential = await verifyRegistration({ challenge: request.challenge, answer, origin, phoneOrigins });
    const phone: Phone = {
      ...credential,
      accountId: account.id,
      name: answer.phone,
      registeredAt: now,
      lastUsedAt: 0,
    };
    if (!(await context.store.addPhone(phone))) throw new AppError('already-registered');
  } catch (cause) {
    const code = codeOf(cause);
    if (code === 'unexpected') throw cause;
    context.log('registration refused', { account: account.id, code });
    return { outcome: 'failed', code };
  }
  context.numberRequests.forget(registrationsOf(visit));
  await context.store.log(account.id, { at: now, method: session.method, outcome: 'phone-added' });
  return { outcome: 'approved' };
}

/** Forgets a phone: it can approve nothing more here. One that is gone already stays gone. */
export async function removePhone(
  { store, clock }: Context,
  { account, session }: SignedInVisit,
  { credentialId }: Input<'phones/remove'>,
): Promise<void> {
  const removed = await store.removePhone(account.id, credentialId);
  if (removed) await store.log(account.id, { at: clock.now(), method: session.method, outcome: 'phone-removed' });
}

/** Requests to register count by themselves: whoever only knows the e-mail address can use none of them up. */
function registrationsOf({ account }: SignedInVisit): string {
  return `${account.id} registration`;
}

function enteredRecently({ clock }: Context, { session }: SignedInVisit): boolean {
  return session.passwordAt !== 0 && clock.now() - session.passwordAt < policy.recentPasswordMs;
}
