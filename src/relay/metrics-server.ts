import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { type HttpTimes, listenAt } from './listen.ts';
import type { Log } from './log.ts';
import type { PrometheusMetrics } from './metrics.ts';
import { pathOf } from './request-path.ts';
import type { Relay } from './server.ts';

type Page = (response: ServerResponse) => Promise<void> | void;

/** `/metrics`, `/healthz` and `/readyz` on a port that clients do not reach. Rejects with Node's own error. */
export async function serveMetrics(options: {
  host: string;
  port: number;
  relay: Pick<Relay, 'isReady'>;
  metrics: PrometheusMetrics;
  log: Log;
  limits: HttpTimes;
}): Promise<{ port: number; stop(): Promise<void> }> {
  const { relay, metrics, log } = options;
  const pages: Readonly<Record<string, Page>> = {
    '/metrics': async (response) => {
      const { type, body } = await metrics.text();
      answer(response, 200, type, body);
    },
    '/healthz': (response) => answer(response, 200, 'text/plain', 'alive\n'),
    '/readyz': async (response) => {
      const ready = await relay.isReady();
      answer(response, ready ? 200 : 503, 'text/plain', ready ? 'ready\n' : 'not ready\n');
    },
  };
  const { servers, port } = await listenAt(options.host, options.port, options.limits);
  for (const server of servers) {
    server.on('request', (request, response) => {
      const path = pathOf(request);
      const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
      if (!page || (request.method !== 'GET' && request.method !== 'HEAD')) {
        answer(response, page ? 405 : 404, 'text/plain', 'Nothing is here.\n');
        return;
      }
      Promise.resolve(page(response)).catch((thrown: unknown) => {
        log.warn('unexpected', { error: String(thrown) });
        response.destroy();
      });
    });
  }
  return {
    port,
    async stop() {
      await Promise.all(
        servers.map(async (server) => {
          const closed = once(server, 'close');
          server.close();
          server.closeAllConnections();
          await closed;
        }),
      );
    },
  };
}

function answer(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, {
    'content-type': type,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(body);
}
