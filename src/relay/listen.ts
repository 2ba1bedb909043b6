import { once } from 'node:events';
import { createServer, type Server, type ServerOptions } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Browsers look `localhost` up as either; each has its own socket, and nothing else of this computer is reachable. */
const localhost = ['127.0.0.1', '::1'] as const;
/** Codes of an IPv6 that a computer does not have. */
const noSuchAddress: ReadonlySet<string | undefined> = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT']);

/**
 * A server at a host's every address, at the same port; 0 finds a free one. A request that takes longer than `arrivalMs`
 * to arrive is answered 408. Rejects as Node does.
 */
export async function listenAt(
  host: string,
  port: number,
  { arrivalMs }: { arrivalMs: number },
): Promise<{ servers: Server[]; port: number }> {
  const options: ServerOptions = {
    requestTimeout: arrivalMs,
    headersTimeout: arrivalMs,
    connectionsCheckingInterval: arrivalMs / 2,
  };
  if (host !== 'localhost') {
    const server = await listen(host, port, options);
    return { servers: [server], port: portOf(server) };
  }
  const first = await listen(localhost[0], port, options);
  const found = portOf(first);
  try {
    return { servers: [first, await listen(localhost[1], found, options)], port: found };
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (noSuchAddress.has(code)) return { servers: [first], port: found };
    first.close();
    if (code === 'EADDRINUSE' && port === 0) return listenAt(host, 0, { arrivalMs });
    throw thrown;
  }
}

async function listen(host: string, port: number, options: ServerOptions): Promise<Server> {
  const server = createServer(options);
  server.listen(port, host);
  await once(server, 'listening');
  return server;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
