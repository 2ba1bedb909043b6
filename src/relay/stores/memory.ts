import { name } from '../name.ts';
import type { MailboxStore } from './mailbox-store.ts';
import { RecordStore, type StoreEvents } from './record-store.ts';
import { currentValueOf, keyOf, type LateRecord, type Records } from './records.ts';

/** Forgets everything with its process. */
export class MemoryRecords implements Records {
  readonly turn = 0;
  readonly settledTurn: number = 0;
  readonly #values = new Map<string, Uint8Array>();
  /** In order: one character per byte compares as the bytes do. */
  readonly #keys: string[] = [];
  readonly #done = Promise.resolve();

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#values.get(name(key));
  }

  *range(from: Uint8Array, to: Uint8Array, most = Number.POSITIVE_INFINITY) {
    const first = this.#place(name(from));
    const keys = this.#keys.slice(first, Math.min(this.#place(name(to)), first + most));
    for (const key of keys) yield { key: Buffer.from(key, 'latin1'), value: this.#values.get(key) as Uint8Array };
  }

  set(key: Uint8Array, value: Uint8Array | null): Promise<void> {
    const wanted = name(key);
    const place = this.#place(wanted);
    const known = this.#keys[place] === wanted;
    if (value === null) {
      if (known) this.#keys.splice(place, 1);
      this.#values.delete(wanted);
    } else {
      if (!known) this.#keys.splice(place, 0, wanted);
      this.#values.set(wanted, value);
    }
    return this.#done;
  }

  save(record: LateRecord): void {
    const value = currentValueOf(record);
    if (value !== undefined) this.set(keyOf(record), value);
    queueMicrotask(() => record.written(true));
  }

  settle(): Promise<void> {
    return this.#done;
  }

  close(): Promise<void> {
    return this.#done;
  }

  /** Where a key is or would be. */
  #place(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#keys[middle] as string) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** A store for tests and trials. */
export function memoryStore(clock: { now(): number }, events: StoreEvents = {}): Promise<MailboxStore> {
  return RecordStore.open(new MemoryRecords(), clock, events);
}
