import { isEnded } from '../../core/request.ts';
import type { Vault } from '../../vault/vault.ts';
import type { HeldRequest } from './held-request.ts';

export const historyPrefix = 'history:';
/** How long it is kept, ms. */
export const historyLifeMs = 90 * 24 * 3_600_000;
/** Digits of a time in ms in a record's name, so that names are in order of time. */
const timeDigits = 15;

/** What is kept of a request that has ended, by when it came; told a later end, it replaces itself. */
export function historyRecord({ pairing, request, life }: HeldRequest): Record<string, object> {
  if (!isEnded(life)) return {};
  const { id, type, origin, site, browser, account } = request;
  const askedAt = life.reachedAt.detected ?? 0;
  const name = `${historyPrefix}${timeIn(askedAt)}:${pairing}:${id}`;
  const { phase: end, reason, code } = life;
  return { [name]: { askedAt, type, origin, site, account, browser, end, reason, code } };
}

/** Forgets what is older than 90 days by `now`, ms. */
export async function pruneHistory(vault: Vault, now: number): Promise<void> {
  const oldest = historyPrefix + timeIn(Math.max(0, now - historyLifeMs));
  const names = await vault.names(historyPrefix);
  await vault.remove(names.filter((name) => name < oldest));
}

function timeIn(ms: number): string {
  return String(Math.round(ms)).padStart(timeDigits, '0');
}
