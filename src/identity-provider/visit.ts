import { AppError } from '../core/errors.ts';
import type { LogEntry } from './api-contract.ts';
import type { Context } from './context.ts';
import { policy } from './policy.ts';
import type { Account, Session } from './store.ts';
import { hashOfToken, newToken } from './tokens.ts';

/** What the server keeps in a browser: which one it is (before anyone signs in, and afterwards), who is signed in. */
export type CookieName = 'browser' | 'session';

/** One call's way to its browser. */
export interface Visit {
  /** The network that connects; a proxy in front of the server makes it the proxy. */
  readonly address: string;
  cookie(name: CookieName): string | undefined;
  /** `null` removes it; `lifeMs` 0 keeps it until the browser is closed. */
  setCookie(name: CookieName, value: string | null, lifeMs: number): void;
}

export interface SignedInVisit extends Visit {
  readonly key: string;
  readonly session: Session;
  readonly account: Account;
}

/** The hash of the browser's own cookie, or null. */
export function knownBrowser(visit: Visit): string | null {
  return hashOfToken(visit.cookie('browser'));
}

/** The same, made when there is none yet. */
export function browserOf(context: Context, visit: Visit): string {
  const known = knownBrowser(visit);
  if (known !== null) return known;
  const { token, hash } = newToken(context.random);
  visit.setCookie('browser', token, 0);
  return hash;
}

/**
 * Who this browser is to an account, as a key of its rate limits: itself where somebody has signed in to the account in
 * it before, and else one with all strangers. So a stranger takes nothing from those who belong there.
 */
export async function standingOf(
  { store }: Context,
  visit: Visit,
  accountId: string,
): Promise<{ isKnown: boolean; key: string }> {
  const browser = knownBrowser(visit);
  const isKnown = browser !== null && (await store.knowsBrowser(accountId, browser));
  return { isKnown, key: isKnown ? `${accountId} ${browser}` : accountId };
}

/** The visit of someone who is signed in, or null. */
export async function signedIn(context: Context, visit: Visit): Promise<SignedInVisit | null> {
  const key = hashOfToken(visit.cookie('session'));
  const session = key === null ? null : await context.store.session(key);
  if (key === null || !session || session.expiresAt <= context.clock.now()) return null;
  const account = await context.store.account(session.accountId);
  return account && { ...visit, key, session, account };
}

/** Throws `not-signed-in`. */
export async function requireSignedIn(context: Context, visit: Visit): Promise<SignedInVisit> {
  const found = await signedIn(context, visit);
  if (!found) throw new AppError('not-signed-in');
  return found;
}

/** Begins a session under a new cookie and ends the one that this browser had. */
export async function openSession(
  context: Context,
  visit: Visit,
  account: Account,
  by: Pick<Session, 'method' | 'phone'>,
  outcome: LogEntry['outcome'] = 'signed-in',
): Promise<void> {
  const { store, clock, random } = context;
  const now = clock.now();
  await closeSession(context, visit);
  const { token, hash } = newToken(random);
  const passwordAt = by.method === 'password' ? now : 0;
  const expiresAt = now + policy.sessionLifeMs;
  await store.putSession(hash, { accountId: account.id, ...by, signedInAt: now, passwordAt, expiresAt });
  visit.setCookie('session', token, policy.sessionLifeMs);
  await rememberBrowser(context, visit, account);
  await store.log(account.id, { at: now, method: by.method, outcome });
  await store.sweep(now);
}

/** The account knows this browser from now on, under the cookie that it has. */
async function rememberBrowser({ store, random }: Context, visit: Visit, account: Account): Promise<void> {
  const given = visit.cookie('browser');
  const known = hashOfToken(given);
  const { token, hash } = given === undefined || known === null ? newToken(random) : { token: given, hash: known };
  visit.setCookie('browser', token, policy.browserLifeMs);
  await store.rememberBrowser(account.id, hash);
}

export async function closeSession({ store }: Context, visit: Visit): Promise<void> {
  const key = hashOfToken(visit.cookie('session'));
  if (key === null) return;
  await store.removeSession(key);
  visit.setCookie('session', null, 0);
}
