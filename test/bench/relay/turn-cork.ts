import type { Duplex } from 'node:stream';

/** Holds back what is written to sockets until the end of the event loop's turn, so that it leaves in one system call each. */
export class TurnCork {
  #corked: Duplex[] = [];

  hold(socket: Duplex): void {
    if (socket.writableCorked > 0) return;
    socket.cork();
    if (this.#corked.push(socket) === 1) setImmediate(() => this.#release());
  }

  #release(): void {
    const corked = this.#corked;
    this.#corked = [];
    for (const socket of corked) socket.uncork();
  }
}
