import { AppError } from '../../../core/errors.ts';
import { relayLimits } from '../../limits.ts';
import type { RedisConnection } from './connection.ts';
import { slotOf, slotPrefix, slots } from './keys.ts';

/** Before each hint of what is published together: its length. */
const lengthBytes = 4;

export interface WakeUpListener {
  /** A hint that was published for this process. */
  hear(hint: Buffer): void;
  /** Some may have been missed: said once for all, soon. */
  missed(): void;
  trouble(thrown: unknown): void;
}

/** What other processes tell this one, under a name for each slot. */
export class WakeUps {
  readonly #redis: RedisConnection;
  readonly #names: readonly string[];
  readonly #listener: WakeUpListener;
  /** Slots whose subscription has shown that it works since the last test of it. */
  readonly #heard = new Set(Array.from({ length: slots }, (_, slot) => slot));
  #missed: NodeJS.Timeout | undefined;

  private constructor(redis: RedisConnection, process: string, listener: WakeUpListener) {
    this.#redis = redis;
    this.#names = Array.from({ length: slots }, (_, slot) => slotPrefix(slot) + process);
    this.#listener = listener;
  }

  /** `process` as in `RedisStoreOptions`. */
  static async begin(redis: RedisConnection, process: string, listener: WakeUpListener): Promise<WakeUps> {
    const wakeUps = new WakeUps(redis, process, listener);
    await redis.subscribe(
      wakeUps.#names,
      (name, said) => wakeUps.#hear(name, said),
      () => wakeUps.#mayHaveMissed(),
    );
    return wakeUps;
  }

  /** Asks each subscription for a sign of life, and begins those anew that gave none to the last. */
  async test(): Promise<void> {
    const silent = this.#names.filter((_, slot) => !this.#heard.has(slot));
    this.#heard.clear();
    await Promise.all(silent.map((name) => this.#redis.resubscribe(name)));
    await Promise.all(this.#names.map((name) => this.#redis.send('spublish', name, '')));
  }

  close(): void {
    clearTimeout(this.#missed);
  }

  #hear(name: string, said: Buffer): void {
    if (said.length === 0) this.#heard.add(slotOf(name));
    let at = 0;
    while (at + lengthBytes <= said.length) {
      const from = at + lengthBytes;
      at = from + said.readUInt32BE(at);
      this.#hearOne(said.subarray(from, at));
    }
    if (at !== said.length) this.#listener.trouble(malformed());
  }

  /** What is wrong with one of them keeps nobody from hearing the others. */
  #hearOne(hint: Buffer): void {
    try {
      this.#listener.hear(hint);
    } catch (thrown) {
      // What it was about is looked up with the next look.
      this.#listener.trouble(thrown);
    }
  }

  #mayHaveMissed(): void {
    this.#missed ??= setTimeout(() => {
      this.#missed = undefined;
      this.#listener.missed();
    }, relayLimits.missedMs);
  }
}

function malformed(): AppError {
  return new AppError('malformed-frame', 'not as a relay of this version tells another');
}
