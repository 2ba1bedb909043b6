import { limits } from '../../core/limits.ts';
import { orNull } from '../../core/or-null.ts';
import { array, encodedUpTo, integer, object, oneOf, optional, origin, type Parsed, string } from '../../core/parse.ts';
import type { Vault } from '../../vault/vault.ts';

const name = string(limits.nameCharacters, /\S/);
const time = integer(0, Number.MAX_SAFE_INTEGER);
const saved = object({
  origin,
  account: name,
  site: name,
  /** What WebAuthn knows the key by, base64url. */
  credentialId: encodedUpTo(1023),
  transports: array(string(32), 0, 8),
  /** ms since 1970. */
  registeredAt: time,
  /** ms since 1970; missing before its first sign-in. */
  lastUsedAt: optional(time),
  /** Why it may work no more: the provider's word, or how often in a row this phone did not confirm its person. */
  refusedBy: optional(oneOf('approval-invalid', 'verification-unavailable')),
  unconfirmed: optional(integer(0, 1_000)),
});

/** An account that this phone may sign in, at one origin and no other. */
export type Registration = Parsed<typeof saved>;

/** What names a registration. */
export type RegistrationName = Pick<Registration, 'origin' | 'account'>;

export type Repair = 'approval-invalid' | 'verification-unavailable' | 'unconfirmed';

const prefix = 'registration:';

/** A browser does not tell a key that is gone from a person who declines; as often as this in a row, it may be. */
const manyUnconfirmed = 3;

/** Oldest first, without what cannot be read: that account is registered anew. Throws `key-storage-broken`. */
export async function loadRegistrations(vault: Vault): Promise<Registration[]> {
  const entries = await vault.entries(prefix);
  return entries
    .flatMap(([key, value]) => orNull(() => saved(value, key)) ?? [])
    .sort((left, right) => left.registeredAt - right.registeredAt);
}

/** The record to store; it replaces an older one of the same account at the same origin. */
export function registrationRecord(registration: Registration): Record<string, Registration> {
  return { [nameOf(registration)]: registration };
}

export function removeRegistration(vault: Vault, of: RegistrationName): Promise<void> {
  return vault.remove([nameOf(of)]);
}

/** Undefined for an account that is not registered at that origin, whatever it is at others. */
export function registrationOf(all: readonly Registration[], of: RegistrationName): Registration | undefined {
  return all.find(({ origin, account }) => origin === of.origin && account === of.account);
}

/** What has to be mended so that it works again, as far as this phone can tell; null for one that is sound. */
export function repairOf({ refusedBy, unconfirmed = 0 }: Registration): Repair | null {
  return refusedBy ?? (unconfirmed >= manyUnconfirmed ? 'unconfirmed' : null);
}

function nameOf({ origin, account }: RegistrationName): string {
  return `${prefix}${origin} ${account}`;
}
