import { AppError, codeOf } from '../../../src/core/errors.ts';
import { MemoryRecords } from '../../../src/relay/stores/memory.ts';
import type { LateRecord } from '../../../src/relay/stores/records.ts';

/** A disk that stalls: what is held is over when the test says so, and how it ended. */
export class HeldRecords extends MemoryRecords {
  isHeld = false;
  #held: ((isDurable: boolean) => void)[] = [];

  override set(key: Uint8Array, value: Uint8Array | null): Promise<void> {
    if (!this.isHeld) return super.set(key, value);
    const durable = new Promise<void>((resolve, reject) => {
      this.#held.push((isDurable) =>
        isDurable ? resolve(super.set(key, value)) : reject(new AppError('storage-full')),
      );
    });
    // As a group of writes has somebody who hears of it, whether or not each writer does.
    durable.catch(codeOf);
    return durable;
  }

  override save(record: LateRecord): void {
    if (!this.isHeld) super.save(record);
    else this.#held.push((isDurable) => (isDurable ? super.save(record) : record.written(false)));
  }

  release(areDurable: boolean): void {
    this.isHeld = false;
    for (const end of this.#held.splice(0)) end(areDurable);
  }
}
