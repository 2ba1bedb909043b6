import { AppError } from '../../../core/errors.ts';
import type { Reply } from './connection.ts';
import type { RedisStore } from './redis-store.ts';

/** A mailbox's part of a script call that may be for several. */
export interface Part {
  readonly keys: readonly string[];
  readonly args: readonly (string | Buffer)[];
  answered(reply: readonly Reply[]): void;
  failed(): void;
}

/** Something that has parts of calls to give. */
export interface Source {
  /** Null for nothing, or for nothing yet. */
  takePut(): Part | null;
  takeAcknowledgement(): Part | null;
}

/** What a call has at most: more makes it no cheaper for each message, and Redis does nothing else meanwhile. */
const mostArgs = 64;

/**
 * What a process has to say to Redis about messages in a turn of the event loop, in as few calls as may be: a call costs as much as
 * what it does for a message. In a cluster, where a call is for one slot, each mailbox has its own.
 */
export class Outgoing {
  readonly #store: Pick<RedisStore, 'call' | 'send' | 'isCluster' | 'inBackground' | 'trouble'>;
  #sources: Source[] = [];

  constructor(store: Pick<RedisStore, 'call' | 'send' | 'isCluster' | 'inBackground' | 'trouble'>) {
    this.#store = store;
  }

  /** It has something to say; the same may be added again before it has said it. */
  add(source: Source): void {
    if (this.#sources.push(source) > 1) return;
    setImmediate(() => {
      this.flush();
      this.#store.send();
    });
  }

  /** Says what was gathered now, and not at the end of the turn. */
  flush(): void {
    const sources = this.#sources;
    this.#sources = [];
    // What is acknowledged makes room for what is put.
    this.#sayAll('acknowledge', sources, (source) => source.takeAcknowledgement());
    this.#sayAll('put', sources, (source) => source.takePut());
  }

  #sayAll(step: 'put' | 'acknowledge', sources: readonly Source[], take: (source: Source) => Part | null): void {
    let parts: Part[] = [];
    let args = 0;
    for (const source of sources) {
      for (let part = take(source); part; part = take(source)) {
        if (parts.length > 0 && (this.#store.isCluster || args + part.args.length > mostArgs)) {
          this.#say(step, parts);
          parts = [];
          args = 0;
        }
        parts.push(part);
        args += part.args.length;
      }
    }
    if (parts.length > 0) this.#say(step, parts);
  }

  #say(step: 'put' | 'acknowledge', parts: readonly Part[]): void {
    const keys = parts.flatMap((part) => part.keys);
    const args = parts.flatMap((part) => part.args);
    const said = this.#store.call(step, keys, args).then(
      ([, ...replies]) => {
        for (const [at, part] of parts.entries()) this.#answered(part, replies[at] as readonly Reply[]);
      },
      (thrown: unknown) => {
        this.#store.trouble(thrown);
        for (const part of parts) part.failed();
      },
    );
    this.#store.inBackground(said);
  }

  /** What is wrong with one of them is not to keep the others from their answers. */
  #answered(part: Part, reply: readonly Reply[]): void {
    try {
      if (String(reply[0]) !== 'failed') part.answered(reply);
      else {
        this.#store.trouble(new AppError('storage-full', `Redis: ${String(reply[1])}`));
        part.failed();
      }
    } catch (thrown) {
      this.#store.trouble(thrown);
    }
  }
}
