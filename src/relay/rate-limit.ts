/**
 * So many in a span of time for each key, in bursts or evenly (the generic cell rate algorithm): one number per key,
 * the time at which its whole allowance will be there again.
 */
export class RateLimit {
  readonly #spanMs: number;
  readonly #eachMs: number;
  readonly #fullAgainMs = new Map<string, number>();

  /** `most` in `spanMs`. */
  constructor(most: number, spanMs: number) {
    this.#spanMs = spanMs;
    this.#eachMs = spanMs / most;
  }

  /** Takes one, or `count`. Gives 0, or in how many ms to try again; then nothing was taken. */
  take(key: string, nowMs: number, count = 1): number {
    const fullAgainMs = this.#with(count, key, nowMs);
    const waitMs = this.#waitUntil(fullAgainMs, nowMs);
    if (waitMs === 0) this.#fullAgainMs.set(key, fullAgainMs);
    return waitMs;
  }

  /** In how many ms one, or `count`, can be taken, without taking it. */
  wait(key: string, nowMs: number, count = 1): number {
    return this.#waitUntil(this.#with(count, key, nowMs), nowMs);
  }

  #waitUntil(fullAgainMs: number, nowMs: number): number {
    // Half of one, because the sum of many parts of a span is not exactly the span.
    return fullAgainMs - nowMs > this.#spanMs + this.#eachMs / 2 ? Math.ceil(fullAgainMs - nowMs - this.#spanMs) : 0;
  }

  #with(count: number, key: string, nowMs: number): number {
    return Math.max(this.#fullAgainMs.get(key) ?? 0, nowMs) + count * this.#eachMs;
  }

  /** Forgets keys that have their whole allowance. */
  sweep(nowMs: number): void {
    for (const [key, fullAgainMs] of this.#fullAgainMs) if (fullAgainMs <= nowMs) this.#fullAgainMs.delete(key);
  }
}
