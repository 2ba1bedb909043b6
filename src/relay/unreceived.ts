import { equalBytes } from '../core/bytes.ts';

/** What has to be acknowledged. */
export interface Delivered {
  /** Of 16 bytes, as a name (`name.ts`). */
  readonly id: string;
  /** 16 bytes; null for none. */
  readonly collapse: Uint8Array | null;
}

/**
 * What one side put that is stored and was delivered, until it is acknowledged. A connection may be dead long before that
 * shows, so whoever does not acknowledge in time, or leaves before, is woken as if nobody had been there.
 */
export class Unreceived<Message extends Delivered> {
  readonly #lateMs: number;
  readonly #wake: (message: Message) => void;
  /** By id, oldest first. */
  readonly #waiting = new Map<string, { readonly message: Message; readonly late: NodeJS.Timeout }>();

  /** `lateMs`: how long an acknowledgement may take. */
  constructor(lateMs: number, wake: (message: Message) => void) {
    this.#lateMs = lateMs;
    this.#wake = wake;
  }

  add(message: Message): void {
    const late = setTimeout(() => {
      this.drop(message.id);
      this.#wake(message);
    }, this.#lateMs);
    this.#waiting.set(message.id, { message, late });
  }

  /** It was received, or does not wait any more. */
  drop(id: string): void {
    clearTimeout(this.#waiting.get(id)?.late);
    this.#waiting.delete(id);
  }

  dropReplaced(collapse: Uint8Array): void {
    for (const { message } of this.#waiting.values()) {
      if (message.collapse && equalBytes(message.collapse, collapse)) this.drop(message.id);
    }
  }

  /** Nobody is there who could acknowledge it, or who would hear of it. */
  wakeAll(): void {
    for (const { message } of this.#waiting.values()) {
      this.drop(message.id);
      this.#wake(message);
    }
  }

  clear(): void {
    for (const id of this.#waiting.keys()) this.drop(id);
  }
}
