import { AppError, codeOf } from '../core/errors.ts';
import { normaliseEmail } from './accounts.ts';
import type { Input, LogEntry, Outcome, SignInStep } from './api-contract.ts';
import { giveOut, isExpired, signInChallenge, type TakenBack, takeBack } from './challenges.ts';
import type { Context } from './context.ts';
import { RateLimited } from './rate-limited.ts';
import type { Account, PendingRequest } from './store.ts';
import { type ApprovalToVerify, verifyApproval } from './verify-approval.ts';
import { browserOf, knownBrowser, openSession, standingOf, type Visit } from './visit.ts';

/**
 * What follows the e-mail address: a number at once where a phone is registered, else the password. An address without
 * an account is like one without a phone. Throws `too-many-requests`.
 */
export async function beginSignIn(context: Context, visit: Visit, input: Input<'sign-in'>): Promise<SignInStep> {
  const { store, random, numberRequests, attempts } = context;
  attempts.take(visit.address);
  const browser = browserOf(context, visit);
  const account = await store.accountByEmail(normaliseEmail(input.email));
  const phones = await store.phones(account?.id ?? '-');
  if (!account || phones.length === 0) return { next: 'password' };
  const { isKnown, key } = await standingOf(context, visit, account.id);
  if (isBlocked(account, isKnown)) return { next: 'password', code: 'sign-in-blocked' };
  try {
    numberRequests.take(key);
  } catch (cause) {
    if (!(cause instanceof RateLimited)) throw cause;
    return { next: 'password', code: cause.code, retryAfterMs: cause.retryAfterMs };
  }
  const challenge = signInChallenge(random, account, context.typedNumbers);
  await giveOut(context, challenge, account, browser);
  return { next: 'number', challenge };
}

/**
 * Verifies the phone's answer and signs in. The request is consumed first, whatever comes of the answer: there is no
 * second guess. Throws `unknown-request`, `request-consumed`, `request-expired`, `not-allowed`; anything wrong with the
 * answer itself is the outcome `mismatched` or `failed`.
 */
export async function answerSignIn(
  context: Context,
  visit: Visit,
  { answer }: Input<'sign-in/answer'>,
): Promise<Outcome> {
  const request = await takeBack(context, answer.id, 'sign-in', knownBrowser(visit));
  const account = await accountOf(context, request);
  if (isExpired(request, context.clock.now())) {
    await logNumber(context, account, 'timed-out');
    throw new AppError('request-expired');
  }
  if (answer.decision !== 'approve') throw new AppError('not-allowed', 'an approval is asked for');
  if (answer.chosen !== request.challenge.number) {
    await logNumber(context, account, 'mismatched');
    return { outcome: 'mismatched' };
  }
  try {
    const { isKnown, key } = await standingOf(context, visit, account.id);
    if (isBlocked(account, isKnown)) throw new AppError('sign-in-blocked');
    const phone = await approvingPhone(context, account, request, answer);
    context.numberRequests.forget(key);
    await openSession(context, visit, account, { method: 'number', phone });
    return { outcome: 'approved' };
  } catch (cause) {
    const code = codeOf(cause);
    if (code === 'unexpected') throw cause;
    context.log('approval refused', { account: account.id, code });
    await logNumber(context, account, 'failed');
    return { outcome: 'failed', code };
  }
}

/** Name of the account's phone that made the approval. Throws `approval-invalid`. */
async function approvingPhone(
  { store, clock, origin, phoneOrigins }: Context,
  account: Account,
  { challenge }: TakenBack<'sign-in'>,
  answer: ApprovalToVerify['answer'],
): Promise<string> {
  const phones = await store.phones(account.id);
  const phone = phones.find(({ credentialId }) => credentialId === answer.credentialId);
  if (!phone) throw new AppError('approval-invalid', 'no phone of this account');
  const { counter } = await verifyApproval({ challenge, answer, phone, origin, phoneOrigins });
  const noted = await store.usePhone(account.id, phone.credentialId, counter, clock.now());
  if (!noted) throw new AppError('approval-invalid', 'counter used meanwhile');
  return phone.name;
}

type Ended = Input<'sign-in/ended'>;

/** What an end without an answer leaves in the account's log; other ends leave nothing. */
const loggedAs: Partial<Record<Ended['end'], (ended: Ended) => LogEntry['outcome']>> = {
  denied: ({ reason }) => (reason === 'not-me' ? 'denied-not-me' : 'denied-by-mistake'),
  'timed-out': () => 'timed-out',
  failed: () => 'failed',
};

/**
 * The page says that a request ended without an answer: it can no more be answered. "It wasn't me" keeps numbers from
 * this account until its next sign-in by password. Nothing shows that a phone said so; from a browser in which nobody
 * ever signed in to the account, it therefore counts for such browsers alone, or any stranger could take a person's
 * numbers away. Throws `unknown-request`; one that is over already stays as it is.
 */
export async function endSignIn(context: Context, visit: Visit, ended: Ended): Promise<void> {
  const { store, clock, log } = context;
  let request: PendingRequest;
  try {
    request = await takeBack(context, ended.id, 'sign-in', knownBrowser(visit));
  } catch (cause) {
    if (codeOf(cause) === 'request-consumed') return;
    throw cause;
  }
  const account = await accountOf(context, request);
  if (ended.end === 'denied' && ended.reason === 'not-me') {
    const { isKnown } = await standingOf(context, visit, account.id);
    const now = clock.now();
    await store.setBlocked(account.id, isKnown ? { blockedAt: now } : { strangersBlockedAt: now });
    log('sign-in denied as not me', { account: account.id, by: isKnown ? 'known browser' : 'stranger' });
  }
  const outcome = loggedAs[ended.end]?.(ended);
  if (outcome) await logNumber(context, account, outcome);
}

/** Whether numbers are kept from a browser that the account knows or does not. */
function isBlocked({ blockedAt, strangersBlockedAt }: Account, isKnown: boolean): boolean {
  return blockedAt !== 0 || (!isKnown && strangersBlockedAt !== 0);
}

async function accountOf({ store }: Context, request: PendingRequest): Promise<Account> {
  const account = await store.account(request.accountId);
  if (!account) throw new AppError('unknown-account');
  return account;
}

function logNumber({ store, clock }: Context, account: Account, outcome: LogEntry['outcome']): Promise<void> {
  return store.log(account.id, { at: clock.now(), method: 'number', outcome });
}
