import type { Alarms } from 'webextension-polyfill';
import type { Clock } from '../../relay-client/socket.ts';

/** A browser's timer counts to this, ms; what is longer is over at once (HTML §8.6, `setTimeout` takes a signed 32-bit number). */
const longestTimerMs = 2 ** 31 - 1;

/**
 * Calls at a time: by a timer while the worker lives, and by an alarm of the same name when it was ended meanwhile
 * (packed extensions get those no sooner than after 30 s).
 */
export class WakeUp {
  readonly #name: string;
  readonly #clock: Clock;
  readonly #alarms: Pick<Alarms.Static, 'create' | 'clear'>;
  readonly #due: () => void;
  readonly #report: (thrown: unknown) => void;
  #at: number | null = null;
  #cancel: () => void = () => undefined;

  /** `report` takes why an alarm could not be set: then only the timer of this worker is left. */
  constructor(options: {
    name: string;
    clock: Clock;
    alarms: Pick<Alarms.Static, 'create' | 'clear'>;
    due: () => void;
    report: (thrown: unknown) => void;
  }) {
    this.#name = options.name;
    this.#clock = options.clock;
    this.#alarms = options.alarms;
    this.#due = options.due;
    this.#report = options.report;
  }

  /** `at`: ms since 1970; null for never. Replaces what was set before. */
  set(at: number | null): void {
    if (at === this.#at) return;
    this.#at = at;
    this.#cancel();
    this.#cancel = () => undefined;
    if (at === null) {
      this.#run(async () => this.#alarms.clear(this.#name));
      return;
    }
    this.#run(async () => this.#alarms.create(this.#name, { when: at }));
    this.#cancel = this.#clock.after(Math.min(longestTimerMs, Math.max(0, at - this.#clock.now())), () => {
      this.#at = null;
      this.#due();
    });
  }

  #run(work: () => Promise<unknown>): void {
    work().catch(this.#report);
  }
}
