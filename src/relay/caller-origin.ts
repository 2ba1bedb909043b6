import type { IncomingMessage } from 'node:http';

/** Schemes of the pages and workers of browser extensions. */
const extensions = /^(chrome|moz|safari-web)-extension:\/\//;

/**
 * Whether a request may come from where the browser says that it does: an extension, or the phone app, whose origin is the
 * relay's. Any other page would use up what is allowed to its visitors. What is no browser says nothing, and is let in.
 */
export function mayCall({ headers }: IncomingMessage, relayOrigin: string): boolean {
  const { origin } = headers;
  return origin === undefined || origin === relayOrigin || extensions.test(origin);
}
