/** A record that says what it is when it is written, so that one that changes meanwhile is written once, as it is then. */
export interface LateRecord {
  key(): Uint8Array;
  /** Null when it is to be removed, undefined when there is nothing to write. */
  value(): Uint8Array | null | undefined;
  /** The write that it waits for; null while it waits for none. The store's own. */
  group: object | null;
  /** What came of a write, after the turn in which it was asked for. */
  written(isDurable: boolean): void;
}

/** An ordered map of byte strings. Reads see every write at once or once it is durable; `RecordStore` needs no more. */
export interface Records {
  get(key: Uint8Array): Uint8Array | undefined;
  /** Keys from `from` up to but not including `to`, in order, `most` of them. */
  range(from: Uint8Array, to: Uint8Array, most?: number): Iterable<{ key: Uint8Array; value: Uint8Array }>;
  /**
   * Writes a value, or removes it when null. What is written until a commit begins, at least all of one turn of the event
   * loop, becomes durable together or not at all, and is given the same promise. It rejects with `storage-full`.
   */
  set(key: Uint8Array, value: Uint8Array | null): Promise<void>;
  /** The same for a record that says its value later; it may be asked again and again. */
  save(record: LateRecord): Promise<void>;
  /** After all writes are durable. */
  close(): Promise<void>;
}
