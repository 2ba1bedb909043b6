import type { Challenge } from '../core/challenge.ts';
import type { LogEntry, SignInMethod } from './api-contract.ts';

export interface Account {
  /** 16 bytes, base64url; also WebAuthn's `user.id`. */
  id: string;
  /** Normalised (`accounts.ts`); unique. */
  email: string;
  /** Argon2id, PHC format. */
  passwordHash: string;
  createdAt: number;
  /** Since when numbers are refused, ms; 0 while they are not. */
  blockedAt: number;
  /** The same for browsers that the account does not know. */
  strangersBlockedAt: number;
}

/** A credential that a phone made for one account. */
export interface Phone {
  /** base64url; unique. */
  credentialId: string;
  accountId: string;
  /** What the phone calls itself. */
  name: string;
  /** COSE_Key (RFC 9052 §7). */
  publicKey: Uint8Array;
  counter: number;
  registeredAt: number;
  /** 0 before the first time. */
  lastUsedAt: number;
}

/** Kept under the hash of its cookie. */
export interface Session {
  accountId: string;
  method: SignInMethod;
  /** Name of the phone that approved; empty with a password. */
  phone: string;
  signedInAt: number;
  /** When the password was last entered in this session, ms; 0 when never. */
  passwordAt: number;
  expiresAt: number;
}

/** A challenge that was given out. */
export interface PendingRequest {
  challenge: Challenge;
  accountId: string;
  /** Hash of the cookie of the browser or session that it was given to; nobody else may answer it. */
  holder: string;
  expiresAt: number;
  consumed: boolean;
}

/** Why a request could not be consumed. */
export type NotConsumed = 'unknown-request' | 'request-consumed';

/** Where the identity provider keeps what must survive it. Each method is atomic; a write that was awaited survives a crash of the process. */
export interface Store {
  /** False when the e-mail address is taken. */
  createAccount(account: Account): Promise<boolean>;
  account(id: string): Promise<Account | null>;
  accountByEmail(email: string): Promise<Account | null>;
  setBlocked(accountId: string, blocked: Partial<Pick<Account, 'blockedAt' | 'strangersBlockedAt'>>): Promise<void>;

  /** Notes that somebody signed in to the account in this browser. `browser`: the hash of its cookie. */
  rememberBrowser(accountId: string, browser: string): Promise<void>;
  knowsBrowser(accountId: string, browser: string): Promise<boolean>;

  /** False when the credential is registered already, for whichever account. */
  addPhone(phone: Phone): Promise<boolean>;
  /** In the order of their registration. */
  phones(accountId: string): Promise<Phone[]>;
  /** Notes a use. False when the phone is gone or has meanwhile been used with this counter or a higher one (Web Authentication §7.2 step 22). */
  usePhone(accountId: string, credentialId: string, counter: number, at: number): Promise<boolean>;
  /** False when there is none. */
  removePhone(accountId: string, credentialId: string): Promise<boolean>;

  putSession(key: string, session: Session): Promise<void>;
  session(key: string): Promise<Session | null>;
  removeSession(key: string): Promise<void>;

  /** `forgetAt`: when `sweep` may drop it, ms. */
  putRequest(request: PendingRequest, forgetAt: number): Promise<void>;
  /** Gives the request to the first who asks for it with the right holder and type, and to nobody after. */
  consumeRequest(id: string, type: Challenge['type'], holder: string): Promise<PendingRequest | NotConsumed>;

  /** Only the newest entries are kept. */
  log(accountId: string, entry: LogEntry): Promise<void>;
  /** Newest first. */
  recentLog(accountId: string): Promise<LogEntry[]>;

  /** Drops sessions and requests whose time is over. */
  sweep(now: number): Promise<void>;
  close(): Promise<void>;
}
