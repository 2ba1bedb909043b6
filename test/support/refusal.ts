import { AppError } from '../../src/core/errors.ts';

/** The `AppError` that `act` must throw. Whatever else is thrown passes through, and no error at all is one. */
export function refusal(act: () => unknown): AppError {
  const outcome = resultOrRefusal(act);
  if (outcome instanceof AppError) return outcome;
  throw new Error('nothing was refused');
}

/** What `act` gives, or the `AppError` that it throws: for input of which either is right, and no other error is. */
export function resultOrRefusal<T>(act: () => T): T | AppError {
  try {
    return act();
  } catch (thrown) {
    if (thrown instanceof AppError) return thrown;
    throw thrown;
  }
}
