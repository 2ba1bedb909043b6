import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { codeOf } from '../../core/errors.ts';
import { RateLimited } from '../rate-limited.ts';
import { WrongAddress } from '../wrong-address.ts';
import type { Failure } from './view.ts';

export interface Action {
  run(): Promise<void>;
  /** For `aria-disabled`: a button that is really disabled would lose the focus. */
  busy: boolean;
  failure: Failure | null;
  /** Another action was begun: what went wrong with this one is no news any more. */
  forget(): void;
}

/**
 * Something that a person starts: runs one at a time, and keeps what went wrong for the screen to show. `given`: what
 * went wrong before the screen was shown, or while it is; another takes the place of whatever is there.
 */
export function useAction(action: () => Promise<void>, given: Failure | null = null): Action {
  const running = useRef(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState(given);
  useLayoutEffect(() => setFailure(given), [given]);
  return {
    busy,
    failure,
    forget: () => setFailure(null),
    async run() {
      if (running.current) return;
      running.current = true;
      setBusy(true);
      setFailure(null);
      try {
        await action();
      } catch (cause) {
        setFailure(failureOf(cause));
      } finally {
        running.current = false;
        setBusy(false);
      }
    },
  };
}

export function failureOf(cause: unknown): Failure {
  return {
    code: codeOf(cause),
    retryAfterMs: cause instanceof RateLimited ? cause.retryAfterMs : undefined,
    address: cause instanceof WrongAddress ? cause.address : undefined,
  };
}
