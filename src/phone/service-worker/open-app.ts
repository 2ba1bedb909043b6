import { carriedBy } from '../notifications.ts';
import { addressFor, type OpenedFor } from '../opened-for.ts';
import type { WorkerClients } from './scope.ts';

/** Brings the app to the front for what a notification is about: a window of it that is open, else a new one. */
export async function openFrom(notification: { data: unknown }, clients: WorkerClients): Promise<void> {
  const { key, test, pairing } = carriedBy(notification) ?? {};
  const of: OpenedFor = {
    ...(key === undefined ? {} : { wanted: key }),
    ...(test === undefined ? {} : { tapped: test }),
    ...(pairing === undefined ? {} : { pairing }),
  };
  const windows = await clients.matchAll({ type: 'window', includeUncontrolled: true });
  const best = windows.find(({ focused }) => focused) ?? windows.find(isVisible) ?? windows[0];
  if (!best) {
    await clients.openWindow(addressFor(of));
    return;
  }
  const front = await best.focus();
  front.postMessage(of);
}

function isVisible({ visibilityState }: { visibilityState: DocumentVisibilityState }): boolean {
  return visibilityState === 'visible';
}
