import { effect, type ReadonlySignal } from '@preact/signals';
import { pageNames } from './page-names.ts';

/** The worker that keeps the app and rings; null where the browser has none, and the app works without. */
export async function installWorker(
  container: Pick<ServiceWorkerContainer, 'register' | 'ready'> | undefined,
): Promise<ServiceWorkerRegistration | null> {
  try {
    await container?.register(pageNames.worker);
    return (await container?.ready) ?? null;
  } catch {
    // Private windows and browsers set so refuse it: then nothing is kept, and nothing rings.
    return null;
  }
}

/**
 * Lets a new version take over while nothing is under way and nobody is looking; `reload` is called once it has. What
 * is on the screen is never taken away, and a window keeps the version that it began with until then.
 */
export function followUpdates(
  registration: ServiceWorkerRegistration,
  container: Pick<ServiceWorkerContainer, 'addEventListener'>,
  isAtRest: ReadonlySignal<boolean>,
  reload: () => void,
): () => void {
  let isAsked = false;
  const take = () => {
    if (!isAtRest.peek() || !registration.waiting) return;
    isAsked = true;
    registration.waiting.postMessage('take over');
  };
  container.addEventListener('controllerchange', () => {
    if (isAsked) reload();
  });
  return effect(() => {
    if (!isAtRest.value) return;
    take();
    // A window that is never closed asks for a new version when it is left.
    registration.update().then(take, () => undefined);
  });
}
