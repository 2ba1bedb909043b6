import type { Clock } from '../relay-client/socket.ts';

const lockName = 'tandem phone';
const letGo = 'let go';
/** How long the window that leads may take to let go, ms; one that the system has frozen never does. */
const patienceMs = 1_500;

/** The part of BroadcastChannel that is used here. */
export interface Announcements {
  onmessage: ((event: MessageEvent) => void) | null;
  postMessage(message: string): void;
}

/**
 * Of all windows in which the app is open one leads: it alone has the vault and the connection. Another one that the
 * person turns to asks for the lead and gets it.
 */
export class Leadership {
  readonly #locks: Pick<LockManager, 'request'>;
  readonly #announcements: Announcements;
  readonly #clock: Clock;
  #wanted = new AbortController();

  constructor(locks: Pick<LockManager, 'request'>, announcements: Announcements, clock: Clock) {
    this.#locks = locks;
    this.#announcements = announcements;
    this.#clock = clock;
    announcements.onmessage = ({ data }) => {
      if (data === letGo) this.#wanted.abort();
    };
  }

  /**
   * Takes the lead from whichever window has it, calls `work`, and gives it up when that ends. The signal says that
   * another window wants it.
   */
  async take(work: (wanted: AbortSignal) => Promise<void>): Promise<void> {
    const wanted = new AbortController();
    this.#wanted = wanted;
    this.#announcements.postMessage(letGo);
    const patience = new AbortController();
    const cancel = this.#clock.after(patienceMs, () => patience.abort());
    let working: Promise<void> | null = null;
    const lead = () => {
      cancel();
      working = wanted.signal.aborted ? Promise.resolve() : work(wanted.signal);
      return working;
    };
    const hold = (options: LockOptions) =>
      this.#locks.request(lockName, options, lead).catch((thrown: unknown) => {
        if (!working) throw thrown;
        // Another window took it by force: it had waited long enough.
        wanted.abort();
        return working;
      });
    try {
      await hold({ signal: patience.signal });
    } catch (thrown) {
      if (!patience.signal.aborted || working) throw thrown;
      await hold({ steal: true });
    }
  }
}
