import { sha256 } from '@noble/hashes/sha2.js';
import { bytes, encode, oneOf, struct, utf8UpTo } from './binary.ts';
import { type Bytes, fromBase64url } from './bytes.ts';
import { limits } from './limits.ts';

const decisions = ['approve', 'register'] as const;

const statement = struct({
  label: utf8UpTo(64),
  id: bytes(16),
  nonce: bytes(32),
  origin: utf8UpTo(limits.urlCharacters * 3),
  account: utf8UpTo(limits.nameCharacters * 3),
  decision: oneOf(decisions),
  number: utf8UpTo(8),
});

/** What a phone states when it approves or registers. `id` and `nonce` in base64url, as the challenge had them. */
export interface Statement {
  id: string;
  nonce: string;
  /** The page's origin, as the browser gave it and not the page. */
  origin: string;
  account: string;
  decision: (typeof decisions)[number];
  /** The number that was picked; empty where there is none to pick. */
  number: string;
}

/** SHA-256 of the statement, 32 bytes: the challenge of the WebAuthn ceremony (Web Authentication §13.4.3). */
export function statementHash({ id, nonce, ...rest }: Statement): Bytes {
  return sha256(
    encode(statement, {
      label: 'tandem/1 statement',
      id: fromBase64url(id, 16),
      nonce: fromBase64url(nonce, 32),
      ...rest,
    }),
  ) as Bytes;
}
