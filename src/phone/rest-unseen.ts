import { computed, effect, type ReadonlySignal } from '@preact/signals';
import type { Ringing } from './ringing.ts';
import type { Shell } from './shell.ts';

/**
 * Has a window that nobody looks at give up the lead, and with it the connection, so that the relay pushes: as soon as the
 * phone rings without it and nothing is under way, also where it was left while it was only taking the lead.
 */
export function restUnseen(
  shell: Pick<Shell, 'phone' | 'rest'>,
  visible: ReadonlySignal<boolean>,
  ringing: ReadonlySignal<Pick<Ringing, 'subscriptions'> | null>,
): void {
  const isAlone = computed(() => {
    const isOn = ringing.value?.subscriptions.state.value.is === 'on';
    return !visible.value && isOn && shell.phone.value?.isQuiet.value === true;
  });
  effect(() => {
    if (isAlone.value) shell.rest();
  });
}
