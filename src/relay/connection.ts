import type { Duplex } from 'node:stream';
import { type RawData, WebSocket } from 'ws';
import { type CloseReason, closeReasons } from '../core/close-codes.ts';
import { AppError, codeOf } from '../core/errors.ts';
import type { RelayLimits } from './limits.ts';
import { decodeReceived, type ReceivedFrame, type SentFrame } from './message-frames.ts';
import type { Metrics } from './metrics.ts';
import { Outbox } from './outbox.ts';
import type { Gathering, TurnEnd } from './turn-end.ts';

/** Whose connection it is. */
export interface Listener {
  /** A promise holds back the frames behind this one on the same connection. */
  handle(frame: ReceivedFrame): Promise<void> | undefined;
  /** Once: nothing is read or sent any more. */
  end(): void;
}

/** Where all connections are. */
export interface ConnectionOwner {
  readonly limits: RelayLimits;
  readonly turnEnd: TurnEnd;
  readonly metrics: Metrics;
  /** Once: the socket is closed. */
  gone(connection: Connection): void;
  /** So many bytes more, or fewer, wait to be read. */
  unread(moreBytes: number): void;
  /** Hears of what should not happen. */
  unexpected(thrown: unknown): void;
}

/** A WebSocket that knows whose it is. */
export interface ConnectedSocket extends WebSocket {
  connection: Connection | null;
}

/** Of a socket whose connection listens. */
function connectionOf(socket: WebSocket): Connection {
  return (socket as ConnectedSocket).connection as Connection;
}

/** One WebSocket: frames in order, bounded, and written once per turn. */
export class Connection implements Gathering {
  /** Whose limits it counts against. */
  readonly address: string;
  readonly #owner: ConnectionOwner;
  readonly #socket: ConnectedSocket;
  readonly #raw: Duplex;
  #listener: Listener | null = null;
  #unreadBytes = 0;
  /** Frames that arrived behind one that is still being handled; null while none is. */
  #behind: ReceivedFrame[] | null = null;
  readonly #outbox: Outbox;
  #ending = false;
  /** How often it was looked at since it was last heard. */
  #silence = 0;

  constructor(owner: ConnectionOwner, socket: ConnectedSocket, raw: Duplex, address: string) {
    this.#owner = owner;
    this.#socket = socket;
    this.#raw = raw;
    this.#outbox = new Outbox(raw);
    this.address = address;
  }

  /** Begins to read. Listeners are the same for all connections, as thousands of closures would be memory. */
  listen(listener: Listener): void {
    this.#listener = listener;
    this.#socket.connection = this;
    this.#socket.binaryType = 'fragments';
    this.#socket.on('message', Connection.#listeners.message);
    this.#socket.on('pong', Connection.#listeners.pong);
    // What the network or a broken client does to a connection ends it, and `close` follows.
    this.#socket.on('error', this.#socket.terminate);
    this.#socket.on('close', Connection.#listeners.close);
  }

  static readonly #listeners = {
    message(this: WebSocket, data: RawData, isBinary: boolean): void {
      connectionOf(this).#read(data, isBinary);
    },
    pong(this: WebSocket): void {
      connectionOf(this).#silence = 0;
    },
    close(this: WebSocket): void {
      const connection = connectionOf(this);
      connection.#count(0);
      connection.#end();
      connection.#owner.gone(connection);
    },
  };

  send(frame: SentFrame): void {
    if (this.#ending) return;
    this.#owner.metrics.frame(frame);
    if (this.#outbox.bytes === 0) this.#owner.turnEnd.add(this);
    this.#outbox.add(frame);
    if (this.#outbox.bytes + this.#raw.writableLength > this.#owner.limits.unreadBytes) {
      this.close(closeReasons.slowReader);
    }
  }

  flush(): void {
    // A client that has said goodbye is not answered any more.
    if (this.#socket.readyState !== WebSocket.OPEN) this.#outbox.drop();
    this.#outbox.flush();
    // Less than what Node likes to have in hand is not counted, as most of what is sent is gone at once.
    if (this.#raw.writableNeedDrain) this.#count(this.#raw.writableLength);
  }

  /** What was last counted as waiting to be read. */
  get unreadBytes(): number {
    return this.#unreadBytes;
  }

  close({ code }: CloseReason, reason = ''): void {
    if (this.#ending) return;
    this.#owner.metrics.closed(code);
    this.flush();
    this.#end();
    this.#socket.close(code, reason);
  }

  /** Ends it without a word. */
  terminate(): void {
    this.#socket.terminate();
  }

  /** At each second look that finds nothing heard since the last it is asked for a sign of life, or ended when it gave none. */
  check(): void {
    this.#silence++;
    if (this.#silence === 2) this.#socket.ping();
    if (this.#silence < 4) return;
    this.close(closeReasons.idle);
    this.terminate();
  }

  #end(): void {
    if (this.#ending) return;
    this.#ending = true;
    this.#listener?.end();
  }

  #count(bytes: number): void {
    if (bytes > 0 && this.#unreadBytes === 0) this.#raw.once('drain', () => this.#count(0));
    const more = bytes - this.#unreadBytes;
    this.#unreadBytes = bytes;
    if (more !== 0) this.#owner.unread(more);
  }

  #read(data: RawData, isBinary: boolean): void {
    if (this.#ending) return;
    this.#silence = 0;
    try {
      if (!isBinary) throw new AppError('malformed-frame', 'not binary');
      const frame = decodeReceived(wholeOf(data as Buffer[]));
      if (this.#behind) this.#behind.push(frame);
      else this.#take(frame);
    } catch (thrown) {
      const code = codeOf(thrown);
      if (code === 'unexpected') this.#owner.unexpected(thrown);
      this.close(code === 'too-large' ? closeReasons.tooLarge : closeReasons.malformed, code);
    }
  }

  #take(frame: ReceivedFrame): void {
    this.#owner.metrics.frame(frame);
    const done = this.#listener?.handle(frame);
    if (!done) return;
    this.#behind = [];
    this.#socket.pause();
    done.then(
      () => this.#goOn(),
      (thrown: unknown) => {
        this.#owner.unexpected(thrown);
        this.terminate();
      },
    );
  }

  #goOn(): void {
    const behind = this.#behind ?? [];
    this.#behind = null;
    this.#socket.resume();
    for (const [at, frame] of behind.entries()) {
      if (this.#behind) {
        // Another one that takes time: the rest waits behind it, before what has arrived since.
        (this.#behind as ReceivedFrame[]).unshift(...behind.slice(at));
        return;
      }
      this.#take(frame);
    }
  }
}

/**
 * A message of several pieces, or of one, as most are. The array is emptied: `ws` has made it with the message before, so that on a
 * quiet connection it is among what is old by now, where it would keep what is in it until all that is old is collected.
 */
function wholeOf(pieces: Buffer[]): Buffer {
  const whole = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
  pieces.length = 0;
  return whole;
}
