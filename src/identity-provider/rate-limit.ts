import { RateLimit as Limit } from '../core/rate-limit.ts';
import type { Clock } from './context.ts';
import { RateLimited } from './rate-limited.ts';

/** What one key may do `most` times at once and in each `windowMs`. It forgets with its process, and beyond `keys` keys the first one. */
export class RateLimit {
  readonly #limit: Limit;
  readonly #clock: Clock;

  constructor({ most, windowMs, keys }: { most: number; windowMs: number; keys: number }, clock: Clock) {
    this.#limit = new Limit(most, windowMs, keys);
    this.#clock = clock;
  }

  /** Takes one. Throws `RateLimited` when there is none. */
  take(key: string): void {
    const waitMs = this.#limit.take(key, this.#clock.now());
    if (waitMs > 0) throw new RateLimited(waitMs);
  }

  /** Forgets a key: what it was limited for has gone well. */
  forget(key: string): void {
    this.#limit.forget(key);
  }
}
