import { describe, expect, it } from 'vitest';
import { RateLimit } from '../../src/identity-provider/rate-limit.ts';

const clock = { time: 0, now: () => clock.time };
const limit = (keys = 10) => new RateLimit({ most: 2, windowMs: 1_000, keys }, clock);

describe('RateLimit', () => {
  it('gives so many in any window, and says when there is another', () => {
    const limited = limit();
    limited.take('a');
    clock.time += 400;
    limited.take('a');
    limited.take('b');
    expect(() => limited.take('a')).toThrow(expect.objectContaining({ code: 'too-many-requests', retryAfterMs: 600 }));
    clock.time += 600;
    limited.take('a');
    expect(() => limited.take('a')).toThrow(expect.objectContaining({ retryAfterMs: 400 }));
  });

  it('forgets what went well', () => {
    const limited = limit();
    limited.take('a');
    limited.take('a');
    limited.forget('a');
    limited.take('a');
  });

  it('remembers no more keys than it may', () => {
    const limited = limit(2);
    for (const key of ['a', 'a', 'b', 'c']) limited.take(key);
    limited.take('a');
    limited.take('c');
    expect(() => limited.take('c')).toThrow('too-many-requests');
  });
});
