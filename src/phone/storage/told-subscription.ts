import { limits } from '../../core/limits.ts';
import { orNull } from '../../core/or-null.ts';
import { array, encodedBytes, object, optional, type Parsed, string } from '../../core/parse.ts';
import type { Vault } from '../../vault/vault.ts';

const saved = object({
  /** `PushSubscription.toJSON()`, as JSON. */
  subscription: string(limits.urlCharacters),
  /** The relay's VAPID key that it was made for, where this app has made it. */
  key: optional(encodedBytes(65)),
  /** For which pairings the relay has said that it keeps it. */
  pairings: array(encodedBytes(16), 0, 1_000),
});

/** Where the relay was told that this phone is woken. */
export type ToldSubscription = Parsed<typeof saved>;

const place = 'push-subscription';

/** Null where nothing was told, or nothing that can be read. Throws `key-storage-broken`. */
export async function loadTold(vault: Vault): Promise<ToldSubscription | null> {
  const value = await vault.get(place);
  return orNull(() => saved(value, place));
}

export function saveTold(vault: Vault, told: ToldSubscription): Promise<void> {
  return vault.set({ [place]: told });
}
