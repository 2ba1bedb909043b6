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
  // A browser may refuse to bring a window to the front, which must not leave the person with nothing.
  const front = await best?.focus().catch(() => null);
  if (front) front.postMessage(of);
  else await clients.openWindow(addressFor(of));
}

function isVisible({ visibilityState }: { visibilityState: DocumentVisibilityState }): boolean {
  return visibilityState === 'visible';
}
