import { equalBytes } from '../core/bytes.ts';
import type { Wanted } from './push-attempt.ts';

/** What has to be acknowledged. */
export interface Stored {
  /** Of 16 bytes, as a name (`name.ts`). */
  readonly id: string;
  /** 16 bytes; null for none. */
  readonly collapse: Uint8Array | null;
  /** ms since 1970, both. */
  readonly arrivedMs: number;
  readonly expiresMs: number;
}

/** Wakes whoever a message is for; `wanted`: whether it still has to. */
export type Wake<Message> = (message: Message, wanted: () => Wanted) => void;

interface Entry<Message> {
  readonly id: string;
  readonly collapse: Uint8Array | null;
  readonly lifeMs: number;
  /** Null once its receiver was woken. */
  message: Message | null;
  timer: NodeJS.Timeout | undefined;
  wanted: Wanted;
}

/**
 * What one side put and has stored, until it is acknowledged or its life is over. A connection may be dead long before that
 * shows, so whoever does not acknowledge in time, or leaves before, is woken as if nobody had been there.
 */
export class Unreceived<Message extends Stored> {
  readonly #lateMs: number;
  readonly #wake: Wake<Message>;
  /** Oldest first. Few, so that a map, which makes its table anew when it is empty again, would cost more. */
  readonly #waiting: Entry<Message>[] = [];

  /** `lateMs`: how long an acknowledgement may take. */
  constructor(lateMs: number, wake: Wake<Message>) {
    this.#lateMs = lateMs;
    this.#wake = wake;
  }

  /** `isDelivered`: its receiver is there and was told. */
  add(message: Message, isDelivered: boolean): void {
    this.drop(message.id);
    const { id, collapse, arrivedMs, expiresMs } = message;
    const entry: Entry<Message> = {
      id,
      collapse,
      lifeMs: expiresMs - arrivedMs,
      message,
      timer: undefined,
      wanted: 'still',
    };
    this.#waiting.push(entry);
    if (!isDelivered) this.#wakeFor(entry);
    // One that does not live that long is worth waking for, too.
    else entry.timer = setTimeout(() => this.#wakeFor(entry), Math.min(this.#lateMs, entry.lifeMs / 2));
  }

  /** It was received, or does not wait any more. */
  drop(id: string): void {
    this.#dropAll((entry) => entry.id === id);
  }

  dropReplaced(by: Uint8Array): void {
    this.#dropAll(({ collapse }) => collapse !== null && equalBytes(collapse, by));
  }

  /** The receiver is there no more. */
  wakeAll(): void {
    for (const entry of this.#waiting) this.#wakeFor(entry);
  }

  /** Nobody will hear any more what is acknowledged. */
  end(): void {
    this.wakeAll();
    for (const entry of this.#waiting) {
      clearTimeout(entry.timer);
      entry.wanted = 'until-there';
    }
    this.#waiting.length = 0;
  }

  clear(): void {
    this.#dropAll(() => true);
  }

  #dropAll(is: (entry: Entry<Message>) => boolean): void {
    for (let at = this.#waiting.length - 1; at >= 0; at--) {
      const entry = this.#waiting[at] as Entry<Message>;
      if (!is(entry)) continue;
      entry.wanted = 'no';
      clearTimeout(entry.timer);
      this.#waiting.splice(at, 1);
    }
  }

  #wakeFor(entry: Entry<Message>): void {
    const { message } = entry;
    if (!message) return;
    entry.message = null;
    clearTimeout(entry.timer);
    entry.timer = setTimeout(() => this.drop(entry.id), entry.lifeMs);
    this.#wake(message, () => entry.wanted);
  }
}
