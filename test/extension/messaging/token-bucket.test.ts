import { describe, expect, it } from 'vitest';
import { TokenBuckets } from '../../../src/extension/messaging/token-bucket.ts';

describe('TokenBuckets', () => {
  it('gives so many at once, then one each time', () => {
    let now = 0;
    const buckets = new TokenBuckets({ most: 3, everyMs: 1_000, now: () => now });
    expect([1, 2, 3, 4].map(() => buckets.take('a'))).toEqual([true, true, true, false]);
    expect(buckets.take('b')).toBe(true);
    now = 999;
    expect(buckets.take('a')).toBe(false);
    now = 1_000;
    expect([buckets.take('a'), buckets.take('a')]).toEqual([true, false]);
    now = 100_000;
    expect([1, 2, 3, 4].map(() => buckets.take('a'))).toEqual([true, true, true, false]);
  });

  it('is not paid for trying: who is refused waits no longer', () => {
    let now = 0;
    const buckets = new TokenBuckets({ most: 1, everyMs: 1_000, now: () => now });
    buckets.take('a');
    for (now = 0; now < 1_000; now += 10) expect(buckets.take('a')).toBe(false);
    expect(buckets.take('a')).toBe(true);
  });

  it('forgets nobody who is still in debt when many come', () => {
    let now = 0;
    const buckets = new TokenBuckets({ most: 1, everyMs: 1_000, now: () => now });
    buckets.take('a');
    for (let other = 0; other < 1_000; other++) buckets.take(`other ${other}`);
    expect(buckets.take('a')).toBe(false);
    now = 1_000;
    expect(buckets.take('a')).toBe(true);
  });
});
