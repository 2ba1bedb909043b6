import type { IncomingMessage } from 'node:http';
import { networkOf } from '../core/network-of.ts';

/** Whose limits a request counts against. */
export function addressOf(request: IncomingMessage): string {
  return networkOf(request.socket.remoteAddress ?? '');
}

/** The part of a request's target before its query. */
export function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').replace(/[?#].*$/s, '');
}
