/**
 * So many in a span of time for each key, in bursts or evenly (the generic cell rate algorithm): one number per key,
 * the time at which its whole allowance will be there again.
 */
export class RateLimit {
  readonly #spanMs: number;
  readonly #eachMs: number;
  readonly #keys: number;
  readonly #fullAgainMs = new Map<string, number>();

  /** `most` in `spanMs`. Beyond `keys` keys the one that came first is forgotten: they may be anybody's invention. */
  constructor(most: number, spanMs: number, keys: number) {
    this.#spanMs = spanMs;
    this.#eachMs = spanMs / most;
    this.#keys = keys;
  }

  /** Takes one, or `count`. Gives 0, or in how many ms to try again; then nothing was taken. */
  take(key: string, nowMs: number, count = 1): number {
    const fullAgainMs = this.#with(count, key, nowMs);
    const waitMs = this.#waitUntil(fullAgainMs, nowMs);
    if (waitMs > 0) return waitMs;
    this.#fullAgainMs.set(key, fullAgainMs);
    if (this.#fullAgainMs.size > this.#keys) this.forget(this.#fullAgainMs.keys().next().value as string);
    return 0;
  }

  /** In how many ms one, or `count`, can be taken, without taking it. */
  wait(key: string, nowMs: number, count = 1): number {
    return this.#waitUntil(this.#with(count, key, nowMs), nowMs);
  }

  /** A key has its whole allowance again: what it was limited for has gone well, or is over. */
  forget(key: string): void {
    this.#fullAgainMs.delete(key);
  }

  /** Forgets keys that have their whole allowance. */
  sweep(nowMs: number): void {
    for (const [key, fullAgainMs] of this.#fullAgainMs) if (fullAgainMs <= nowMs) this.#fullAgainMs.delete(key);
  }

  #waitUntil(fullAgainMs: number, nowMs: number): number {
    // Half of one, because the sum of many parts of a span is not exactly the span.
    return fullAgainMs - nowMs > this.#spanMs + this.#eachMs / 2 ? Math.ceil(fullAgainMs - nowMs - this.#spanMs) : 0;
  }

  #with(count: number, key: string, nowMs: number): number {
    return Math.max(this.#fullAgainMs.get(key) ?? 0, nowMs) + count * this.#eachMs;
  }
}
