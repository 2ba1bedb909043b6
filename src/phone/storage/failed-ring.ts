import { type ErrorCode, errorCodes } from '../../core/errors.ts';
import { orNull } from '../../core/or-null.ts';
import { object, oneOf } from '../../core/parse.ts';
import type { Vault } from '../../vault/vault.ts';

const saved = object({ code: oneOf(...errorCodes) });

const place = 'failed-ring';

/** Why the last ring test failed; null where there is no such word, or none that can be read. Throws `key-storage-broken`. */
export async function loadFailedRing(vault: Vault): Promise<ErrorCode | null> {
  const value = await vault.get(place);
  return orNull(() => saved(value, place).code);
}

export function saveFailedRing(vault: Vault, code: ErrorCode): Promise<void> {
  return vault.set({ [place]: { code } });
}

export function forgetFailedRing(vault: Vault): Promise<void> {
  return vault.remove([place]);
}
