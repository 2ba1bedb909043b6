import type { Clock } from './context.ts';
import { RateLimited } from './rate-limited.ts';

/** At most `most` takings per key in any `windowMs`. It forgets with its process, and beyond `keys` keys the one that waited longest. */
export class RateLimit {
  readonly #most: number;
  readonly #windowMs: number;
  readonly #keys: number;
  readonly #clock: Clock;
  readonly #taken = new Map<string, number[]>();

  constructor({ most, windowMs, keys }: { most: number; windowMs: number; keys: number }, clock: Clock) {
    this.#most = most;
    this.#windowMs = windowMs;
    this.#keys = keys;
    this.#clock = clock;
  }

  /** Takes one. Throws `RateLimited` when there is none. */
  take(key: string): void {
    const now = this.#clock.now();
    const taken = (this.#taken.get(key) ?? []).filter((at) => at > now - this.#windowMs);
    const oldest = taken[0];
    if (oldest !== undefined && taken.length >= this.#most) throw new RateLimited(oldest + this.#windowMs - now);
    this.#taken.delete(key);
    this.#taken.set(key, [...taken, now]);
    if (this.#taken.size > this.#keys) this.#taken.delete(this.#taken.keys().next().value as string);
  }

  /** Forgets a key: what it was limited for has gone well. */
  forget(key: string): void {
    this.#taken.delete(key);
  }
}
