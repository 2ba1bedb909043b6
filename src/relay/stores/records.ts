/** What `size` says of a value that is to be removed, or of which there is nothing to write. */
export const noValue = { removed: -1, unchanged: -2 } as const;

/** A record that says what it is when it is written, so that one that changes meanwhile is written once, as it is then. */
export interface LateRecord {
  /** 7 bytes at least, 255 at most. */
  readonly keyBytes: number;
  writeKey(into: Buffer, at: number): void;
  /** Bytes of its value as it is now, or one of `noValue`. */
  size(): number;
  /** Writes as many bytes as `size` said in the same turn. */
  writeValue(into: Buffer, at: number): void;
  /** Whether nothing has ever been under its key, as far as is known: what is new and soon removed needs no place. */
  isNew(): boolean;
  /** Whether somebody waits for it to be durable. */
  readonly isAwaited: boolean;
  /** The write that it waits for; null while it waits for none. The store's own. */
  group: object | null;
  /** What came of a write, after the turn in which it was asked for. */
  written(isDurable: boolean): void;
}

/** A value that is known at once; null when it is to be removed. */
export class FixedRecord implements LateRecord {
  readonly isAwaited = true;
  group: object | null = null;
  readonly #key: Uint8Array;
  readonly #value: Uint8Array | null;

  constructor(key: Uint8Array, value: Uint8Array | null) {
    this.#key = key;
    this.#value = value;
  }

  get keyBytes(): number {
    return this.#key.length;
  }

  writeKey(into: Buffer, at: number): void {
    into.set(this.#key, at);
  }

  size(): number {
    return this.#value?.length ?? noValue.removed;
  }

  writeValue(into: Buffer, at: number): void {
    if (this.#value) into.set(this.#value, at);
  }

  isNew(): boolean {
    return false;
  }

  written(): void {
    // Whoever wants to know has the promise.
  }
}

/** The key of a record. */
export function keyOf(record: LateRecord): Buffer {
  const key = Buffer.alloc(record.keyBytes);
  record.writeKey(key, 0);
  return key;
}

/** Its value as it is now: null when it is to be removed, undefined when there is nothing to write. */
export function currentValueOf(record: LateRecord): Buffer | null | undefined {
  const size = record.size();
  if (size < 0) return size === noValue.removed ? null : undefined;
  const value = Buffer.alloc(size);
  record.writeValue(value, 0);
  return value;
}

/** One thing that is written; null when it is removed. */
export interface Change {
  readonly key: Uint8Array;
  readonly value: Uint8Array | null;
}

/** An ordered map of byte strings. `RecordStore` needs no more. */
export interface Records {
  /** Sees every write at once, or once it is durable. */
  get(key: Uint8Array): Uint8Array | undefined;
  /** Keys from `from` up to but not including `to`, in order, `most` of them. Sees values that are settled, and nothing that was removed. */
  range(from: Uint8Array, to: Uint8Array, most?: number): Iterable<{ key: Uint8Array; value: Uint8Array }>;
  /**
   * Writes a value, or removes it when null. What is written until a commit begins, at least all of one turn of the event
   * loop, becomes durable together or not at all, and is given the same promise. It rejects with `storage-full`.
   */
  set(key: Uint8Array, value: Uint8Array | null): Promise<void>;
  /** The same for a record that says its value later, and is told what came of it; it may be asked again and again. */
  save(record: LateRecord): void;
  /** Counts the groups of writes that become durable together: which one the next write is in. */
  readonly turn: number;
  /** `range` sees all up to this turn. */
  readonly settledTurn: number;
  /** Resolves when `range` sees all that was durable when it was called. Rejects with `storage-full`. */
  settle(): Promise<void>;
  /** After all writes are durable. */
  close(): Promise<void>;
}
