import { DiskRoom, type FreeBytes, freeOnDisk } from './lmdb/disk-room.ts';
import { LmdbRecords } from './lmdb/lmdb-records.ts';
import { makeDirectory } from './lmdb/make-directory.ts';
import type { MailboxStore } from './mailbox-store.ts';
import { RecordStore, type StoreEvents } from './record-store.ts';

export interface LmdbOptions extends StoreEvents {
  freeBytes?: FreeBytes;
  /** Hears of what failed where nobody waits for it. */
  trouble?(thrown: unknown): void;
}

/**
 * The embedded store, in a directory that is made where it is missing. Only one process may have it open. It refuses
 * with `storage-full` while less than the reserve of `limits.ts` is free there.
 */
export async function lmdbStore(
  directory: string,
  clock: { now(): number },
  { freeBytes = freeOnDisk, trouble = () => undefined, ...events }: LmdbOptions = {},
): Promise<MailboxStore> {
  makeDirectory(directory);
  const room = new DiskRoom(directory, freeBytes, trouble);
  // Before anything is opened: on a full disk LMDB ends the process.
  await room.ask();
  await room.check();
  const records = await LmdbRecords.open(directory, room, trouble);
  return RecordStore.open(records, clock, events);
}
