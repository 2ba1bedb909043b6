import { setTimeout as after } from 'node:timers/promises';
import type { RelayLimits } from './limits.ts';
import type { MailboxStore } from './stores/mailbox-store.ts';

/** Whether the store answers in time. */
export async function canStore({ store, limits }: { store: MailboxStore; limits: RelayLimits }): Promise<boolean> {
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
