import type { IncomingMessage } from 'node:http';

/** The part of a request's target before its query. */
export function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').replace(/[?#].*$/s, '');
}
