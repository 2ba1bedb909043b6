import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { AppError } from '../../core/errors.ts';

/** At byte 24, behind the head of the first page (`MDB_MAGIC` in LMDB's mdb.c), as a little-endian computer writes it. */
const magic = 0xbeefc0de;
const magicAt = 24;

/**
 * Throws `unexpected`, with what to do, for a file that is no LMDB store: LMDB would end the process without a word. One that is
 * not there or empty is made by LMDB.
 */
export function checkLmdbFile(path: string): void {
  if (!existsSync(path)) return;
  const head = Buffer.alloc(magicAt + 4);
  const file = openSync(path, 'r');
  const read = readSync(file, head, 0, head.length, 0);
  closeSync(file);
  if (read === 0 || (read === head.length && head.readUInt32LE(magicAt) === magic)) return;
  throw new AppError(
    'unexpected',
    `${path} is no store, or damaged. Put a backup of the whole directory in its place, or move it away: then all devices have to be paired again`,
  );
}
