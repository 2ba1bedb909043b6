import type { Writable } from 'node:stream';

/** Holds back what is written to streams until the end of the event loop's turn, so that it leaves in one system call each. */
export class TurnCork {
  #corked: Writable[] = [];

  hold(stream: Writable): void {
    if (stream.writableCorked > 0) return;
    stream.cork();
    if (this.#corked.push(stream) === 1) setImmediate(() => this.release());
  }

  /** Lets go of all of them. */
  release(): void {
    const corked = this.#corked;
    this.#corked = [];
    for (const stream of corked) stream.uncork();
  }
}
