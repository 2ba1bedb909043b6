import type { LiveChannel } from './live-channel.ts';
import { type NewMessage, type OpenMailbox, otherSide, type Side, type Watcher } from './mailbox-store.ts';

/** One side of a channel, for as long as its watcher has it open. */
export class LocalMailbox implements OpenMailbox {
  readonly #channel: LiveChannel;
  readonly #side: Side;
  readonly #watcher: Watcher;

  constructor(channel: LiveChannel, side: Side, watcher: Watcher) {
    this.#channel = channel;
    this.#side = side;
    this.#watcher = watcher;
  }

  put(message: NewMessage): void {
    this.#channel.put(otherSide(this.#side), message);
  }

  acknowledge(seq: number): void {
    this.#channel.acknowledge(this.#side, seq);
  }

  subscribe(subscription: string): Promise<void> {
    return this.#channel.subscribe(this.#side, subscription);
  }

  close(): Promise<void> {
    return this.#channel.close();
  }

  leave(): void {
    this.#channel.leave(this.#side, this.#watcher);
  }
}
