import { type ReadonlySignal, signal } from '@preact/signals';
import { openStream } from '../messaging/open-stream.ts';
import type { View } from '../messaging/view.ts';

export interface WatchedView {
  /** Null until the background has spoken. */
  readonly view: ReadonlySignal<View | null>;
  /** The background cannot be reached any more. */
  readonly lost: ReadonlySignal<boolean>;
}

/** What the background pushes, for as long as this page is open. */
export function watchView(): WatchedView {
  const view = signal<View | null>(null);
  const lost = signal(false);
  openStream('state', {
    opened: () => undefined,
    message(now) {
      view.value = now;
    },
    lost() {
      lost.value = true;
    },
  });
  return { view, lost };
}
