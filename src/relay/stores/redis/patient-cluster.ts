import { type Callback, Cluster } from 'ioredis';

/** Between two questions where everything is, ms. */
const askLeastMs = 250;

/**
 * A cluster whose client does not ask without a pause where everything is while one of its nodes is gone: each answer has
 * ioredis (6.0) begin the subscription to that node anew, which fails at once, and ask again.
 */
export class PatientCluster extends Cluster {
  #nextMs = 0;
  #waiting: (Callback<void> | undefined)[] | null = null;

  override refreshSlotsCache(callback?: Callback<void>): void {
    const waitMs = this.#nextMs - performance.now();
    if (this.#waiting) this.#waiting.push(callback);
    else if (waitMs <= 0) this.#ask(callback);
    else {
      this.#waiting = [callback];
      setTimeout(() => {
        const waiting = this.#waiting ?? [];
        this.#waiting = null;
        this.#ask((...answer) => {
          for (const each of waiting) each?.(...answer);
        });
      }, waitMs);
    }
  }

  #ask(callback: Callback<void> | undefined): void {
    this.#nextMs = performance.now() + askLeastMs;
    super.refreshSlotsCache(callback);
  }
}
