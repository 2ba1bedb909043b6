import { useRef, useState } from 'preact/hooks';
import { codeOf } from '../../core/errors.ts';
import { RateLimited } from '../rate-limited.ts';
import type { Failure } from './view.ts';

export interface Action {
  run(): Promise<void>;
  /** For `aria-disabled`: a button that is really disabled would lose the focus. */
  busy: boolean;
  failure: Failure | null;
}

/** Something that a person starts: runs one at a time, and keeps what went wrong for the screen to show. */
export function useAction(action: () => Promise<void>, first: Failure | null = null): Action {
  const running = useRef(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState(first);
  return {
    busy,
    failure,
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
  return { code: codeOf(cause), retryAfterMs: cause instanceof RateLimited ? cause.retryAfterMs : undefined };
}
