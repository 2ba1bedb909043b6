import { errorCodes } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { orNull } from '../core/or-null.ts';
import { integer, object, oneOf, optional, origin, type Parsed, string } from '../core/parse.ts';
import { denyReasons, ends } from '../core/request.ts';
import type { Vault } from '../vault/vault.ts';
import { historyPrefix } from './storage/history-record.ts';

const name = string(limits.nameCharacters);
const saved = object({
  /** ms since 1970. */
  askedAt: integer(0, Number.MAX_SAFE_INTEGER),
  type: oneOf('sign-in', 'registration', 'observed'),
  origin,
  site: name,
  account: optional(name),
  browser: name,
  end: oneOf(...ends),
  reason: optional(oneOf(...denyReasons)),
  code: optional(oneOf(...errorCodes)),
});

/** One request and what became of it. */
export type HistoryEntry = Parsed<typeof saved>;

/** What became of requests on this device, newest first, without what cannot be read. Throws `key-storage-broken`. */
export async function loadHistory(vault: Vault): Promise<HistoryEntry[]> {
  const entries = await vault.entries(historyPrefix);
  return entries.flatMap(([key, value]) => orNull(() => saved(value, key)) ?? []).reverse();
}

export async function clearHistory(vault: Vault): Promise<void> {
  await vault.remove(await vault.names(historyPrefix));
}
