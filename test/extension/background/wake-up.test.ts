import { expect, it, vi } from 'vitest';
import { Publisher } from '../../../src/extension/background/publisher.ts';
import { WakeUp } from '../../../src/extension/background/wake-up.ts';
import type { View } from '../../../src/extension/messaging/view.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { settled } from '../support/settled.ts';

function wakeUpOf() {
  const clock = new ManualClock(1_000);
  const alarms = { create: vi.fn(), clear: vi.fn() };
  const due = vi.fn();
  const report = vi.fn();
  return { clock, alarms, due, report, wakeUp: new WakeUp({ name: 'requests', clock, alarms, due, report }) };
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

it('waits for what is further away than a timer counts, as after a clock that was ahead was set right', () => {
  const { clock, due, wakeUp } = wakeUpOf();
  const after = vi.spyOn(clock, 'after');
  const days = 24 * 3_600_000;
  wakeUp.set(1_000 + 30 * days);
  expect(after.mock.lastCall?.[0]).toBe(2 ** 31 - 1);
  expect(due).not.toHaveBeenCalled();
});

it('says why an alarm could be neither set nor cleared, and wakes by its timer all the same', async () => {
  const { clock, alarms, due, report, wakeUp } = wakeUpOf();
  alarms.create.mockRejectedValueOnce(new Error('too many alarms'));
  alarms.clear.mockRejectedValueOnce(new Error('no such alarm'));
  wakeUp.set(1_500);
  wakeUp.set(null);
  await settled();
  expect(report.mock.calls).toEqual([[new Error('too many alarms')], [new Error('no such alarm')]]);
  alarms.create.mockImplementationOnce(() => {
    throw new Error('not a time');
  });
  wakeUp.set(1_500);
  await settled();
  expect(report).toHaveBeenLastCalledWith(new Error('not a time'));
  clock.pass(500);
  expect(due).toHaveBeenCalledTimes(1);
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
