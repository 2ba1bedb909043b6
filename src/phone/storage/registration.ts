import { limits } from '../../core/limits.ts';
import { array, encodedUpTo, integer, object, origin, type Parsed, string } from '../../core/parse.ts';
import type { Vault } from '../../vault/vault.ts';

const name = string(limits.nameCharacters, /\S/);
const saved = object({
  origin,
  account: name,
  site: name,
  /** What WebAuthn knows the key by, base64url. */
  credentialId: encodedUpTo(1023),
  transports: array(string(32), 0, 8),
  /** ms since 1970. */
  registeredAt: integer(0, Number.MAX_SAFE_INTEGER),
});

/** An account that this phone may sign in, at one origin and no other. */
export type Registration = Parsed<typeof saved>;

const prefix = 'registration:';

/** Oldest first. Throws `key-storage-broken` or `malformed-message`. */
export async function loadRegistrations(vault: Vault): Promise<Registration[]> {
  const entries = await vault.entries(prefix);
  return entries.map(([key, value]) => saved(value, key)).sort((left, right) => left.registeredAt - right.registeredAt);
}

/** The record to store; it replaces an older one of the same account at the same origin. */
export function registrationRecord(registration: Registration): Record<string, Registration> {
  return { [`${prefix}${registration.origin} ${registration.account}`]: registration };
}
