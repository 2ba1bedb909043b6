import { type Announcements, letGo, lockName } from '../leadership.ts';

/** As `Leadership`, for the service worker: it leads only while no window does, and a window gets the lead from it. */
export class SpareLeadership {
  readonly #locks: Pick<LockManager, 'request'>;
  #wanted = new AbortController();

  constructor(locks: Pick<LockManager, 'request'>, announcements: Announcements) {
    this.#locks = locks;
    announcements.onmessage = ({ data }) => {
      if (data === letGo) this.#wanted.abort();
    };
  }

  /**
   * Calls `work` if nobody leads; else does nothing. Says which. The lead is given up when `work` ends; the signal says that
   * a window wants it.
   */
  async takeIfFree(work: (wanted: AbortSignal) => Promise<void>): Promise<boolean> {
    const wanted = new AbortController();
    let working: Promise<void> | null = null;
    const lead = (lock: Lock | null) => {
      if (!lock) return Promise.resolve();
      this.#wanted = wanted;
      working = work(wanted.signal);
      return working;
    };
    try {
      await this.#locks.request(lockName, { ifAvailable: true }, lead);
    } catch (thrown) {
      if (!working) throw thrown;
      // A window took it by force.
      wanted.abort();
      await working;
    }
    return working !== null;
  }
}
