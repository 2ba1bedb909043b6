import type { Duplex } from 'node:stream';
import { type Outgoing, outgoing, type SentFrame, sizeOf, write } from './message-frames.ts';

/** RFC 6455 §5.2: a whole binary message, and what says that its length follows in two bytes. */
const wholeBinary = 0x82;
const longLength = 126;

function headBytes(size: number): number {
  return size < longLength ? 2 : 4;
}

/**
 * What is sent on one WebSocket in a turn of the event loop, written as one piece. Beside `ws`, which would write
 * each message as two: whole messages in the order of their sending may come from either.
 */
export class Outbox {
  readonly #socket: Duplex;
  /** The same array for as long as the connection lasts: one that was let go would keep what it held until all that is old is collected. */
  readonly #frames: Outgoing[] = [];
  #bytes = 0;

  constructor(socket: Duplex) {
    this.#socket = socket;
  }

  /** How many bytes it holds. */
  get bytes(): number {
    return this.#bytes;
  }

  add(frame: SentFrame): void {
    const added = outgoing(frame);
    this.#frames.push(added);
    const size = sizeOf(added);
    this.#bytes += headBytes(size) + size;
  }

  flush(): void {
    if (this.#bytes === 0) return;
    const piece = Buffer.allocUnsafe(this.#bytes);
    let at = 0;
    for (const frame of this.#frames) {
      const size = sizeOf(frame);
      const head = headBytes(size);
      piece[at] = wholeBinary;
      piece[at + 1] = head === 2 ? size : longLength;
      if (head === 4) piece.writeUInt16BE(size, at + 2);
      write(frame, piece, at + head);
      at += head + size;
    }
    this.drop();
    this.#socket.write(piece);
  }

  drop(): void {
    this.#frames.length = 0;
    this.#bytes = 0;
  }
}
