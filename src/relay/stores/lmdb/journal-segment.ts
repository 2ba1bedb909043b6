import { constants, fdatasync, writeSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { type Change, type LateRecord, noValue } from '../records.ts';
import { SegmentIndex } from './segment-index.ts';
import {
  changeOf,
  entryAt,
  entryHeadBytes,
  groupHeadBytes,
  headBytes,
  kinds,
  mark,
  places,
  type ReadSegment,
  readSegment,
} from './segment-layout.ts';

/** By so much at least a file grows at a time. */
const growBytes = 256 * 1024;

/** Bytes that a group of these needs, its head included. */
export function groupBytes(records: readonly LateRecord[]): number {
  let bytes = groupHeadBytes;
  for (const record of records) bytes += entryHeadBytes + record.keyBytes + Math.max(0, record.size());
  return bytes;
}

/**
 * Writes bytes to a place of a file, durably. What is written goes to memory of the system's, sooner than another thread would
 * begin; only the sync waits for the disk, beside the event loop.
 */
function synced(file: number, bytes: Buffer, place: number): Promise<void> {
  return new Promise((resolve, reject) => {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at, place + at);
    fdatasync(file, (cause) => (cause ? reject(cause) : resolve()));
  });
}

/** Part of the journal: what was made durable since it began, to be found by its key. */
export class JournalSegment {
  /** Turn of the last group in it. */
  turn = 0;
  readonly #file: FileHandle;
  readonly #usualBytes: number;
  #bytes: Buffer;
  #salted = 0;
  /** Behind the last group that is durable. */
  #end = 0;
  readonly #index = new SegmentIndex();

  /** How long the file is: a sync that makes it longer takes several times as long as one that does not. */
  #fileBytes: number;

  private constructor(file: FileHandle, fileBytes: number, usualBytes: number) {
    this.#file = file;
    this.#fileBytes = fileBytes;
    this.#usualBytes = usualBytes;
    this.#bytes = Buffer.alloc(0);
  }

  /** `usualBytes`: of memory, and of the file when it has been full; a group that is larger gets what it needs. */
  static async open(path: string, usualBytes: number): Promise<{ segment: JournalSegment; read: ReadSegment }> {
    const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    const held = await file.readFile();
    return { segment: new JournalSegment(file, held.length, usualBytes), read: readSegment(held) };
  }

  /** Nothing of it is to be found. */
  get isEmpty(): boolean {
    return this.#index.size === 0;
  }

  /** Something was made durable in it, which may have come and gone. */
  get isWritten(): boolean {
    return this.#end > headBytes;
  }

  /** Which one it is since it last began. */
  get epoch(): number {
    return this.#bytes.readUIntBE(places.epoch, 6);
  }

  hasRoom(bytes: number): boolean {
    return this.#end + bytes <= this.#bytes.length;
  }

  /** Forgets what it held, and has room for a group of so many bytes at least. */
  begin(epoch: number, salt: Uint8Array, leastBytes: number): void {
    const bytes = Math.max(this.#usualBytes, headBytes + leastBytes);
    if (this.#bytes.length !== bytes) this.#bytes = Buffer.alloc(bytes);
    mark.copy(this.#bytes);
    this.#bytes.writeUIntBE(epoch, places.epoch, 6);
    this.#bytes.set(salt, places.salt);
    this.#salted = crc32(salt);
    this.#bytes.writeUInt32BE(crc32(this.#bytes.subarray(0, places.salt), this.#salted), places.check);
    this.clear();
  }

  clear(): void {
    this.#end = headBytes;
    this.#index.clear();
  }

  /**
   * Makes a group durable. What it says counts from when it resolves. When it rejects it is as if it had not been, unless the
   * process ends before the next takes its place: then it may be there as a whole.
   */
  async append(records: readonly LateRecord[]): Promise<void> {
    const from = this.#end + groupHeadBytes;
    const end = this.#write(records, from);
    if (end === from) return;
    this.#bytes.writeUInt32BE(end - from, this.#end);
    this.#bytes.writeUInt32BE(crc32(this.#bytes.subarray(from, end), this.#salted), this.#end + 4);
    // The head goes with the first group.
    const start = this.#end === headBytes ? 0 : this.#end;
    // Where the file has to grow it grows by a good piece, with whatever is there: behind the last group it says nothing.
    const written = end <= this.#fileBytes ? end : Math.min(this.#bytes.length, end + growBytes - (end % growBytes));
    await synced(this.#file.fd, this.#bytes.subarray(start, written), start);
    this.#fileBytes = Math.max(this.#fileBytes, written);
    this.#note(from, end);
    this.#end = end;
  }

  /** What was last written under a key: null when that was a removal, undefined when nothing was. */
  get(key: Uint8Array): Uint8Array | null | undefined {
    const at = this.#index.get(this.#bytes, key, 0, key.length);
    if (at === 0) return undefined;
    const { value } = changeOf(this.#bytes, entryAt(this.#bytes, Math.abs(at)));
    return value && new Uint8Array(value);
  }

  /** The last of each key, in about the order of keys, so that some of them at a time change few pages of a tree; good until it begins again. */
  *changes(): Generator<Change> {
    for (const at of this.#index.ordered(this.#bytes)) yield changeOf(this.#bytes, entryAt(this.#bytes, at));
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  /** Gives where the last entry ends. */
  #write(records: readonly LateRecord[], from: number): number {
    const bytes = this.#bytes;
    let at = from;
    for (const record of records) {
      const size = record.size();
      if (size === noValue.unchanged) continue;
      const isRemoved = size === noValue.removed;
      const keyAt = at + entryHeadBytes;
      const valueAt = keyAt + record.keyBytes;
      bytes[at] = isRemoved ? kinds.removed : record.isNew() ? kinds.newValue : kinds.value;
      bytes[at + 1] = record.keyBytes;
      bytes.writeUInt32BE(isRemoved ? 0 : size, at + 2);
      record.writeKey(bytes, keyAt);
      at = valueAt;
      if (isRemoved) continue;
      record.writeValue(bytes, valueAt);
      at += size;
    }
    return at;
  }

  /** What is between these is durable. */
  #note(from: number, end: number): void {
    for (let at = from; at < end; ) {
      const { kind, keyAt, valueAt, end: next } = entryAt(this.#bytes, at);
      // What came and went meanwhile is nobody's business any more.
      if (kind === kinds.removed && this.#index.get(this.#bytes, this.#bytes, keyAt, valueAt) < 0) {
        this.#index.delete(this.#bytes, keyAt, valueAt);
      } else this.#index.set(this.#bytes, keyAt, valueAt, kind === kinds.newValue ? -at : at);
      at = next;
    }
  }
}
