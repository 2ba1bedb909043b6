import { AppError } from '../core/errors.ts';

/** `too-many-requests`, with how long to wait. */
export class RateLimited extends AppError {
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number) {
    super('too-many-requests', `again in ${retryAfterMs} ms`);
    this.retryAfterMs = retryAfterMs;
  }
}
