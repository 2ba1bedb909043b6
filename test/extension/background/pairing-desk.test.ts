import { describe, expect, it, vi } from 'vitest';
import { scanned, viewAt, workerIn } from '../support/pairing-worker.ts';

it.each(['cancel', 'refuse'] as const)('ends where storage and relay refuse to go along: %s', async (way) => {
  const { browser, worker, pairing } = await scanned();
  vi.spyOn(worker.post, 'remove').mockRejectedValue(new Error('no room'));
  await expect(way === 'cancel' ? worker.desk.cancel() : worker.desk.refuse(pairing)).rejects.toThrow('no room');
  expect(worker.desk.view()).toEqual(way === 'cancel' ? null : { step: 'failed', code: 'digits-refused' });
  expect((await workerIn(browser)).desk.active).toBe(false);
});

describe('how a pairing went', () => {
  /** Paired, or refused here. */
  async function over(step: 'paired' | 'failed') {
    const { worker, browser, pairing } = await scanned();
    const leave = worker.desk.watch();
    await worker.desk.confirmed(pairing);
    await (step === 'paired' ? worker.desk.confirm(pairing) : worker.desk.refuse(pairing));
    return { browser, leave, shown: viewAt(worker, step), worker };
  }

  it.each(['paired', 'failed'] as const)('is forgotten once nobody looks any more: %s', async (step) => {
    const { browser, leave, worker } = await over(step);
    await leave();
    expect(worker.desk.view()).toBe(null);
    expect((await workerIn(browser)).desk.view()).toBe(null);
  });

  it.each(['paired', 'failed'] as const)('outlives the worker for whoever looks: %s', async (step) => {
    const { browser, shown } = await over(step);
    const next = await workerIn(browser);
    expect(next.desk.view()).toEqual(shown);
    expect(next.desk.active).toBe(false);
    const leave = next.desk.watch();
    browser.clock.pass(5_000);
    await next.desk.tick();
    expect(next.desk.view()).toEqual(shown);
    await leave();
    expect(next.desk.view()).toBe(null);
    expect((await workerIn(browser)).desk.view()).toBe(null);
  });

  it.each(['paired', 'failed'] as const)(
    'is forgotten by the next worker where nobody comes back: %s',
    async (step) => {
      const { browser } = await over(step);
      const next = await workerIn(browser);
      expect(next.wakeUp.set).toHaveBeenLastCalledWith(browser.clock.now() + 5_000);
      browser.clock.pass(5_000);
      await next.desk.tick();
      expect(next.desk.view()).toBe(null);
      expect(next.wakeUp.set).toHaveBeenLastCalledWith(null);
      expect((await workerIn(browser)).desk.view()).toBe(null);
    },
  );
});
