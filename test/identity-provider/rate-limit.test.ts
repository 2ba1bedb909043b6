import { describe, expect, it } from 'vitest';
import { RateLimit } from '../../src/identity-provider/rate-limit.ts';

const clock = { time: 0, now: () => clock.time };
const limit = () => new RateLimit({ most: 2, windowMs: 1_000, keys: 10 }, clock);

describe('RateLimit', () => {
  it('gives so many at once and then evenly, and says when there is another', () => {
    const limited = limit();
    limited.take('a');
    limited.take('a');
    limited.take('b');
    expect(() => limited.take('a')).toThrow(expect.objectContaining({ code: 'too-many-requests', retryAfterMs: 500 }));
    clock.time += 500;
    limited.take('a');
    expect(() => limited.take('a')).toThrow(expect.objectContaining({ retryAfterMs: 500 }));
  });

  it('forgets what went well', () => {
    const limited = limit();
    limited.take('a');
    limited.take('a');
    limited.forget('a');
    limited.take('a');
  });
});
