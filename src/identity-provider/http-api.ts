import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from '../core/bytes.ts';
import { AppError, codeOf, type ErrorCode } from '../core/errors.ts';
import { json } from '../core/parse.ts';
import { handleCall, isCall, overviewOf } from './api.ts';
import type { Refusal } from './api-contract.ts';
import type { Context } from './context.ts';
import { visitOf } from './cookies.ts';
import { policy } from './policy.ts';
import { RateLimited } from './rate-limited.ts';
import { WrongAddress } from './wrong-address.ts';

/** HTTP's word for a refusal, where it is another than 400. */
const statuses: Partial<Record<ErrorCode, number>> = {
  'unknown-method': 404,
  'not-allowed': 403,
  'not-signed-in': 401,
  'wrong-password': 403,
  'account-exists': 409,
  'request-consumed': 409,
  'request-expired': 410,
  'too-large': 413,
  'too-many-requests': 429,
  unexpected: 500,
};

/** Answers everything under `/api/`. What goes wrong becomes a status and a `Refusal`. */
export async function answerApi(
  context: Context,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const visit = visitOf(request, response, context.origin.startsWith('https:'));
  try {
    if (request.method === 'GET' && path === 'overview') {
      refuseOtherAddress(request, context.origin);
      return send(response, 200, await overviewOf(context, visit));
    }
    if (!isCall(path)) throw new AppError('unknown-method', path.slice(0, 64));
    const given = await readBody(request, context.origin);
    send(response, 200, await handleCall(context, visit, path, given));
  } catch (cause) {
    const code = codeOf(cause);
    if (code === 'unexpected') context.log('call failed', { path, why: String(cause) });
    const refusal: Refusal = { code };
    if (cause instanceof RateLimited) {
      refusal.retryAfterMs = cause.retryAfterMs;
      response.setHeader('retry-after', Math.ceil(cause.retryAfterMs / 1000));
    }
    if (cause instanceof WrongAddress) refusal.address = cause.address;
    if (!request.complete) response.setHeader('connection', 'close');
    send(response, statuses[code] ?? 400, refusal);
  }
}

/**
 * Whoever opened the pages by another address hears so at once, and not after typing. It is the browser that says where
 * the page is: the Host header may be a proxy's own, so that a redirect by it could go round for ever. Throws `not-allowed`.
 */
function refuseOtherAddress({ headers: { referer } }: IncomingMessage, origin: string): void {
  if (referer === undefined) return;
  if (!URL.canParse(referer) || new URL(referer).origin !== origin) throw new WrongAddress(origin);
}

/** The JSON that our own pages posted. Throws `not-allowed`, `too-large`, `malformed-message`. */
async function readBody(request: IncomingMessage, origin: string): Promise<unknown> {
  if (request.method !== 'POST') throw new AppError('not-allowed', 'POST only');
  // A form of another site can send neither (Fetch §4.10, "CORS-safelisted request-header").
  if (request.headers.origin !== origin) throw new WrongAddress(origin);
  const [type = ''] = (request.headers['content-type'] ?? '').split(';');
  if (type.trim().toLowerCase() !== 'application/json') throw new AppError('not-allowed', 'JSON only');
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > policy.bodyBytes) throw new AppError('too-large', `more than ${policy.bodyBytes} bytes`);
    parts.push(part);
  }
  return json(text(Buffer.concat(parts)));
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}
