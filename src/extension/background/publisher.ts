import type { View } from '../messaging/view.ts';

/** Whoever is told of each change: the extension's pages, the badge. */
export type Audience = (view: View) => void;

/** Tells everybody what there is to see, once for all changes of one moment. */
export class Publisher {
  readonly #view: () => View;
  readonly #audience = new Set<Audience>();
  #due = false;

  constructor(view: () => View) {
    this.#view = view;
  }

  /** Tells `audience` now and on each change; gives what takes that back. */
  join(audience: Audience): () => void {
    this.#audience.add(audience);
    audience(this.#view());
    return () => this.#audience.delete(audience);
  }

  readonly changed = (): void => {
    if (this.#due) return;
    this.#due = true;
    queueMicrotask(() => {
      this.#due = false;
      const view = this.#view();
      for (const audience of this.#audience) audience(view);
    });
  };
}
