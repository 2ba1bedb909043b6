import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Random } from '../core/keys.ts';
import type { Clock, Context, Log } from './context.ts';
import { answerApi } from './http-api.ts';
import { createPasswords, type PasswordCost } from './passwords.ts';
import { policy } from './policy.ts';
import { RateLimit } from './rate-limit.ts';
import { loadPages, type Pages } from './static-pages.ts';
import type { Store } from './store.ts';

export interface IdentityProviderOptions {
  /** 0 takes a free one. */
  port: number;
  /** Address to listen on; this computer only unless it says otherwise. */
  host?: string;
  /** Where browsers find the pages; `http://localhost:<port>` unless it says otherwise. */
  origin?: string;
  /** Origins of the phone apps whose approvals count. */
  phoneOrigins: readonly string[];
  /** Numbers are typed on the phone instead of picked among three. */
  typedNumbers?: boolean;
  store: Store;
  clock: Clock;
  random: Random;
  /** Directory of the built pages. */
  pages: string;
  log: Log;
  /** A cost other than the recommended one, for tests. */
  argon2?: PasswordCost;
}

export interface IdentityProvider {
  readonly origin: string;
  readonly port: number;
  /** Ends every connection; the store is its owner's to close. */
  stop(): Promise<void>;
}

const headers = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  // Another policy could make the browser keep the Origin header back.
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const;

/** Listens, and serves pages and API. Rejects with Node's error where it cannot listen, or where there are no pages. */
export async function startIdentityProvider(options: IdentityProviderOptions): Promise<IdentityProvider> {
  const { store, clock, random, log, phoneOrigins } = options;
  const pages = loadPages(options.pages);
  const passwords = await createPasswords(random, options.argon2);
  // Longer than clients and proxies keep a connection: one that ends just as it is used again is a failed request.
  const server = createServer({ requestTimeout: 30_000, keepAliveTimeout: 75_000 });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host ?? '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const origin = options.origin ?? `http://localhost:${port}`;
  const limit = (bounds: { most: number; windowMs: number }) =>
    new RateLimit({ ...bounds, keys: policy.rateLimitKeys }, clock);
  const context: Context = {
    store,
    clock,
    random,
    log,
    origin,
    phoneOrigins,
    typedNumbers: options.typedNumbers ?? false,
    passwords,
    passwordAttempts: limit(policy.passwordAttempts),
    numberRequests: limit(policy.numberRequests),
    attempts: limit(policy.attempts),
    signUps: limit(policy.signUps),
  };
  server.on('request', (request, response) => answer(context, pages, request, response));
  return {
    origin,
    port,
    stop: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

function answer(context: Context, pages: Pages, request: IncomingMessage, response: ServerResponse): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  const [path = '/'] = (request.url ?? '/').split('?');
  if (path.startsWith('/api/')) {
    answerApi(context, path.slice('/api/'.length), request, response).catch((cause: unknown) => {
      context.log('answer failed', { why: String(cause) });
      response.destroy();
    });
    return;
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD' }).end();
    return;
  }
  pages.answer(path, response);
}
