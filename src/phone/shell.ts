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
  /** The app that leads, from when it does until it does no more; one that rests stays on the screen all the same. */
  readonly phone = signal<Phone | null>(null);
  readonly #leadership: Leadership;
  readonly #open: () => Promise<Phone>;
  #link: string | null;
  #leading = false;
  /** The lead was given up because nobody is looking. */
  #isResting = false;
  /** It is to lead again as soon as it has let go. */
  #again = false;

  /** `open` makes the app ready in this window; `link`: with which it was opened, if it was. */
  constructor(leadership: Leadership, open: () => Promise<Phone>, link: string | null) {
    this.#leadership = leadership;
    this.#open = open;
    this.#link = link;
  }

  /** Takes the lead, unless this window has it. Never rejects. */
  async lead(): Promise<void> {
    if (this.#leading) {
      this.#again = this.#leadership.isLettingGo;
      return;
    }
    this.#leading = true;
    this.#isResting = false;
    try {
      await this.#leadership.take((wanted) => this.#run(wanted));
      if (this.state.value.is !== 'broken' && !this.#isResting && !this.#again) this.state.value = { is: 'elsewhere' };
    } catch (thrown) {
      this.state.value = { is: 'broken', code: codeOf(thrown) };
    } finally {
      this.#leading = false;
    }
    if (!this.#again) return;
    this.#again = false;
    await this.lead();
  }

  /**
   * Gives up the lead while nobody is looking. A window that the system freezes would else keep the relay believing
   * that the phone is there, and nothing would ring.
   */
  rest(): void {
    if (!this.#leading || this.state.value.is !== 'leading') return;
    this.#isResting = true;
    this.#leadership.letGo();
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
    const before = this.state.value;
    if (before.is === 'leading') phone.place.value = before.phone.place.value;
    this.state.value = { is: 'leading', phone };
    if (this.#link !== null && !wanted.aborted) {
      phone.actions.openLink(this.#link);
      this.#link = null;
    }
    this.phone.value = phone;
    if (!wanted.aborted) {
      // What was asked for while it waited for the lead it has.
      this.#again = false;
      await new Promise<void>((resolve) => wanted.addEventListener('abort', () => resolve()));
    }
    this.phone.value = null;
    phone.stop();
  }
}
