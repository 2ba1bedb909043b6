import { describe, expect, it } from 'vitest';
import { RateLimit } from '../../src/core/rate-limit.ts';

describe('a rate limit', () => {
  it.each([1, 3, 7, 600])('allows %i in a span, in a burst, and says when there is one again', (most) => {
    const limit = new RateLimit(most, 60_000, 10);
    for (let count = 0; count < most; count++) expect(limit.take('a', 1_000)).toBe(0);
    const waitMs = limit.take('a', 1_000);
    expect(Math.abs(waitMs - 60_000 / most)).toBeLessThanOrEqual(1);
    expect(limit.take('a', 1_000 + waitMs)).toBe(0);
    expect(limit.take('a', 1_000 + waitMs)).toBeGreaterThan(0);
  });

  it('counts each key by itself, and takes nothing when it only looks', () => {
    const limit = new RateLimit(1, 60_000, 10);
    expect(limit.wait('a', 0)).toBe(0);
    expect(limit.take('a', 0)).toBe(0);
    expect(limit.wait('a', 0)).toBe(60_000);
    expect(limit.take('b', 0)).toBe(0);
    expect(limit.take('a', 60_000)).toBe(0);
  });

  it('forgets only keys that have their whole allowance', () => {
    const limit = new RateLimit(2, 60_000, 10);
    limit.take('a', 0);
    limit.take('a', 0);
    limit.sweep(30_000);
    expect(limit.take('a', 30_000)).toBe(0);
    expect(limit.take('a', 30_000)).toBeGreaterThan(0);
    limit.sweep(90_000);
    expect(limit.take('a', 90_000)).toBe(0);
  });

  it('knows no more keys than it may, and forgets one that has gone well', () => {
    const limit = new RateLimit(1, 60_000, 2);
    for (const key of ['a', 'b', 'c']) expect(limit.take(key, 0)).toBe(0);
    expect(limit.wait('c', 0)).toBe(60_000);
    expect(limit.wait('a', 0)).toBe(0);
    limit.forget('c');
    expect(limit.wait('c', 0)).toBe(0);
  });
});
