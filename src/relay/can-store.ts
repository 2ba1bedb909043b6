import { setTimeout as after } from 'node:timers/promises';
import type { RelayLimits } from './limits.ts';
import type { MailboxStore } from './stores/mailbox-store.ts';

interface Asked {
  readonly store: MailboxStore;
  readonly limits: RelayLimits;
  readonly clock: { now(): number };
}

/** Gives what says whether the store answers in time. It writes to find out, and does so once in `readyAgainMs` whoever asks. */
export function storeCheck(asked: Asked): () => Promise<boolean> {
  let answer: Promise<boolean> | null = null;
  let askedMs = 0;
  return () => {
    const nowMs = asked.clock.now();
    if (answer === null || Math.abs(nowMs - askedMs) >= asked.limits.readyAgainMs) {
      askedMs = nowMs;
      answer = canStore(asked);
    }
    return answer;
  };
}

async function canStore({ store, limits }: Asked): Promise<boolean> {
  const late = new AbortController();
  try {
    return await Promise.race([
      store.probe().then(() => true),
      after(limits.readyMs, false, { signal: late.signal, ref: false }),
    ]);
  } catch {
    return false;
  } finally {
    late.abort();
  }
}
