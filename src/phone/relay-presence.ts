import { signal } from '@preact/signals';
import type { ErrorCode } from '../core/errors.ts';
import type { RelayStatus } from '../relay-client/relay-client.ts';

/** Whether the relay is there, and its time. */
export class RelayPresence {
  /** Why it cannot be reached, for now. */
  readonly trouble = signal<ErrorCode | null>(null);
  /** The pairings whose mailbox is open there. */
  readonly reached = signal<ReadonlySet<string>>(new Set());
  /** Resolves once its time is known. */
  readonly answered: Promise<void>;
  #answer: () => void = () => undefined;

  constructor() {
    this.answered = new Promise((resolve) => {
      this.#answer = resolve;
    });
  }

  /** A mailbox is open. */
  opened(pairing: string): void {
    this.reached.value = new Set([...this.reached.value, pairing]);
  }

  /** What became of the connection. */
  became(status: RelayStatus, code: ErrorCode | null): void {
    if (status === 'online') this.#answer();
    else this.reached.value = new Set();
    // While it tries again, it is still not there.
    if (status !== 'connecting') this.trouble.value = code;
  }
}
