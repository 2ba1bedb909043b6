import { askedWaitMs, mayRetry } from '../core/close-codes.ts';
import { AppError, codeOf, type ErrorCode } from '../core/errors.ts';
import {
  type ClientFrame,
  decodeRelayFrame,
  encodeFrame,
  type FrameOf,
  type RelayFrame,
  wireVersion,
} from '../core/frames.ts';
import type { Random } from '../core/keys.ts';
import { backOffMs } from './back-off.ts';
import type { RelayStatus } from './relay-client.ts';
import type { Clock, OpenSocket, SocketLike } from './socket.ts';

/** How long a relay may take to greet, and to answer a ping, ms. */
const greetingMs = 10_000;
const pongMs = 5_000;
/** Between pings while something is awaited, ms: below the 30 s after which a silent extension worker is ended. */
const pingMs = 20_000;

export interface ConnectionOptions {
  /** The relay's origin, `https://…` or `http://localhost…`. */
  relay: string;
  open: OpenSocket;
  clock: Clock;
  random: Random;
}

/** What a relay says after its greeting but for the time. */
export type MailboxFrame = Exclude<RelayFrame, { frame: 'hello' | 'pong' }>;

export interface ConnectionEvents {
  /** Whether there is anything to connect for. */
  isWanted(): boolean;
  /** The relay has greeted: it can be told something. */
  greeted(): void;
  /** What it says after that. If this throws, the connection is ended, and another is tried. */
  heard(frame: MailboxFrame): void;
  /** `code` says what is wrong when it is not online. */
  status(status: RelayStatus, code: ErrorCode | null): void;
}

/** The connection to one relay: comes back by itself, knows the relay's time, and notices its own death. */
export class Connection {
  /** The relay's origin. */
  readonly relay: string;
  readonly #options: ConnectionOptions;
  readonly #events: ConnectionEvents;
  #socket: SocketLike | null = null;
  #nonce: Uint8Array | null = null;
  #attempt = 0;
  /** The relay's time less this device's clock, and less its steady one, when the relay last told it, ms. */
  #offsetMs = 0;
  #steadyOffsetMs = Number.NEGATIVE_INFINITY;
  #status: RelayStatus = 'idle';
  #awaiting = false;
  #cancelTimer: () => void = () => undefined;

  constructor(options: ConnectionOptions, events: ConnectionEvents) {
    this.relay = options.relay;
    this.#options = options;
    this.#events = events;
  }

  /** What the relay greeted with, 32 bytes: another with each connection, null while there is none. */
  get nonce(): Uint8Array | null {
    return this.#nonce;
  }

  /**
   * The relay's time, ms since 1970, as far as it is known. Where this device's clock was set ahead since the relay told it, it
   * is too late by that, as nothing tells that from sleep.
   */
  now(): number {
    return Math.max(this.#options.clock.now() + this.#offsetMs, this.steadyNow());
  }

  /** The same whatever the clock was set to; where this device has slept since the relay told it, it may be too early by that. */
  steadyNow(): number {
    return this.#options.clock.steady() + this.#steadyOffsetMs;
  }

  /** Connects if that is wanted and not so already. */
  connect(): void {
    if (this.#socket || !this.#events.isWanted()) return;
    const { open } = this.#options;
    this.#cancelTimer();
    this.#become('connecting', null);
    let socket: SocketLike;
    try {
      socket = open(`${this.relay.replace(/^http/, 'ws')}/v1/socket`);
    } catch {
      // A browser throws for an address that it will not even try; the person hears of it as unreachable.
      this.#retry('relay-unreachable', null);
      return;
    }
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onmessage = ({ data }) => this.#read(socket, data);
    socket.onclose = ({ code, reason }) => this.#ended(socket, code, reason);
    // A failed connection closes right after its error event, and `onclose` does the work; unheard, it would end Node.
    socket.onerror = () => undefined;
    this.#failAfter(greetingMs);
  }

  send(frame: ClientFrame): void {
    this.#socket?.send(encodeFrame(frame));
  }

  /** While something is awaited from the relay, the connection is watched by pings, so that a dead one is noticed. */
  await(awaiting: boolean): void {
    if (this.#awaiting === awaiting) return;
    this.#awaiting = awaiting;
    // At once, and not when the back-off is over or the next ping is due: a request lives for a minute.
    if (awaiting) this.wake();
    else if (this.#nonce) this.#schedulePing();
  }

  /**
   * Tries again at once instead of after the back-off: the network is back, or a person is looking. A connection that
   * seems to be there is asked for a sign of life, as one that died while its device slept does not say so.
   */
  wake(): void {
    if (this.#nonce) {
      this.#ping();
      return;
    }
    if (this.#status === 'connecting') return;
    this.#attempt = 0;
    this.#cancelTimer();
    this.connect();
  }

  /** Ends the connection; `connect` and `wake` begin another. */
  stop(): void {
    this.#cancelTimer();
    this.#drop(1000);
    this.#become('idle', null);
  }

  /** Ends a connection that cannot be trusted or that is dead, and tries again. */
  fail(code: ErrorCode): void {
    this.#drop(4000);
    this.#retry(code, null);
  }

  /**
   * Does something after a wait in ms, and up to a quarter more, so that those who were refused together do not come
   * back together; not at all once this very connection is over. Gives what takes it back.
   */
  later(waitMs: number, then: () => void): () => void {
    const nonce = this.#nonce;
    return this.#options.clock.after(waitMs * (1 + this.#chance() / 4), () => {
      if (nonce === this.#nonce) then();
    });
  }

  #read(socket: SocketLike, data: unknown): void {
    if (socket !== this.#socket) return;
    try {
      if (!(data instanceof ArrayBuffer)) throw new AppError('malformed-frame', 'not binary');
      const frame = decodeRelayFrame(new Uint8Array(data));
      if ((frame.frame === 'hello') === (this.#nonce !== null)) throw new AppError('malformed-frame');
      this.#schedulePing();
      if (frame.frame === 'hello') this.#greeted(frame);
      else if (frame.frame === 'pong') this.#setTime(frame.timeMs);
      else this.#events.heard(frame);
    } catch (thrown) {
      this.fail(codeOf(thrown));
    }
  }

  #greeted({ version, nonce, timeMs }: FrameOf<'hello'>): void {
    if (version !== wireVersion) throw new AppError('unsupported-version', `relay speaks ${version}`);
    this.#attempt = 0;
    this.#nonce = nonce;
    this.#setTime(timeMs);
    this.#become('online', null);
    this.#schedulePing();
    this.#events.greeted();
  }

  #setTime(timeMs: number): void {
    this.#offsetMs = timeMs - this.#options.clock.now();
    this.#steadyOffsetMs = timeMs - this.#options.clock.steady();
  }

  #schedulePing(): void {
    this.#cancelTimer();
    if (!this.#awaiting || !this.#nonce) return;
    this.#cancelTimer = this.#options.clock.after(pingMs, () => this.#ping());
  }

  #ping(): void {
    this.#cancelTimer();
    this.send({ frame: 'ping' });
    this.#failAfter(pongMs);
  }

  #failAfter(ms: number): void {
    this.#cancelTimer = this.#options.clock.after(ms, () => this.fail('relay-timeout'));
  }

  #ended(socket: SocketLike, code: number, reason: string): void {
    if (socket !== this.#socket) return;
    this.#drop();
    if (!mayRetry(code)) {
      this.#cancelTimer();
      this.#become('stopped', 'unsupported-version');
      return;
    }
    // A relay that restarts says how long to wait, so that its clients do not all come back at once.
    this.#retry('relay-unreachable', askedWaitMs(code, reason));
  }

  #retry(code: ErrorCode, afterMs: number | null): void {
    this.#cancelTimer();
    this.#become('waiting', code);
    const chance = this.#chance();
    const waitMs = afterMs ?? backOffMs(this.#attempt++, chance);
    this.#cancelTimer = this.#options.clock.after(waitMs, () => this.connect());
  }

  /** From 0 up to 1. */
  #chance(): number {
    const [byte] = this.#options.random(1) as unknown as [number];
    return byte / 256;
  }

  #drop(code?: number): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#nonce = null;
    if (code !== undefined) socket?.close(code);
  }

  #become(status: RelayStatus, code: ErrorCode | null): void {
    if (this.#status === status) return;
    this.#status = status;
    this.#events.status(status, code);
  }
}
