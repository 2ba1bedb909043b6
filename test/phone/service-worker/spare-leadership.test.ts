import { expect, it } from 'vitest';
import { type Announcements, Leadership } from '../../../src/phone/leadership.ts';
import { SpareLeadership } from '../../../src/phone/service-worker/spare-leadership.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { TestLocks } from '../test-locks.ts';

/** A window and the worker, each of which hears what the other announces. */
function setUp() {
  const [locks, clock] = [new TestLocks(), new ManualClock()];
  const heardBy = { worker: channel(), window: channel() };
  heardBy.window.postMessage = (data) => heardBy.worker.onmessage?.({ data } as MessageEvent);
  const worker = new SpareLeadership(locks as never, heardBy.worker);
  const window = new Leadership(locks as never, heardBy.window, clock);
  return { worker, window, clock };
}

function channel(): Announcements {
  return { onmessage: null, postMessage: () => undefined };
}

const untilWanted = (wanted: AbortSignal) =>
  new Promise<void>((resolve) => wanted.addEventListener('abort', () => resolve()));

it('leads while no window does, and lets go for one', async () => {
  const { worker, window } = setUp();
  const led: string[] = [];
  const working = worker.takeIfFree(async (wanted) => {
    led.push('worker');
    await untilWanted(wanted);
  });
  await window.take(async () => void led.push('window'));
  expect(await working).toBe(true);
  expect(led).toEqual(['worker', 'window']);
});

it('does nothing while a window leads', async () => {
  const { worker, window } = setUp();
  await window.take(async () => {
    expect(await worker.takeIfFree(() => Promise.reject(new Error('led')))).toBe(false);
  });
});

it('hears that a window took the lead by force', async () => {
  const { worker, window, clock } = setUp();
  let end: () => void = () => undefined;
  let isWanted: (() => boolean) | null = null;
  const working = worker.takeIfFree((wanted) => {
    isWanted = () => wanted.aborted;
    return new Promise((resolve) => {
      end = resolve;
    });
  });
  const taken = window.take(async () => undefined);
  clock.pass(1_500);
  await taken;
  end();
  expect(await working).toBe(true);
  expect(isWanted).toSatisfy((asks: () => boolean) => asks());
});
