/** How long keys are gathered before those that have their whole allowance again are forgotten, ms. */
const turnMs = 60_000;

/** When a key's whole allowance is there again, ms. An object, so that what changes with every taking is changed where it lies. */
interface Allowance {
  fullAgainMs: number;
}

/**
 * So many in a span of time for each key, in bursts or evenly (the generic cell rate algorithm): one number per key,
 * the time at which its whole allowance will be there again.
 */
export class RateLimit {
  readonly #spanMs: number;
  readonly #eachMs: number;
  readonly #keys: number;
  /** Keys of which something was taken since the last turn, and those before that may lack something still. */
  #recent = new Map<string, Allowance>();
  #earlier = new Map<string, Allowance>();
  #recentSinceMs = Number.NEGATIVE_INFINITY;

  /** `most` in `spanMs`. Beyond `keys` keys the one that came first is forgotten: they may be anybody's invention. */
  constructor(most: number, spanMs: number, keys: number) {
    this.#spanMs = spanMs;
    this.#eachMs = spanMs / most;
    this.#keys = keys;
  }

  /** Takes one, or `count`. Gives 0, or in how many ms to try again; then nothing was taken. */
  take(key: string, nowMs: number, count = 1): number {
    this.#turn(nowMs);
    const recent = this.#recent.get(key);
    const allowance = recent ?? this.#earlier.get(key) ?? { fullAgainMs: 0 };
    const fullAgainMs = this.#with(count, allowance, nowMs);
    const waitMs = this.#waitUntil(fullAgainMs, nowMs);
    if (waitMs > 0) return waitMs;
    allowance.fullAgainMs = fullAgainMs;
    if (!recent) this.#remember(key, allowance);
    return 0;
  }

  /** In how many ms one, or `count`, can be taken, without taking it. */
  wait(key: string, nowMs: number, count = 1): number {
    return this.#waitUntil(this.#with(count, this.#recent.get(key) ?? this.#earlier.get(key), nowMs), nowMs);
  }

  /** A key has its whole allowance again: what it was limited for has gone well, or is over. */
  forget(key: string): void {
    this.#recent.delete(key);
    this.#earlier.delete(key);
  }

  /** How many keys it knows: those that lack something, and those of which something was taken in the last two turns. */
  get size(): number {
    return this.#recent.size + this.#earlier.size;
  }

  #remember(key: string, allowance: Allowance): void {
    this.#earlier.delete(key);
    this.#recent.set(key, allowance);
    if (this.size <= this.#keys) return;
    const first = (this.#earlier.size > 0 ? this.#earlier : this.#recent).keys().next().value as string;
    this.forget(first);
  }

  /** Forgets keys that have their whole allowance, seldom: only what is left of the turn before last is looked through. */
  #turn(nowMs: number): void {
    // Also after a clock was set back.
    if (Math.abs(nowMs - this.#recentSinceMs) < turnMs) return;
    const last = this.#earlier;
    this.#earlier = this.#recent;
    this.#recent = new Map();
    this.#recentSinceMs = nowMs;
    for (const [key, allowance] of last) if (allowance.fullAgainMs > nowMs) this.#earlier.set(key, allowance);
  }

  #waitUntil(fullAgainMs: number, nowMs: number): number {
    // Half of one, because the sum of many parts of a span is not exactly the span.
    return fullAgainMs - nowMs > this.#spanMs + this.#eachMs / 2 ? Math.ceil(fullAgainMs - nowMs - this.#spanMs) : 0;
  }

  #with(count: number, allowance: Allowance | undefined, nowMs: number): number {
    return Math.max(allowance?.fullAgainMs ?? 0, nowMs) + count * this.#eachMs;
  }
}
