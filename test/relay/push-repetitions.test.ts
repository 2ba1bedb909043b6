import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Attempt } from '../../src/relay/push-attempt.ts';
import { PushRepetitions } from '../../src/relay/push-repetitions.ts';

const limits = { pushesWaiting: 4, pushesPerPhoneMinute: 2 };

let due: Attempt[];
let repetitions: PushRepetitions;

const job = (channel: number, again = true): Attempt => ({
  channel: new Uint8Array(16).fill(channel),
  side: 'joiner',
  again,
  attempt: 0,
  causes: [{ frame: null, expiresMs: 60_000, collapse: null, wanted: () => 'still', done: () => undefined }],
});
const channels = () => due.map(({ channel }) => channel[0]);

beforeEach(() => {
  vi.useFakeTimers();
  due = [];
  repetitions = new PushRepetitions(limits, (one) => due.push(one));
});
afterEach(() => {
  vi.useRealTimers();
});

it('has but so many of one phone that is woken too often, and always as many', () => {
  for (let round = 0; round < 5; round++) {
    // A test gives way to the message of the same mailbox.
    repetitions.add(job(1, false), 1_000, 'phone');
    for (const channel of [1, 2, 3]) repetitions.add(job(channel), 1_000, 'phone');
    repetitions.add(job(4), 1_000, null);
    vi.advanceTimersByTime(1_000);
    expect(channels()).toEqual([1, 2, 4]);
    due.length = 0;
  }
});

it('joins messages of one mailbox, and gives none of their places to a test', () => {
  expect(repetitions.join(job(1))).toBe(false);
  repetitions.add(job(1), 1_000, null);
  expect([repetitions.join(job(1)), repetitions.join(job(1, false)), repetitions.join(job(2))]).toEqual([
    true,
    true,
    false,
  ]);
  vi.advanceTimersByTime(1_000);
  expect(due.map(({ causes }) => causes.length)).toEqual([2]);
});

it('is bounded, and leaves no timer', () => {
  for (let channel = 0; channel < 6; channel++) repetitions.add(job(channel), 1_000, null);
  expect(vi.getTimerCount()).toBe(limits.pushesWaiting);
  repetitions.clear();
  expect(vi.getTimerCount()).toBe(0);
});
