/** The part of a browser's WebSocket that is used here; `ws` in Node has it too. */
export interface SocketLike {
  binaryType: string;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  onerror: ((event: never) => void) | null;
  send(data: Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
}

export type OpenSocket = (url: string) => SocketLike;

/** Time as a part is handed it. */
export interface Clock {
  /** ms since 1970. */
  now(): number;
  /** ms since some moment, whatever `now` is set to; where the device sleeps it may stand still. */
  steady(): number;
  /** Calls `then` after `ms`; gives what takes that back. */
  after(ms: number, then: () => void): () => void;
}

/** The runtime's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  steady: () => Math.floor(performance.now()),
  after(ms, then) {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
};
