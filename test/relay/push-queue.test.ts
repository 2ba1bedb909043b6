import { describe, expect, it } from 'vitest';
import { PushQueue } from '../../src/relay/push-queue.ts';

const limits = { pushesAtOnce: 3, pushesAtOncePerService: 1, pushesWaiting: 6, pushesWaitingPerChannel: 4 };

interface Job {
  channel: Uint8Array;
  number: number;
  service?: string;
}
const job = (channel: number, number = 0): Job => ({ channel: new Uint8Array(16).fill(channel), number });
const of = (taken: Job | null) => taken && [taken.channel[0], taken.number];

function filled(...jobs: Job[]) {
  const queue = new PushQueue<Job>(limits, (one, other) =>
    one.number === 9 ? null : { ...other, number: one.number + other.number },
  );
  expect(jobs.map((each) => queue.add(each))).not.toContain(false);
  return queue;
}

describe('pushes that wait', () => {
  it('have their turn by channel, each channel with one at a time and its own in order', () => {
    const [first, ...rest] = [job(1, 1), job(1, 2), job(1, 3), job(2, 1), job(3, 1)] as [Job, ...Job[]];
    const queue = filled(first, ...rest);
    expect([queue.take(), queue.take(), queue.take(), queue.take()].map(of)).toEqual([[1, 1], [2, 1], [3, 1], null]);
    queue.done(first);
    expect(of(queue.take())).toEqual([1, 2]);
    expect(queue.take()).toBeNull();
  });

  it('are bounded, altogether and by channel', () => {
    const queue = filled(job(1), job(1), job(1), job(1, 5));
    // What is beyond goes with the last, where that can be.
    expect([queue.add(job(1, 4)), queue.add(job(1, 1))]).toEqual([true, false]);
    expect([queue.add(job(2)), queue.add(job(3)), queue.add(job(4))]).toEqual([true, true, false]);
  });

  it('for a service that has no place left let the others go first, and keep their own order', async () => {
    const queue = filled(job(1), job(2, 1), job(2, 2), job(3));
    const take = () => queue.take() as Job;
    let answer: () => void = () => undefined;
    const slow = take();
    const under = queue.at('slow', slow, () => new Promise((resolve) => (answer = resolve)));
    const second = take();
    await queue.at('slow', second, () => Promise.reject(new Error('asked')));
    queue.done(second);
    expect(of(queue.take())).toEqual([3, 0]);
    expect(queue.take()).toBeNull();
    answer();
    await under;
    queue.done(slow);
    expect(of(queue.take())).toEqual([2, 1]);
    expect(queue.isIdle).toBe(false);
  });
});
