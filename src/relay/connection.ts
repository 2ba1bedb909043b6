import type { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import { type CloseReason, closeReasons } from '../core/close-codes.ts';
import { AppError, codeOf } from '../core/errors.ts';
import { type ClientFrame, decodeClientFrame, encodeFrame, type RelayFrame } from '../core/frames.ts';
import type { RelayLimits } from './limits.ts';
import type { TurnCork } from './turn-cork.ts';

/** What is done with a frame. A promise holds back the frames behind it on the same connection. */
export type HandleFrame = (frame: ClientFrame) => Promise<void> | undefined;

const binary = { binary: true, compress: false } as const;

/** One WebSocket: frames in order, bounded, and written once per turn. */
export class Connection {
  readonly #socket: WebSocket;
  readonly #raw: Duplex;
  readonly #cork: TurnCork;
  readonly #limits: RelayLimits;
  readonly #fail: (thrown: unknown) => void;
  #handle: HandleFrame | null = null;
  #ended: () => void = () => undefined;
  /** Frames that arrived behind one that is still being handled; null while none is. */
  #behind: ClientFrame[] | null = null;
  #ending = false;
  #answered = true;

  /** `fail` hears of what should not happen. */
  constructor(options: {
    socket: WebSocket;
    raw: Duplex;
    cork: TurnCork;
    limits: RelayLimits;
    fail(thrown: unknown): void;
  }) {
    this.#socket = options.socket;
    this.#raw = options.raw;
    this.#cork = options.cork;
    this.#limits = options.limits;
    this.#fail = options.fail;
  }

  /** Begins to read. `ended`, once: nothing is read or sent any more. `gone`, once: the socket is closed. */
  listen(handle: HandleFrame, ended: () => void, gone: () => void): void {
    this.#handle = handle;
    this.#ended = ended;
    this.#socket.on('message', (data, isBinary) => this.#read(data, isBinary));
    this.#socket.on('pong', () => {
      this.#answered = true;
    });
    // What the network or a broken client does to a connection ends it, and `close` follows.
    this.#socket.on('error', () => this.#socket.terminate());
    this.#socket.once('close', () => {
      this.#end();
      gone();
    });
  }

  send(frame: RelayFrame): void {
    if (this.#ending) return;
    this.#cork.hold(this.#raw);
    this.#socket.send(encodeFrame(frame), binary);
    if (this.#socket.bufferedAmount > this.#limits.unreadBytes) this.close(closeReasons.slowReader);
  }

  close({ code }: CloseReason, reason = ''): void {
    if (this.#ending) return;
    this.#end();
    this.#socket.close(code, reason);
  }

  /** Ends it without a word. */
  terminate(): void {
    this.#socket.terminate();
  }

  /** Asks for a sign of life, or ends a connection that gave none since it was asked. */
  check(): void {
    if (!this.#answered) {
      this.close(closeReasons.idle);
      this.terminate();
      return;
    }
    this.#answered = false;
    this.#socket.ping();
  }

  #end(): void {
    if (this.#ending) return;
    this.#ending = true;
    this.#ended();
  }

  #read(data: RawData, isBinary: boolean): void {
    if (this.#ending) return;
    this.#answered = true;
    try {
      if (!isBinary) throw new AppError('malformed-frame', 'not binary');
      const frame = decodeClientFrame(data as Buffer);
      if (this.#behind) this.#behind.push(frame);
      else this.#take(frame);
    } catch (thrown) {
      const code = codeOf(thrown);
      if (code === 'unexpected') this.#fail(thrown);
      this.close(code === 'too-large' ? closeReasons.tooLarge : closeReasons.malformed, code);
    }
  }

  #take(frame: ClientFrame): void {
    const done = this.#handle?.(frame);
    if (!done) return;
    this.#behind = [];
    this.#socket.pause();
    done.then(
      () => this.#goOn(),
      (thrown: unknown) => {
        this.#fail(thrown);
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
        (this.#behind as ClientFrame[]).unshift(...behind.slice(at));
        return;
      }
      this.#take(frame);
    }
  }
}
