import { effect } from '@preact/signals';

/** Resolves once what is read from signals holds; `givenUp`: it need not be looked for any more. */
export function becomes(holds: () => boolean, givenUp?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      stop();
      givenUp?.removeEventListener('abort', end);
    };
    const stop = effect(() => {
      if (!holds()) return;
      resolve();
      // Not within its own first run, before there is anything to stop.
      queueMicrotask(end);
    });
    givenUp?.addEventListener('abort', end);
  });
}
