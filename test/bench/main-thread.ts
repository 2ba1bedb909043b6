import type { CDPSession, Page } from 'playwright-core';

/** What a page's main thread did in a stretch of time. */
export interface MainThread {
  /** Its own processor time, ms. */
  all: number;
  /** The share of that, from 0 to 1, below functions of an extension's scripts; 0 unless a profiler ran. */
  extension: number;
}

/** Starts counting; the function that it gives ends that and says what was counted. `profile`: also whose work it was. */
export async function countMainThread(page: Page, profile: boolean): Promise<() => Promise<MainThread>> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  if (profile) {
    await session.send('Profiler.enable');
    await session.send('Profiler.setSamplingInterval', { interval: 100 });
    await session.send('Profiler.start');
  }
  const before = await taskMs(session);
  return async () => {
    const all = (await taskMs(session)) - before;
    const extension = profile ? await extensionShare(session) : 0;
    await session.detach();
    return { all, extension };
  };
}

async function taskMs(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1000;
}

/** By samples of what the thread was doing: below a function of an extension's, or anything but idle. */
async function extensionShare(session: CDPSession): Promise<number> {
  const { profile } = await session.send('Profiler.stop');
  const ofExtension = new Set<number>();
  const idle = new Set<number>();
  // Parents come before their children.
  for (const { id, callFrame, children = [] } of profile.nodes) {
    if (callFrame.functionName === '(idle)') idle.add(id);
    if (callFrame.url.startsWith('chrome-extension:')) ofExtension.add(id);
    if (ofExtension.has(id)) for (const child of children) ofExtension.add(child);
  }
  const { samples = [], timeDeltas = [] } = profile;
  const sum = (is: (id: number) => boolean) =>
    samples.reduce((ms, id, at) => ms + (is(id) ? (timeDeltas[at + 1] ?? 0) : 0), 0);
  return sum((id) => ofExtension.has(id)) / sum((id) => !idle.has(id));
}
