import type { ErrorCode } from './errors.ts';
import type { PushOutcome } from './frames.ts';

/** What keeps a push from its phone, by what became of it. */
export const pushFailures: Readonly<Record<Exclude<PushOutcome, 'taken'>, ErrorCode>> = {
  none: 'push-expired',
  gone: 'push-expired',
  refused: 'push-refused',
  unreachable: 'push-unreachable',
};
