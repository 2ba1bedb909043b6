import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, fstatSync, openSync, readSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { AppError } from '../../../core/errors.ts';

/** What each of a store's first two pages says of it, behind its head (`MDB_meta` in LMDB's mdb.c), as a little-endian computer writes it. */
const meta = { at: 24, magic: 0, pageBytes: 24, lastPage: 120, bytes: 128 } as const;
const magic = 0xbeefc0de;
const leastPageBytes = 256;
const mostPageBytes = 65_536;

/** Reads a store as a whole, and writes it anew: what LMDB does not survive ends this process and not the relay's. */
const trial = `
  const [, lmdb, path, copy] = process.argv;
  const db = require(lmdb).open({ path, encoding: 'binary', keyEncoding: 'binary' });
  db.backup(copy, true).then(() => db.close());
`;

/**
 * Throws `unexpected`, with what to do, for a file that is no LMDB store, or of which an end is missing: LMDB would end the process
 * without a word, the latter whenever it comes to a page that is not there. One that is not there or empty is made by LMDB, unless
 * `journals`, the paths of those before it, hold something.
 */
export function checkLmdbFile(path: string, journals: readonly string[]): void {
  // What a journal holds is part of what the store has.
  if (isNothing(path) && !journals.every(isNothing)) throw damaged(path);
  if (!existsSync(path)) return;
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    if (size === 0) return;
    const first = metaAt(file, 0);
    const second = first && metaAt(file, first.pageBytes);
    if (!second) throw damaged(path);
    const { pageBytes } = first;
    const wholeBytes = (Math.max(first.lastPage, second.lastPage) + 1) * pageBytes;
    // LMDB writes whole pages. It may leave out the last ones where they are free, which only it can say.
    if (size < wholeBytes && (size % pageBytes !== 0 || !isReadable(path))) throw damaged(path);
  } finally {
    closeSync(file);
  }
}

/** Throws as `checkLmdbFile` does for a journal that held something once, and is empty or not there. */
export function checkJournal(path: string): void {
  if (isNothing(path)) throw damaged(path);
}

function isNothing(path: string): boolean {
  return !existsSync(path) || statSync(path).size === 0;
}

function metaAt(file: number, pageAt: number): { pageBytes: number; lastPage: number } | null {
  const bytes = Buffer.alloc(meta.bytes);
  const read = readSync(file, bytes, 0, bytes.length, pageAt + meta.at);
  if (read < bytes.length || bytes.readUInt32LE(meta.magic) !== magic) return null;
  const pageBytes = bytes.readUInt32LE(meta.pageBytes);
  const lastPage = Number(bytes.readBigUInt64LE(meta.lastPage));
  return pageBytes >= leastPageBytes && pageBytes <= mostPageBytes ? { pageBytes, lastPage } : null;
}

/** Whether LMDB finds all that it needs. */
function isReadable(path: string): boolean {
  const copy = `${path}-copy`;
  rmSync(copy, { force: true });
  const lmdb = createRequire(import.meta.url).resolve('lmdb');
  const { status } = spawnSync(process.execPath, ['-e', trial, lmdb, path, copy], { stdio: 'ignore' });
  rmSync(copy, { force: true });
  return status === 0;
}

function damaged(path: string): AppError {
  return new AppError(
    'unexpected',
    `${path} is missing, is no store, or is damaged. Put a backup of the whole directory in its place, or move it away: then all devices have to be paired again`,
  );
}
