import { open } from 'node:fs/promises';

/** Makes the names in a directory durable: a file's own sync leaves out its name, without which power that fails takes it away. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
