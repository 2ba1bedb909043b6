import { useState } from 'preact/hooks';
import { codeOf } from '../../core/errors.ts';
import { RateLimited } from '../rate-limited.ts';
import type { Failure } from './view.ts';

export interface Action<A extends unknown[]> {
  run(...args: A): Promise<void>;
  busy: boolean;
  failure: Failure | null;
}

/** Something that a person starts: runs one at a time, and keeps what went wrong for the screen to show. */
export function useAction<A extends unknown[]>(
  action: (...args: A) => Promise<void>,
  first: Failure | null = null,
): Action<A> {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState(first);
  return {
    busy,
    failure,
    async run(...args) {
      if (busy) return;
      setBusy(true);
      setFailure(null);
      try {
        await action(...args);
      } catch (cause) {
        setFailure(failureOf(cause));
      } finally {
        setBusy(false);
      }
    },
  };
}

export function failureOf(cause: unknown): Failure {
  return { code: codeOf(cause), retryAfterMs: cause instanceof RateLimited ? cause.retryAfterMs : undefined };
}
