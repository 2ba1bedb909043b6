import { effect, type ReadonlySignal, signal } from '@preact/signals';
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
 * Lets a new version take over while nothing is under way and nobody is looking, whenever it comes to be there; `reload`
 * is called once it has, as soon as that holds (again). What is on the screen is never taken away, and a window keeps the
 * version that it began with until then.
 */
export function followUpdates(
  registration: Pick<ServiceWorkerRegistration, 'addEventListener' | 'installing' | 'waiting' | 'update'>,
  container: Pick<ServiceWorkerContainer, 'addEventListener' | 'controller'>,
  isAtRest: ReadonlySignal<boolean>,
  reload: () => void,
): () => void {
  /** Another version has the app than the one that this window began with. */
  const isOld = signal(false);
  // The first worker that there ever is takes over from none.
  let hasBegun = container.controller !== null;
  const take = () => {
    if (!isAtRest.peek() || !registration.waiting) return;
    hasBegun = true;
    registration.waiting.postMessage('take over');
  };
  // An update resolves before its files have come, which takes its time on a slow line: it waits only after that.
  const watch = () => registration.installing?.addEventListener('statechange', take);
  registration.addEventListener('updatefound', watch);
  watch();
  container.addEventListener('controllerchange', () => {
    isOld.value = hasBegun;
    hasBegun = true;
  });
  return effect(() => {
    if (!isAtRest.value) return;
    if (isOld.value) {
      reload();
      return;
    }
    take();
    // A window that is never closed asks for a new version when it is left.
    registration.update().then(take, () => undefined);
  });
}
