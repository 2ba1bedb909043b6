import { open } from 'node:fs/promises';

/**
 * Makes what a file holds durable, or the names in a directory: a file's own sync leaves out its name, without which power that
 * fails takes it away.
 */
export async function syncPath(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
