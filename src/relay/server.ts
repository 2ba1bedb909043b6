import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as after } from 'node:timers/promises';
import type { Random } from '../core/keys.ts';
import { storeCheck } from './can-store.ts';
import type { Certificate } from './certificate.ts';
import { clientAddress, isTrustedProxy } from './client-address.ts';
import { boundConnections } from './connections-per-address.ts';
import type { ProxyHeader } from './forwarded.ts';
import { answerRequest, type HttpContext } from './http-routes.ts';
import { type RelayLimits, relayLimits } from './limits.ts';
import { listenAt, renew } from './listen.ts';
import type { Log } from './log.ts';
import { type Metrics, noMetrics } from './metrics.ts';
import { readPhoneApp } from './phone-app.ts';
import { Push } from './push.ts';
import { pushSender } from './push-service-request.ts';
import { ratesOf } from './rates.ts';
import type { SessionContext } from './session.ts';
import { checksPerPing, Sockets } from './sockets.ts';
import type { MailboxStore } from './stores/mailbox-store.ts';
import { version } from './version.ts';

export interface RelayOptions {
  /** 0 for any that is free. */
  port: number;
  /** `localhost` is reached by IPv4 and IPv6. */
  host?: string;
  /** Serves TLS with it. */
  certificate?: Certificate;
  /** What clients know the relay by, and sign; `http://localhost:PORT` (`https:` with a certificate) unless said. */
  origin?: string;
  /** Addresses and ranges of proxies that are believed. */
  trustedProxies?: readonly string[];
  /** Where they say who the client is. */
  proxyHeader?: ProxyHeader;
  /** Opened; whoever opened it closes it after `stop`. */
  store: MailboxStore;
  /** Directory of the built phone app. */
  phoneApp: string | null;
  clock: { now(): number };
  random: Random;
  log: Log;
  metrics?: Metrics;
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
  /** Whether it takes clients and can store. */
  isReady(): Promise<boolean>;
  /** Another certificate for connections from now on. Throws what OpenSSL throws. */
  renew(certificate: Certificate): void;
  /** Tells clients to come back, each after a time of its own, and ends. */
  stop(): Promise<void>;
}

/** Serves clients and phones until `stop`. Rejects with Node's own error when the port cannot be had. */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  const { clock, log, random, store, metrics = noMetrics } = options;
  const limits: RelayLimits = { ...relayLimits, ...options.limits };
  const rates = ratesOf(limits);
  const alsoAllow = options.push?.alsoAllow ?? [];
  const push = await Push.open({
    store,
    clock,
    log,
    limits,
    subject:
      options.push?.subject ?? (options.origin?.startsWith('https:') ? options.origin : 'mailto:relay@localhost'),
    alsoAllow,
    random,
    phones: rates.pushes,
    request: pushSender((origin) => alsoAllow.includes(origin), clock.now),
  });
  const { servers, port } = await listenAt(options.host ?? 'localhost', options.port, limits, options.certificate);
  const origin = options.origin ?? `${options.certificate ? 'https' : 'http'}://localhost:${port}`;
  const addressOf = clientAddress(options.trustedProxies ?? [], options.proxyHeader, () =>
    log.warn('proxy-not-trusted', {
      error:
        'a proxy close by says for whom it asks and is not believed, so that all its clients count as one (docs/operate.md, TLS in a proxy)',
    }),
  );
  const sessions: SessionContext = { origin, store, clock, random, log, metrics, push, limits, rates };
  const sockets = new Sockets(sessions, addressOf);
  const canStore = storeCheck({ store, limits, clock });
  const isReady = async () => !sockets.isStopping && (await canStore());
  const http: HttpContext = {
    ...sessions,
    addressOf,
    phoneApp: options.phoneApp === null ? null : readPhoneApp(options.phoneApp),
    pushKey: push.publicKey,
    isReady,
  };
  for (const server of servers) serve(server, http, sockets);
  boundConnections(servers, limits.connectionsPerAddress, isTrustedProxy(options.trustedProxies ?? []));
  const checks = setInterval(() => sockets.check(), limits.pingMs / checksPerPing);
  const sweeps = setInterval(() => {
    store.sweep().catch((thrown: unknown) => log.warn('sweep', { error: String(thrown) }));
  }, limits.sweepMs);
  log.info('listening', { version, origin });
  return {
    origin,
    port,
    isReady,
    renew: (certificate) => renew(servers, certificate),
    async stop() {
      const fromMs = clock.now();
      metrics.draining();
      clearInterval(checks);
      clearInterval(sweeps);
      await sockets.stop();
      // Whoever was told that a message is stored counts on its phone being woken.
      await Promise.race([push.drained(), after(limits.stopPushMs, undefined, { ref: false })]);
      await Promise.all(servers.map(closed));
      log.info('stopped', { seconds: (clock.now() - fromMs) / 1_000 });
    },
  };
}

function serve(server: Server, context: HttpContext, sockets: Sockets): void {
  const unanswered = new WeakMap<Socket, number>();
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    const before = unanswered.get(socket) ?? 0;
    // Many that are said at once are each several KiB of memory until the first answer is read.
    if (before >= context.limits.requestsAtOnce) socket.destroy();
    if (socket.destroyed) return;
    unanswered.set(socket, before + 1);
    response.once('close', () => unanswered.set(socket, (unanswered.get(socket) ?? 1) - 1));
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
