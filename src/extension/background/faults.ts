import { AppError, codeOf, type ErrorCode } from '../../core/errors.ts';

export interface FaultsOptions {
  changed: () => void;
  /** Takes a line for whoever looks for the cause. */
  log: (line: string) => void;
}

/** What goes wrong on our own side: everything leaves a trace, and only that without which nothing works stays. */
export class Faults {
  readonly #options: FaultsOptions;
  #code: ErrorCode | null = null;

  constructor(options: FaultsOptions) {
    this.#options = options;
  }

  /** What keeps the whole extension from working, until this worker ends. */
  get code(): ErrorCode | null {
    return this.#code;
  }

  /** Something failed, and everything else goes on. */
  readonly report = (thrown: unknown): void => this.#options.log(traceOf(thrown));

  /** Nothing can work without this. */
  readonly disable = (thrown: unknown): void => {
    this.report(thrown);
    this.#code ??= codeOf(thrown);
    this.#options.changed();
  };
}

/** What may be logged of an error: code, kind and where it was thrown. Its message may quote an address or an account. */
function traceOf(thrown: unknown): string {
  const { cause } = thrown instanceof AppError ? thrown : { cause: undefined };
  const error = cause instanceof Error ? cause : thrown;
  const [name, stack = ''] = error instanceof Error ? [error.name, error.stack] : [typeof error];
  const frames = stack.split('\n').filter((line) => /^\s+at |@(?:moz|chrome)-extension:/.test(line));
  return [`${codeOf(thrown)} (${name})`, ...frames].join('\n');
}
