import { effect } from '@preact/signals';

/** Resolves once what is read from signals holds. */
export function becomes(holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const stop = effect(() => {
      if (!holds()) return;
      resolve();
      // Not within its own first run, before there is anything to stop.
      queueMicrotask(() => stop());
    });
  });
}
