import { effect, type ReadonlySignal, type Signal } from '@preact/signals';
import type { Clock } from '../relay-client/socket.ts';
import { isRequest, type View } from './view.ts';

/** How long a request that has just taken another screen's place takes no tap, as it was meant for the other, ms. */
const settlingMs = 600;

/**
 * A tap that was meant for one screen must not answer, or hide, the request that has just taken its place: `settling` is
 * true meanwhile. Gives what ends this.
 */
export function watchSwitches(
  shown: ReadonlySignal<View>,
  settling: Signal<boolean>,
  clock: Pick<Clock, 'after'>,
): () => void {
  let before: View = shown.value;
  let cancel: () => void = () => undefined;
  const dispose = effect(() => {
    const view = shown.value;
    const isAnother = keyIn(view) !== keyIn(before) || before.screen === 'unused';
    if ((isRequest(view) || view.screen === 'unused') && before.screen !== 'home' && isAnother) {
      cancel();
      settling.value = true;
      cancel = clock.after(settlingMs, () => {
        settling.value = false;
      });
    }
    before = view;
  });
  return () => {
    dispose();
    cancel();
  };
}

function keyIn(view: View): string | null {
  return 'key' in view ? view.key : null;
}
