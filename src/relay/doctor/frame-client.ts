import { once } from 'node:events';
import { setTimeout as after } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { type ClientFrame, decodeRelayFrame, encodeFrame, type RelayFrame } from '../../core/frames.ts';

/** One WebSocket to a relay, frame by frame. */
export class FrameClient {
  readonly #socket: WebSocket;
  readonly #frames: RelayFrame[] = [];
  #heard: () => void = () => undefined;
  #closed: Error | null = null;

  constructor(url: string, waitMs: number) {
    this.#socket = new WebSocket(url, { perMessageDeflate: false, handshakeTimeout: waitMs });
    this.#socket.on('message', (data) => this.#take(data as Buffer));
    this.#socket.on('error', (cause) => this.#end(cause));
    this.#socket.on('close', (code) => this.#end(new Error(`the relay closed the connection with code ${code}`)));
  }

  send(frame: ClientFrame): void {
    this.#socket.send(encodeFrame(frame));
  }

  /** The next of these frames, whatever else comes before it. Rejects when the connection ends or time is over. */
  async next<Name extends RelayFrame['frame']>(
    names: readonly Name[],
    waitMs: number,
  ): Promise<Extract<RelayFrame, { frame: Name }>> {
    const untilMs = performance.now() + waitMs;
    for (;;) {
      const at = this.#frames.findIndex(({ frame }) => names.includes(frame as Name));
      if (at >= 0) return this.#frames.splice(at, 1)[0] as Extract<RelayFrame, { frame: Name }>;
      if (this.#closed) throw this.#closed;
      const leftMs = untilMs - performance.now();
      if (leftMs <= 0) throw new Error(`no ${names.join(' or ')} within ${waitMs} ms`);
      const late = new AbortController();
      const heard = new Promise<void>((resolve) => {
        this.#heard = resolve;
      });
      await Promise.race([heard, after(leftMs, undefined, { signal: late.signal })]);
      late.abort();
    }
  }

  async end(): Promise<void> {
    if (this.#closed) return;
    const closed = once(this.#socket, 'close');
    this.#socket.close(1000);
    await closed;
  }

  /** What speaks there may be anything. */
  #take(data: Buffer): void {
    try {
      this.#frames.push(decodeRelayFrame(data));
      this.#heard();
    } catch (cause) {
      this.#end(new Error('what answers there speaks WebSocket, but not as a relay does', { cause }));
      this.#socket.terminate();
    }
  }

  #end(cause: Error): void {
    this.#closed ??= cause;
    this.#heard();
  }
}
