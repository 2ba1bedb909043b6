import { hash, type Options, verify } from '@node-rs/argon2';
import { base64url } from '../core/bytes.ts';
import { AppError } from '../core/errors.ts';
import type { Random } from '../core/keys.ts';
import { policy } from './policy.ts';

/** Argon2id's cost: `memoryCost` in KiB. */
export type PasswordCost = Pick<Options, 'memoryCost' | 'timeCost' | 'parallelism'>;

/** The library's default algorithm is argon2id; these are OWASP's numbers for it (Password Storage Cheat Sheet). */
const recommended: PasswordCost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export interface Passwords {
  /** PHC string with its own salt. Throws `too-many-requests` while too many are under way. */
  hash(password: string): Promise<string>;
  /** Takes as long when there is no such account (`null`) as for a wrong password. Throws as `hash` does. */
  matches(passwordHash: string | null, password: string): Promise<boolean>;
}

export async function createPasswords(random: Random, cost: PasswordCost = recommended): Promise<Passwords> {
  const nobody = await hash(base64url(random(32)), cost);
  // One password can be typed as several sequences of code points (RFC 8265 §4.2).
  const bytes = (password: string) => password.normalize('NFC');
  let underWay = 0;
  async function bounded<T>(work: () => Promise<T>): Promise<T> {
    if (underWay >= policy.hashings) throw new AppError('too-many-requests', 'passwords');
    underWay += 1;
    try {
      return await work();
    } finally {
      underWay -= 1;
    }
  }
  return {
    hash: (password) => bounded(() => hash(bytes(password), cost)),
    async matches(passwordHash, password) {
      const same = await bounded(() => verify(passwordHash ?? nobody, bytes(password)));
      return same && passwordHash !== null;
    },
  };
}
