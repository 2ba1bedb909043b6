import { AppError } from './errors.ts';

/** What `read` gives, or null where it throws an `AppError`: from elsewhere, of another version, or damaged. */
export function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof AppError) return null;
    throw thrown;
  }
}
