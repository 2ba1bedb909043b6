import { effect, type Signal, signal } from '@preact/signals';

/** Whether this phone is paired, kept under `name` in a storage of its own: a browser may clear the vault and not that. */
export function pairedMarker(
  storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>,
  name: string,
): Signal<boolean> {
  const paired = signal(storage.getItem(name) !== null);
  effect(() => {
    if (paired.value) storage.setItem(name, '');
    else storage.removeItem(name);
  });
  return paired;
}
