/** An ordered map of byte strings. Reads see every write at once or once it is durable; `RecordStore` needs no more. */
export interface Records {
  get(key: Uint8Array): Uint8Array | undefined;
  /** Keys from `from` up to but not including `to`, in order, `most` of them. */
  range(from: Uint8Array, to: Uint8Array, most?: number): Iterable<{ key: Uint8Array; value: Uint8Array }>;
  /**
   * Writes a value, or removes it when null. All writes of one turn of the event loop become durable together or not
   * at all, and are given the same promise. It rejects with `storage-full`.
   */
  set(key: Uint8Array, value: Uint8Array | null): Promise<void>;
  /** After all writes are durable. */
  close(): Promise<void>;
}
