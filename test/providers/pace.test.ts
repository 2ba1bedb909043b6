import { describe, expect, it } from 'vitest';
import { createPace } from '../../src/providers/pace.ts';

/** A window whose clock stands still until the test moves it; each look takes `lookMs`, those in `slow` 50 ms. */
function setUp({ hidden = false, lookMs = 0, slow = [] as number[] } = {}) {
  let now = 1000;
  let looks = 0;
  let isAwake = true;
  const timers = new Map<number, { at: number; run: () => void }>();
  const stop = new AbortController();
  const window = {
    document: { hidden },
    performance: { now: () => now },
    setTimeout: (run: () => void, ms: number) => timers.set(timers.size, { at: now + ms, run }).size,
    clearTimeout: () => timers.clear(),
  } as unknown as Window;
  const look = () => {
    looks++;
    now += slow.includes(looks) ? 50 : lookMs;
  };
  const notice = createPace(window, { look, rest: () => (isAwake = false), wake: () => (isAwake = true) }, stop.signal);
  const pass = (ms: number) => {
    now += ms;
    for (const [id, { at, run }] of timers) {
      if (at > now) continue;
      timers.delete(id);
      run();
    }
  };
  return { notice, pass, stop, timers, looks: () => looks, isAwake: () => isAwake };
}

describe('looking', () => {
  it('happens at once after rest, and once more for all that changes soon after', () => {
    const { notice, pass, looks } = setUp();
    notice();
    expect(looks()).toBe(1);
    for (let change = 0; change < 100; change++) notice();
    expect(looks()).toBe(1);
    pass(16);
    expect(looks()).toBe(2);
    pass(1000);
    expect(looks()).toBe(2);
    notice();
    expect(looks()).toBe(3);
  });

  it('rests while a look is due anyway', () => {
    const { notice, pass, isAwake } = setUp();
    notice();
    expect(isAwake()).toBe(true);
    notice();
    expect(isAwake()).toBe(false);
    pass(16);
    expect(isAwake()).toBe(true);
  });

  it('takes less than a hundredth of the time of a page that never rests, however slow a look is', () => {
    const lookMs = 2;
    const { notice, pass, looks } = setUp({ lookMs });
    for (let ms = 0; ms < 20_000; ms++) {
      notice();
      pass(1);
    }
    expect((looks() * lookMs) / 20_000).toBeLessThan(0.01);
  });

  it('never waits long, even after a look that took very long', () => {
    const { notice, pass, looks } = setUp({ lookMs: 5000 });
    notice();
    notice();
    pass(500);
    expect(looks()).toBe(2);
  });

  it('does not wait for a look that was slow but once, as when the computer is busy', () => {
    const { notice, pass, looks } = setUp({ slow: [2, 4] });
    for (const ms of [16, 16, 16, 16]) {
      notice();
      notice();
      pass(ms);
    }
    expect(looks()).toBe(5);
  });

  it('waits for no timer in a hidden tab', () => {
    const { notice, looks, isAwake } = setUp({ hidden: true });
    for (let change = 0; change < 10; change++) notice();
    expect(looks()).toBe(10);
    expect(isAwake()).toBe(true);
  });

  it('is bounded in a hidden tab', () => {
    const { notice, pass, looks } = setUp({ hidden: true });
    for (let change = 0; change < 1000; change++) notice();
    expect(looks()).toBeLessThan(60);
    pass(1100);
    const before = looks();
    notice();
    expect(looks()).toBeGreaterThan(before);
  });

  it('ends with the signal', () => {
    const { notice, pass, stop, timers, looks } = setUp();
    notice();
    notice();
    stop.abort();
    notice();
    pass(1000);
    expect(looks()).toBe(1);
    expect(timers.size).toBe(0);
  });
});
