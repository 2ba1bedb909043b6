import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as after } from 'node:timers/promises';
import { WebSocket, WebSocketServer } from 'ws';
import { closeReasons } from '../core/close-codes.ts';
import { limits as wire } from '../core/limits.ts';
import { mayCall } from './caller-origin.ts';
import type { ClientAddress } from './client-address.ts';
import { type ConnectedSocket, Connection, type ConnectionOwner } from './connection.ts';
import type { RelayLimits } from './limits.ts';
import type { Metrics } from './metrics.ts';
import { pathOf } from './request-path.ts';
import { Rounds } from './rounds.ts';
import { Session, type SessionContext } from './session.ts';
import { TurnEnd } from './turn-end.ts';

/** What ws says itself when a message is over `maxPayload`, or comes in too many pieces; clients know our own code. */
const tooLarge: ReadonlySet<number | undefined> = new Set([1008, 1009]);

class RelaySocket extends WebSocket implements ConnectedSocket {
  connection: Connection | null = null;

  override close(code?: number, data?: string | Buffer): void {
    super.close(tooLarge.has(code) ? closeReasons.tooLarge.code : code, data);
  }
}

/** In how many parts all connections are looked at. */
const partsOfRound = 100;
/** How often `check` is to be called in `pingMs`: a connection is pinged at the second look. */
export const checksPerPing = 2 * partsOfRound;

/** All WebSockets of a relay. */
export class Sockets implements ConnectionOwner {
  isStopping = false;
  readonly limits: RelayLimits;
  readonly turnEnd = new TurnEnd();
  readonly metrics: Metrics;
  readonly #context: SessionContext;
  readonly #addressOf: ClientAddress;
  readonly #connections = new Set<Connection>();
  readonly #perAddress = new Map<string, number>();
  readonly #upgrades: WebSocketServer;
  readonly #rounds = new Rounds(this.#connections, partsOfRound);
  #unreadBytes = 0;
  #allGone: () => void = () => undefined;

  constructor(context: SessionContext, addressOf: ClientAddress) {
    this.#context = context;
    this.#addressOf = addressOf;
    this.limits = context.limits;
    this.metrics = context.metrics;
    // Known to ws 8.23 and not yet to its types.
    const unknownToTypes = {
      closeTimeout: context.limits.closingMs,
      maxFragments: context.limits.piecesPerMessage,
      maxBufferedChunks: context.limits.piecesPerMessage,
    };
    this.#upgrades = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      clientTracking: false,
      maxPayload: wire.frameBytes,
      WebSocket: RelaySocket,
      ...unknownToTypes,
    });
  }

  accept(request: IncomingMessage, raw: Duplex, head: Buffer): void {
    // Node takes its own listener away with an upgrade; unheard, the reset of one socket would end the whole relay.
    raw.on('error', raw.destroy);
    const refusal = this.#refusalOf(request);
    if (refusal) {
      // Not left to the other side to end, which may never do so.
      raw.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => raw.destroy());
      return;
    }
    const address = this.#addressOf(request);
    // Beyond the limit a client is told so, as long as those that were told are not as many again.
    if ((this.#perAddress.get(address) ?? 0) >= 2 * this.limits.socketsPerAddress) raw.destroy();
    else this.#upgrades.handleUpgrade(request, raw, head, (socket) => this.#begin(socket as RelaySocket, raw, address));
  }

  /** Looks after the next part of the connections. */
  check(): void {
    for (const connection of this.#rounds.next()) connection.check();
  }

  /** Tells each when to come back, and waits until they have gone. */
  async stop(): Promise<void> {
    this.isStopping = true;
    if (this.#connections.size === 0) return;
    const { limits, random } = this.#context;
    const spreadMs = limits.restartSpreadMs * this.#connections.size;
    const gone = new Promise<void>((resolve) => {
      this.#allGone = resolve;
    });
    for (const connection of this.#connections) {
      const [byte] = random(1) as unknown as [number];
      connection.close(closeReasons.restarting, String(Math.ceil(limits.restartLeastMs + (spreadMs * byte) / 256)));
    }
    await Promise.race([gone, after(limits.stopGraceMs, undefined, { ref: false })]);
    for (const connection of this.#connections) connection.terminate();
  }

  gone(connection: Connection): void {
    this.#connections.delete(connection);
    this.metrics.connections(-1);
    const left = (this.#perAddress.get(connection.address) ?? 1) - 1;
    if (left === 0) this.#perAddress.delete(connection.address);
    else this.#perAddress.set(connection.address, left);
    if (this.#connections.size === 0) this.#allGone();
  }

  unread(moreBytes: number): void {
    this.#unreadBytes += moreBytes;
    if (moreBytes <= 0 || this.#unreadBytes <= this.limits.unreadBytesInAll) return;
    let slowest: Connection | null = null;
    for (const connection of this.#connections) {
      if (connection.unreadBytes > (slowest?.unreadBytes ?? 0)) slowest = connection;
    }
    // Without a word, which would wait behind all the rest.
    slowest?.terminate();
  }

  unexpected(thrown: unknown): void {
    this.#context.log.warn('unexpected', { error: String(thrown) });
  }

  #refusalOf(request: IncomingMessage): string | null {
    if (pathOf(request) !== '/v1/socket') return '404 Not Found';
    if (!mayCall(request, this.#context.origin)) return '403 Forbidden';
    return this.isStopping ? '503 Service Unavailable' : null;
  }

  /** Between one and two times `leastMs`, as the reason of a close. */
  #spread(leastMs: number): string {
    const [byte] = this.#context.random(1) as unknown as [number];
    return String(Math.ceil(leastMs * (1 + byte / 256)));
  }

  #begin(socket: ConnectedSocket, raw: Duplex, address: string): void {
    const open = (this.#perAddress.get(address) ?? 0) + 1;
    this.#perAddress.set(address, open);
    const connection = new Connection(this, socket, raw, address);
    this.#connections.add(connection);
    this.metrics.connections(1);
    const session = new Session(this.#context, connection);
    connection.listen(session);
    if (open > this.limits.socketsPerAddress) {
      this.#context.log.warn('too-many-sockets');
      connection.close(closeReasons.tooMany, this.#spread(this.limits.crowdedRetryMs));
    } else session.begin();
  }
}
