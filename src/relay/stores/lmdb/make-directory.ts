import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a directory, and those above it, for its owner alone, where they are missing. Throws what Node throws. Each by itself: with
 * `recursive` Node 20 never comes back where a directory is there and yet nothing can be made in it, as in `/proc`.
 */
export function makeDirectory(directory: string): void {
  if (isDirectory(directory)) return;
  const above = dirname(directory);
  if (above !== directory) makeDirectory(above);
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (thrown) {
    // Another process may have been faster.
    if (!isDirectory(directory)) throw thrown;
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
