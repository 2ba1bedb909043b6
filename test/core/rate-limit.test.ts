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

  it('forgets only keys that have their whole allowance, whenever it looks', () => {
    const limit = new RateLimit(2, 60_000, 10);
    limit.take('a', 50_000);
    limit.take('a', 50_000);
    for (const other of [80_000, 95_000]) limit.take('b', other);
    expect(limit.take('a', 80_000)).toBe(0);
    expect(limit.take('a', 80_000)).toBeGreaterThan(0);
    expect(limit.take('a', 94_000)).toBeGreaterThan(0);
    expect(limit.take('a', 96_000)).toBe(0);
  });

  it('forgets a key that lacks nothing within two minutes, however long the span, and keeps one that does', () => {
    const dayMs = 86_400_000;
    const limit = new RateLimit(86_400, dayMs, 100);
    limit.take('spent', 0, 86_400);
    for (let atMs = 0; atMs < 3_600_000; atMs += 10_000) {
      limit.take(`once at ${atMs}`, atMs);
      limit.take('always', atMs);
      expect(limit.size).toBeLessThanOrEqual(2 + 12);
    }
    expect(limit.wait('spent', 3_600_000, 3_601)).toBeGreaterThan(0);
    expect(limit.take('spent', 3_600_000, 3_600)).toBe(0);
    expect(limit.take('spent', 3_600_000)).toBeGreaterThan(0);
  });

  it('goes on forgetting when the clock is set back', () => {
    const limit = new RateLimit(2, 1_000, 100);
    limit.take('a', 86_400_000);
    for (let atMs = 0; atMs < 600_000; atMs += 10_000) limit.take(`${atMs}`, atMs);
    expect(limit.size).toBeLessThanOrEqual(1 + 12);
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
