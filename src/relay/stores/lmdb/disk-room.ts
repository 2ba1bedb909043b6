import { statfs } from 'node:fs/promises';
import { AppError } from '../../../core/errors.ts';
import { relayLimits } from '../../limits.ts';

const reserveMiB = relayLimits.diskReserveBytes / 2 ** 20;

/** Bytes that are free where a directory is. */
export type FreeBytes = (directory: string) => Promise<number>;

export const freeOnDisk: FreeBytes = async (directory) => {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
};

/** Whether there is room on the disk, asked now and then while something is stored. */
export class DiskRoom {
  readonly #directory: string;
  readonly #freeBytes: FreeBytes;
  readonly #trouble: (thrown: unknown) => void;
  #hasRoom = true;
  #asking: Promise<void> | null = null;
  #askedMs = 0;

  /** `trouble` hears why it could not be asked, when room ends, and when it is there again. */
  constructor(directory: string, freeBytes: FreeBytes, trouble: (thrown: unknown) => void) {
    this.#directory = directory;
    this.#freeBytes = freeBytes;
    this.#trouble = trouble;
  }

  /** Rejects with `storage-full` when less than the reserve is free; while there was room nobody waits for the answer. */
  async check(): Promise<void> {
    if (!this.#hasRoom) await this.ask();
    else if (performance.now() - this.#askedMs > relayLimits.diskCheckMs) this.ask();
    if (!this.#hasRoom) throw this.#full();
  }

  /** Asks now. Never rejects: what was known before holds while the disk does not say. */
  ask(): Promise<void> {
    this.#asking ??= this.#freeBytes(this.#directory)
      .then(
        (bytes) => {
          const hasRoom = bytes >= relayLimits.diskReserveBytes;
          if (hasRoom !== this.#hasRoom) this.#trouble(hasRoom ? 'there is room on the disk again' : this.#full());
          this.#hasRoom = hasRoom;
        },
        (thrown: unknown) => this.#trouble(thrown),
      )
      .finally(() => {
        this.#askedMs = performance.now();
        this.#asking = null;
      });
    return this.#asking;
  }

  #full(): AppError {
    return new AppError(
      'storage-full',
      `the disk is nearly full: less than ${reserveMiB} MiB are free in ${this.#directory}. Make room there`,
    );
  }
}
