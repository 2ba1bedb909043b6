import { once } from 'node:events';
import { createServer, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer, Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TlsOptions } from 'node:tls';
import type { Certificate } from './certificate.ts';
import type { RelayLimits } from './limits.ts';

/** Browsers look `localhost` up as either; each has its own socket, and nothing else of this computer is reachable. */
const localhost = ['127.0.0.1', '::1'] as const;
/** Codes of an IPv6 that a computer does not have. */
const noSuchAddress: ReadonlySet<string | undefined> = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT']);

/** Of `limits.ts`. */
export type HttpTimes = Pick<RelayLimits, 'arrivalMs' | 'httpIdleMs' | 'keepAliveMs'>;

type ListenOptions = ServerOptions & Pick<TlsOptions, 'handshakeTimeout'> & Partial<Certificate>;

/**
 * A server at a host's every address, at the same port; 0 finds a free one. A handshake that takes longer than
 * `arrivalMs` is ended, and a request that does is answered 408; so is a connection on which nothing moves. Rejects as Node does.
 */
export async function listenAt(
  host: string,
  port: number,
  limits: HttpTimes,
  certificate?: Certificate,
): Promise<{ servers: Server[]; port: number }> {
  const options: ListenOptions = {
    handshakeTimeout: limits.arrivalMs,
    requestTimeout: limits.arrivalMs,
    headersTimeout: limits.arrivalMs,
    connectionsCheckingInterval: limits.arrivalMs / 2,
    keepAliveTimeout: limits.keepAliveMs,
    ...certificate,
  };
  if (host !== 'localhost') {
    const server = await listen(host, port, options, limits.httpIdleMs);
    return { servers: [server], port: portOf(server) };
  }
  const first = await listen(localhost[0], port, options, limits.httpIdleMs);
  const found = portOf(first);
  try {
    return { servers: [first, await listen(localhost[1], found, options, limits.httpIdleMs)], port: found };
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (noSuchAddress.has(code)) return { servers: [first], port: found };
    first.close();
    if (code === 'EADDRINUSE' && port === 0) return listenAt(host, 0, limits, certificate);
    throw thrown;
  }
}

/** Another certificate for connections from now on. Throws what OpenSSL throws; the one before is then kept. */
export function renew(servers: readonly Server[], certificate: Certificate): void {
  for (const server of servers) if (server instanceof TlsServer) server.setSecureContext(certificate);
}

async function listen(host: string, port: number, options: ListenOptions, idleMs: number): Promise<Server> {
  const server = 'cert' in options ? createTlsServer({ ...options, minVersion: 'TLSv1.2' }) : createServer(options);
  server.setTimeout(idleMs);
  server.listen(port, host);
  await once(server, 'listening');
  return server;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
