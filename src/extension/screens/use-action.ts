import { useState } from 'preact/hooks';
import { codeOf, type ErrorCode } from '../../core/errors.ts';

export interface Action {
  run: () => void;
  /** For `aria-disabled`: a button that is really disabled would lose the focus. */
  busy: boolean;
  failure: ErrorCode | null;
}

/** Something that a person starts: one at a time, and what went wrong is kept to be shown. */
export function useAction(action: () => Promise<unknown>): Action {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ErrorCode | null>(null);
  const run = () => {
    if (busy) return;
    setBusy(true);
    setFailure(null);
    action()
      .catch((thrown: unknown) => setFailure(codeOf(thrown)))
      .finally(() => setBusy(false));
  };
  return { run, busy, failure };
}
