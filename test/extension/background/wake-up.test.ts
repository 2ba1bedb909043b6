import { expect, it, vi } from 'vitest';
import { Publisher } from '../../../src/extension/background/publisher.ts';
import { WakeUp } from '../../../src/extension/background/wake-up.ts';
import type { View } from '../../../src/extension/messaging/view.ts';
import { ManualClock } from '../../support/manual-clock.ts';

function wakeUpOf() {
  const clock = new ManualClock(1_000);
  const alarms = { create: vi.fn(), clear: vi.fn() };
  const due = vi.fn();
  return { clock, alarms, due, wakeUp: new WakeUp({ name: 'requests', clock, alarms, due }) };
}

it('wakes at its time, by timer and by alarm', () => {
  const { clock, alarms, due, wakeUp } = wakeUpOf();
  wakeUp.set(1_500);
  expect(alarms.create.mock.calls).toEqual([['requests', { when: 1_500 }]]);
  clock.pass(499);
  expect(due).not.toHaveBeenCalled();
  clock.pass(1);
  expect(due).toHaveBeenCalledTimes(1);
  wakeUp.set(1_500);
  clock.pass(0);
  expect(due).toHaveBeenCalledTimes(2);
});

it('has one time, the last that was set', () => {
  const { clock, alarms, due, wakeUp } = wakeUpOf();
  wakeUp.set(1_500);
  wakeUp.set(1_500);
  wakeUp.set(2_000);
  expect(alarms.create).toHaveBeenCalledTimes(2);
  clock.pass(500);
  expect(due).not.toHaveBeenCalled();
  wakeUp.set(null);
  clock.pass(10_000);
  expect(due).not.toHaveBeenCalled();
  expect(alarms.clear.mock.calls).toEqual([['requests']]);
});

it('the view is told at once to who joins, and once for all changes of a moment', async () => {
  let count = 0;
  const publisher = new Publisher(() => ({ count: ++count }) as unknown as View);
  const audience = vi.fn();
  const leave = publisher.join(audience);
  expect(audience.mock.calls).toEqual([[{ count: 1 }]]);
  publisher.changed();
  publisher.changed();
  await Promise.resolve();
  expect(audience.mock.calls).toEqual([[{ count: 1 }], [{ count: 2 }]]);
  leave();
  publisher.changed();
  await Promise.resolve();
  expect(audience).toHaveBeenCalledTimes(2);
});
