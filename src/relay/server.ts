import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as after } from 'node:timers/promises';
import { WebSocket, WebSocketServer } from 'ws';
import { closeReasons } from '../core/close-codes.ts';
import type { Random } from '../core/keys.ts';
import { limits as wire } from '../core/limits.ts';
import { Connection } from './connection.ts';
import { addressOf, answerRequest, type HttpContext, pathOf } from './http-routes.ts';
import { type RelayLimits, relayLimits } from './limits.ts';
import { listenAt } from './listen.ts';
import type { Log } from './log.ts';
import { readPhoneApp } from './phone-app.ts';
import { Push } from './push.ts';
import { RateLimit } from './rate-limit.ts';
import { Session, type SessionContext } from './session.ts';
import type { MailboxStore } from './stores/mailbox-store.ts';
import { TurnCork } from './turn-cork.ts';

export interface RelayOptions {
  /** 0 for any that is free. */
  port: number;
  /** `localhost` is reached by IPv4 and IPv6. */
  host?: string;
  /** What clients know the relay by, and sign; `http://localhost:PORT` unless said. */
  origin?: string;
  /** Opened; whoever opened it closes it after `stop`. */
  store: MailboxStore;
  /** Directory of the built phone app. */
  phoneApp: string | null;
  clock: { now(): number };
  random: Random;
  log: Log;
  push?: {
    /** Whom push services can turn to: an `https:` or `mailto:` URL. */
    subject?: string;
    /** Origins of push services besides the browsers' own, for tests. */
    alsoAllow?: readonly string[];
  };
  limits?: Partial<RelayLimits>;
}

export interface Relay {
  origin: string;
  port: number;
  /** Tells clients to come back, each after a time of its own, and ends. */
  stop(): Promise<void>;
}

/** ws says 1009 itself when a frame is over `maxPayload`; clients know our own code. */
class RelaySocket extends WebSocket {
  override close(code?: number, data?: string | Buffer): void {
    super.close(code === 1009 ? closeReasons.tooLarge.code : code, data);
  }
}

const hourMs = 3_600_000;
const minuteMs = 60_000;

/** Serves clients and phones until `stop`. Rejects with Node's own error when the port cannot be had. */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  const { store, clock, log, random } = options;
  const limits: RelayLimits = { ...relayLimits, ...options.limits };
  const push = await Push.open({
    store,
    clock,
    log,
    limits,
    subject:
      options.push?.subject ?? (options.origin?.startsWith('https:') ? options.origin : 'mailto:relay@localhost'),
    alsoAllow: options.push?.alsoAllow ?? [],
  });
  const { servers, port } = await listenAt(options.host ?? 'localhost', options.port);
  const origin = options.origin ?? `http://localhost:${port}`;
  const creations = new RateLimit(limits.creationsPerAddressHour, hourMs);
  const attachFailures = new RateLimit(limits.attachFailuresPerAddressMinute, minuteMs);
  const puts = new RateLimit(limits.putsPerChannelMinute, minuteMs);
  const sessions: SessionContext = { origin, store, clock, random, log, push, limits, attachFailures, puts };
  const sockets = new Sockets(sessions);
  const http: HttpContext = {
    ...sessions,
    creations,
    phoneApp: options.phoneApp === null ? null : readPhoneApp(options.phoneApp),
    pushKey: push.publicKey,
    isStopping: () => sockets.isStopping,
  };
  for (const server of servers) serve(server, http, sockets);
  const checks = setInterval(() => sockets.check(), limits.pingMs);
  const sweeps = setInterval(() => {
    for (const limit of [creations, attachFailures, puts]) limit.sweep(clock.now());
    store.sweep().catch((thrown: unknown) => log.warn('sweep', { error: String(thrown) }));
  }, limits.sweepMs);
  log.info('listening', { origin });
  return {
    origin,
    port,
    async stop() {
      clearInterval(checks);
      clearInterval(sweeps);
      await sockets.stop();
      await Promise.all(servers.map(closed));
      log.info('stopped');
    },
  };
}

function serve(server: Server, context: HttpContext, sockets: Sockets): void {
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    answerRequest(context, request, response).catch((thrown: unknown) => {
      context.log.warn('unexpected', { error: String(thrown) });
      response.destroy();
    });
  });
  server.on('upgrade', (request: IncomingMessage, raw: Duplex, head: Buffer) => sockets.accept(request, raw, head));
}

async function closed(server: Server): Promise<void> {
  const done = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await done;
}

/** All WebSockets of the relay. */
class Sockets {
  isStopping = false;
  readonly #context: SessionContext;
  readonly #cork = new TurnCork();
  readonly #connections = new Set<Connection>();
  readonly #perAddress = new Map<string, number>();
  readonly #upgrades = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    clientTracking: false,
    maxPayload: wire.frameBytes,
    WebSocket: RelaySocket,
  });
  #allGone: () => void = () => undefined;

  constructor(context: SessionContext) {
    this.#context = context;
  }

  accept(request: IncomingMessage, raw: Duplex, head: Buffer): void {
    const status = this.isStopping
      ? '503 Service Unavailable'
      : pathOf(request) === '/v1/socket'
        ? null
        : '404 Not Found';
    if (status) {
      raw.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    this.#upgrades.handleUpgrade(request, raw, head, (socket) => this.#begin(socket, raw, addressOf(request)));
  }

  check(): void {
    for (const connection of this.#connections) connection.check();
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    const { limits, random } = this.#context;
    if (this.#connections.size === 0) return;
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

  #begin(socket: WebSocket, raw: Duplex, address: string): void {
    const { limits, log } = this.#context;
    const fail = (thrown: unknown) => log.warn('unexpected', { error: String(thrown) });
    const connection = new Connection({ socket, raw, cork: this.#cork, limits, fail });
    const open = (this.#perAddress.get(address) ?? 0) + 1;
    this.#perAddress.set(address, open);
    this.#connections.add(connection);
    const session = new Session(this.#context, connection, address);
    connection.listen(
      (frame) => session.handle(frame),
      () => session.end(),
      () => {
        this.#connections.delete(connection);
        const left = (this.#perAddress.get(address) ?? 1) - 1;
        if (left === 0) this.#perAddress.delete(address);
        else this.#perAddress.set(address, left);
        if (this.#connections.size === 0) this.#allGone();
      },
    );
    if (open > limits.socketsPerAddress) {
      log.warn('too-many-sockets');
      connection.close(closeReasons.tooMany);
    } else session.begin();
  }
}
