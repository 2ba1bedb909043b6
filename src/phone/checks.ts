import type { Vault } from '../vault/vault.ts';

/** Below this, bytes, a browser gives a page so little room that its window is most likely a private one. */
const privateQuotaBytes = 300 * 1024 * 1024;
/** A clock that is off by more than this, ms, is worth a word; below it nobody would notice. */
export const clockToleranceMs = 2 * 60_000;

/** What a phone is asked about itself. */
export interface CheckParts {
  vault: Vault;
  storage: Pick<StorageManager, 'estimate' | 'persisted'> | undefined;
  /** Whether there is a screen lock that this browser can use. */
  canVerify: () => Promise<boolean>;
  /** How far this device's clock is ahead of the relay's, ms; null while that is unknown. */
  clockAheadMs: number | null;
}

export interface Checks {
  /** What was just written came back and could be opened. */
  readonly keepsKeys: boolean;
  /** The browser has promised to clear nothing by itself; null where it does not say. */
  readonly isKept: boolean | null;
  readonly isPrivate: boolean;
  readonly hasLock: boolean;
  readonly clockAheadMs: number | null;
}

/** Tries all that Tandem needs of a phone. Never rejects. */
export async function checkPhone({ vault, storage, canVerify, clockAheadMs }: CheckParts): Promise<Checks> {
  const [keepsKeys, isKept, estimate, hasLock] = await Promise.all([
    answerOf(vault.probe(), false),
    answerOf<boolean | null>(storage?.persisted(), null),
    answerOf<StorageEstimate>(storage?.estimate(), {}),
    answerOf(canVerify(), false),
  ]);
  return { keepsKeys, isKept, isPrivate: (estimate.quota ?? Infinity) < privateQuotaBytes, hasLock, clockAheadMs };
}

/** Whether all is well that a person could do something about. */
export function isWell({ keepsKeys, isPrivate, hasLock, clockAheadMs }: Checks): boolean {
  return keepsKeys && !isPrivate && hasLock && Math.abs(clockAheadMs ?? 0) <= clockToleranceMs;
}

/** A question that fails, or that cannot be asked at all, has the answer `otherwise`. */
function answerOf<T>(asked: Promise<T> | undefined, otherwise: T): Promise<T> {
  return asked === undefined ? Promise.resolve(otherwise) : asked.catch(() => otherwise);
}
