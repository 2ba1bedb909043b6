import { orNull } from '../../core/or-null.ts';
import { array, encodedBytes, encodedUpTo, object, optional, type Parsed, string } from '../../core/parse.ts';
import type { Vault } from '../../vault/vault.ts';

const saved = object({
  /** Whose key it is to the authenticator, which keeps but one for each; 16 bytes, base64url. */
  userHandle: encodedBytes(16),
  /** Missing before it was made, and once it may be gone. */
  key: optional(
    object({
      /** What WebAuthn knows the key by, base64url. */
      credentialId: encodedUpTo(1023),
      transports: array(string(32), 0, 8),
    }),
  ),
});

/** The key by which this phone verifies its person for itself. */
export type PersonKey = Parsed<typeof saved>;

const place = 'person-key';

/** Null before the first pairing, or where it cannot be read. Throws `key-storage-broken`. */
export async function loadPersonKey(vault: Vault): Promise<PersonKey | null> {
  const value = await vault.get(place);
  return orNull(() => saved(value, place));
}

export function savePersonKey(vault: Vault, person: PersonKey): Promise<void> {
  return vault.set({ [place]: person });
}
