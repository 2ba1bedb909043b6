import type { Clock } from '../relay-client/socket.ts';

/** The one lock, which who leads holds. */
export const lockName = 'tandem phone';
/** Asks who leads to let go. */
export const letGo = 'let go';
/** How long the window that leads may take to let go, ms; one that the system has frozen never does. */
const patienceMs = 1_500;

/** The part of BroadcastChannel that is used here. */
export interface Announcements {
  onmessage: ((event: MessageEvent) => void) | null;
  postMessage(message: string): void;
}

/**
 * Of all windows in which the app is open one leads: it alone has the vault and the connection. Another one that the
 * person turns to asks for the lead and gets it. While no window leads, the service worker may.
 */
export class Leadership {
  readonly #locks: Pick<LockManager, 'request' | 'query'>;
  readonly #announcements: Announcements;
  readonly #clock: Clock;
  #wanted = new AbortController();

  constructor(locks: Pick<LockManager, 'request' | 'query'>, announcements: Announcements, clock: Clock) {
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
    let wanted = new AbortController();
    this.#wanted = wanted;
    this.#announcements.postMessage(letGo);
    const patience = new AbortController();
    const cancel = this.#clock.after(patienceMs, () => patience.abort());
    let working: Promise<void> | null = null;
    const begin = async () => {
      if (wanted.signal.aborted) {
        // Two that ask at once hear each other: one's word may be older than the other's. Who waits now is what counts.
        wanted = new AbortController();
        this.#wanted = wanted;
        const { pending } = await this.#locks.query();
        if (pending?.some(({ name }) => name === lockName)) return;
      }
      if (!wanted.signal.aborted) await work(wanted.signal);
    };
    const lead = () => {
      cancel();
      working = begin();
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

  /** Whether the lead that it took last was asked for by another window, or given up. */
  get isLettingGo(): boolean {
    return this.#wanted.signal.aborted;
  }

  /** Gives up the lead, without anybody having asked for it. */
  letGo(): void {
    this.#wanted.abort();
  }
}
