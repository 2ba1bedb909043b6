import type { IncomingMessage, ServerResponse } from 'node:http';
import { mayCall } from './caller-origin.ts';
import type { ClientAddress } from './client-address.ts';
import { type Answer, type CreationContext, createChannel, failure } from './create-channel.ts';
import { type PhoneApp, servePhoneApp } from './phone-app.ts';
import { pathOf } from './request-path.ts';

export interface HttpContext extends CreationContext {
  readonly addressOf: ClientAddress;
  readonly phoneApp: PhoneApp | null;
  /** base64url. */
  readonly pushKey: string;
  isReady(): Promise<boolean>;
}

type Route = (context: HttpContext, request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

/** Any page may ask, and none with anything of its user's. */
const cors = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, POST',
  'access-control-allow-headers': 'content-type',
  'access-control-max-age': '86400',
} as const;

const routes: Readonly<Record<string, Route>> = {
  'GET /healthz': (_context, _request, response) => answerText(response, 200, 'alive'),
  'GET /readyz': async (context, _request, response) => {
    const ready = await context.isReady();
    answerText(response, ready ? 200 : 503, ready ? 'ready' : 'not ready');
  },
  'GET /v1/push-key': ({ pushKey }, _request, response) =>
    answerJson(response, { status: 200, body: { key: pushKey } }),
  'POST /v1/channels': async (context, request, response) => {
    const answer = mayCall(request, context.origin)
      ? await createChannel(context, request, context.addressOf(request))
      : failure('not-allowed');
    if ('code' in answer.body) {
      context.metrics.refused(answer.body.code);
      context.log.info('refused', { request: 'create', code: answer.body.code });
    }
    // A body that was too large is not read to its end.
    if (!request.complete) response.setHeader('connection', 'close');
    answerJson(response, answer);
  },
  'OPTIONS /v1/channels': (_context, _request, response) => void response.writeHead(204, cors).end(),
};

export async function answerRequest(
  context: HttpContext,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = pathOf(request);
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const route = Object.hasOwn(routes, `${method} ${path}`) ? routes[`${method} ${path}`] : undefined;
  if (route) return route(context, request, response);
  if (method !== 'GET') return answerJson(response, { status: 405, body: { code: 'not-allowed' } });
  if (!context.phoneApp) {
    if (path !== '/' && path !== '/pair') return answerText(response, 404, 'Nothing is here.');
    return answerText(response, 503, 'The phone app is not built: run "npm run build" and start the relay again.');
  }
  if (!servePhoneApp(context.phoneApp, path, request, response)) answerText(response, 404, 'Nothing is here.');
}

function answerJson(response: ServerResponse, { status, body }: Answer | { status: 200; body: { key: string } }): void {
  if ('retryAfterMs' in body && body.retryAfterMs !== undefined) {
    response.setHeader('retry-after', Math.ceil(body.retryAfterMs / 1000));
  }
  response.writeHead(status, {
    ...cors,
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(JSON.stringify(body));
}

function answerText(response: ServerResponse, status: number, line: string): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(`${line}\n`);
}
