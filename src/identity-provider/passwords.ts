import { hash, type Options, verify } from '@node-rs/argon2';
import { base64url } from '../core/bytes.ts';
import type { Random } from '../core/keys.ts';

/** Argon2id's cost: `memoryCost` in KiB. */
export type PasswordCost = Pick<Options, 'memoryCost' | 'timeCost' | 'parallelism'>;

/** The library's default algorithm is argon2id; these are OWASP's numbers for it (Password Storage Cheat Sheet). */
const recommended: PasswordCost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export interface Passwords {
  /** PHC string with its own salt. */
  hash(password: string): Promise<string>;
  /** Takes as long when there is no such account (`null`) as for a wrong password. */
  matches(passwordHash: string | null, password: string): Promise<boolean>;
}

export async function createPasswords(random: Random, cost: PasswordCost = recommended): Promise<Passwords> {
  const nobody = await hash(base64url(random(32)), cost);
  // One password can be typed as several sequences of code points (RFC 8265 §4.2).
  const bytes = (password: string) => password.normalize('NFC');
  return {
    hash: (password) => hash(bytes(password), cost),
    async matches(passwordHash, password) {
      const same = await verify(passwordHash ?? nobody, bytes(password));
      return same && passwordHash !== null;
    },
  };
}
