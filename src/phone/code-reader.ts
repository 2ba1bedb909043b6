import { AppError } from '../core/errors.ts';

/** The part of a Worker that is used here. */
export interface ReaderWorker {
  onmessage: ((event: MessageEvent<string | null>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  postMessage(message: ImageBitmap, transfer: Transferable[]): void;
  terminate(): void;
}

/** Reads QR codes in pictures, one after the other, away from the thread that draws the screen. */
export class CodeReader {
  readonly #worker: ReaderWorker;

  constructor(worker: ReaderWorker) {
    this.#worker = worker;
  }

  /** What the code in the picture says, or null where there is none. Takes the picture. Throws `unexpected`. */
  read(picture: ImageBitmap): Promise<string | null> {
    return new Promise((resolve, reject) => {
      this.#worker.onmessage = ({ data }) => resolve(data);
      this.#worker.onerror = ({ message }) => reject(new AppError('unexpected', message));
      this.#worker.postMessage(picture, [picture]);
    });
  }

  stop(): void {
    this.#worker.terminate();
  }
}
