import { crc32 } from 'node:zlib';
import type { Change } from '../records.ts';

// A segment is a file and the same bytes in memory: a head, and groups of entries of which each was made durable as a whole.
//
//   head   mark 4 · epoch 6 · salt 16 · check 4
//   group  bytes of its entries 4 · check 4 · entries
//   entry  kind 1 · bytes of the key 1 · bytes of the value 4 · key · value
//
// A check is the CRC-32 of the salt and what it is for. The salt is made anew each time that a segment begins again over what
// it held, so that neither the rest of an earlier time nor anything in a message passes for a group.

export const mark = Buffer.from('TRJ1');
export const places = { epoch: 4, salt: 10, check: 26 } as const;
export const headBytes = 30;
export const groupHeadBytes = 8;
export const entryHeadBytes = 6;
export const kinds = { removed: 0, value: 1, newValue: 2 } as const;

export interface Entry {
  readonly kind: number;
  readonly keyAt: number;
  readonly valueAt: number;
  readonly end: number;
}

export function entryAt(bytes: Buffer, at: number): Entry {
  const keyAt = at + entryHeadBytes;
  const valueAt = keyAt + (bytes[at + 1] as number);
  return { kind: bytes[at] as number, keyAt, valueAt, end: valueAt + bytes.readUInt32BE(at + 2) };
}

export function changeOf(bytes: Buffer, { kind, keyAt, valueAt, end }: Entry): Change {
  return { key: bytes.subarray(keyAt, valueAt), value: kind === kinds.removed ? null : bytes.subarray(valueAt, end) };
}

/** What the file of a segment holds. */
export interface ReadSegment {
  /** The higher, the later; 0 for a file in which nothing was ever made durable. */
  readonly epoch: number;
  /** In the order of their writing. */
  readonly changes: readonly Change[];
}

/** Reads as far as it is whole: what comes behind was never said to be durable. */
export function readSegment(bytes: Buffer): ReadSegment {
  const nothing = { epoch: 0, changes: [] };
  if (bytes.length < headBytes || !bytes.subarray(0, mark.length).equals(mark)) return nothing;
  const salted = crc32(bytes.subarray(places.salt, places.check));
  if (crc32(bytes.subarray(0, places.salt), salted) !== bytes.readUInt32BE(places.check)) return nothing;
  const changes: Change[] = [];
  let at = headBytes;
  while (at + groupHeadBytes <= bytes.length) {
    const from = at + groupHeadBytes;
    const end = from + bytes.readUInt32BE(at);
    if (end > bytes.length || crc32(bytes.subarray(from, end), salted) !== bytes.readUInt32BE(at + 4)) break;
    for (at = from; at < end; ) {
      const entry = entryAt(bytes, at);
      changes.push(changeOf(bytes, entry));
      at = entry.end;
    }
  }
  return { epoch: bytes.readUIntBE(places.epoch, 6), changes };
}
