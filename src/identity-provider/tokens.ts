import { createHash, timingSafeEqual } from 'node:crypto';
import { base64url } from '../core/bytes.ts';
import type { Random } from '../core/keys.ts';

/** What a cookie holds, and the only thing that the server keeps of it. */
export interface Token {
  /** 32 random bytes, base64url. */
  token: string;
  /** SHA-256 of `token`, base64url: who reads the store learns no cookie. */
  hash: string;
}

export function newToken(random: Random): Token {
  const token = base64url(random(32));
  return { token, hash: hashOf(token) };
}

/** The hash under which a cookie's value is known, or null for what `newToken` cannot have made. */
export function hashOfToken(token: string | undefined): string | null {
  return token !== undefined && /^[\w-]{43}$/.test(token) ? hashOf(token) : null;
}

/** Whether two hashes are the same, in constant time. */
export function sameHash(left: string, right: string): boolean {
  return left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right));
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
