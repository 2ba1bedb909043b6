import { signal } from '@preact/signals';
import { codeOf, type ErrorCode } from '../core/errors.ts';
import type { Leadership } from './leadership.ts';
import type { Phone } from './phone.ts';

export type ShellState =
  | { readonly is: 'starting' }
  /** Another window of the app leads. */
  | { readonly is: 'elsewhere' }
  | { readonly is: 'leading'; readonly phone: Phone }
  | { readonly is: 'broken'; readonly code: ErrorCode };

/** The app in one window: leads, or stands back while another window does. */
export class Shell {
  readonly state = signal<ShellState>({ is: 'starting' });
  readonly #leadership: Leadership;
  readonly #open: () => Promise<Phone>;
  #link: string | null;
  #leading = false;

  /** `open` makes the app ready in this window; `link`: with which it was opened, if it was. */
  constructor(leadership: Leadership, open: () => Promise<Phone>, link: string | null) {
    this.#leadership = leadership;
    this.#open = open;
    this.#link = link;
  }

  /** Takes the lead, unless this window has it. Never rejects. */
  async lead(): Promise<void> {
    if (this.#leading) return;
    this.#leading = true;
    try {
      await this.#leadership.take((wanted) => this.#run(wanted));
      if (this.state.value.is !== 'broken') this.state.value = { is: 'elsewhere' };
    } catch (thrown) {
      this.state.value = { is: 'broken', code: codeOf(thrown) };
    } finally {
      this.#leading = false;
    }
  }

  /** The network is back. */
  wake(): void {
    if (this.state.value.is === 'leading') this.state.value.phone.wake();
  }

  async #run(wanted: AbortSignal): Promise<void> {
    let phone: Phone;
    try {
      phone = await this.#open();
    } catch (thrown) {
      this.state.value = { is: 'broken', code: codeOf(thrown) };
      return;
    }
    this.state.value = { is: 'leading', phone };
    if (this.#link !== null) phone.actions.openLink(this.#link);
    this.#link = null;
    if (!wanted.aborted) await new Promise<void>((resolve) => wanted.addEventListener('abort', () => resolve()));
    phone.stop();
  }
}
