export interface BucketOptions {
  /** How many may come at once. */
  most: number;
  /** One more each, ms. */
  everyMs: number;
  /** ms, of any origin. */
  now: () => number;
}

/** Buckets that are full again are dropped once there are this many, so that no stranger makes the map grow. */
const sweepAt = 256;

/** How much each of many may ask for: so many at once, then one each `everyMs`. */
export class TokenBuckets {
  readonly #options: BucketOptions;
  /** When a bucket will be full again, ms. */
  readonly #fullAt = new Map<string, number>();

  constructor(options: BucketOptions) {
    this.#options = options;
  }

  /** Whether `key` may have one more now; if so it has had it. */
  take(key: string): boolean {
    const { most, everyMs, now } = this.#options;
    const time = now();
    const fullAt = Math.max(time, this.#fullAt.get(key) ?? 0) + everyMs;
    if (fullAt > time + most * everyMs) return false;
    if (this.#fullAt.size >= sweepAt) this.#sweep(time);
    this.#fullAt.set(key, fullAt);
    return true;
  }

  #sweep(time: number): void {
    for (const [key, fullAt] of this.#fullAt) if (fullAt <= time) this.#fullAt.delete(key);
  }
}
