import type { Clock } from '../../src/relay-client/socket.ts';

/** A clock that stands still until it is moved. */
export class ManualClock implements Clock {
  #now: number;
  /** By how much it was set. */
  #setByMs = 0;
  #timers: { at: number; then: () => void }[] = [];

  constructor(now = 1_800_000_000_000) {
    this.#now = now;
  }

  readonly now = (): number => this.#now;
  readonly steady = (): number => this.#now - this.#setByMs;

  after(ms: number, then: () => void): () => void {
    const timer = { at: this.#now + ms, then };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Shows another time from now on, later or, below 0, earlier by so many ms: what was to be called comes after as long as before. */
  jump(ms: number): void {
    this.#now += ms;
    this.#setByMs += ms;
    for (const timer of this.#timers) timer.at += ms;
  }

  /** Lets `ms` pass, calling in order what was to be called by then. */
  pass(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const next = this.#timers.filter(({ at }) => at <= until).sort((left, right) => left.at - right.at)[0];
      if (!next) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#now = Math.max(this.#now, next.at);
      next.then();
    }
    this.#now = until;
  }
}
