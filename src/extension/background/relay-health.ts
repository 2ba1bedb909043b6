import type { ErrorCode } from '../../core/errors.ts';
import type { RelayStatus } from '../../relay-client/relay-client.ts';

/** Which relays can be reached. */
export class RelayHealth {
  readonly #online = new Set<string>();
  readonly #trouble = new Map<string, ErrorCode>();

  update(relay: string, status: RelayStatus, code: ErrorCode | null): void {
    if (status === 'online') {
      this.#online.add(relay);
      this.#trouble.delete(relay);
    } else {
      this.#online.delete(relay);
      // While it tries again, what was wrong is still the best that is known.
      if (code !== null) this.#trouble.set(relay, code);
    }
  }

  isOnline(relay: string): boolean {
    return this.#online.has(relay);
  }

  /** What is wrong with a relay; null for one that is online or was never tried to the end. */
  troubleOf(relay: string): ErrorCode | null {
    return this.#trouble.get(relay) ?? null;
  }
}
