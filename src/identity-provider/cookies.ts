import type { IncomingMessage, ServerResponse } from 'node:http';
import { networkOf } from '../core/network-of.ts';
import type { CookieName, Visit } from './visit.ts';

/**
 * The cookies of one exchange. `Strict` does for both: pages read them only by their own calls, never by being navigated
 * to. Over https they carry the `__Host-` prefix (RFC 6265bis §4.1.3.2).
 */
export function visitOf(request: IncomingMessage, response: ServerResponse, secure: boolean): Visit {
  const nameOf = (name: CookieName) => `${secure ? '__Host-' : ''}tandem-${name}`;
  const given = parseCookies(request.headers.cookie ?? '');
  return {
    address: networkOf(request.socket.remoteAddress ?? ''),
    cookie: (name) => given.get(nameOf(name)),
    setCookie(name, value, lifeMs) {
      const attributes = ['Path=/', 'HttpOnly', 'SameSite=Strict'];
      if (secure) attributes.push('Secure');
      if (value === null || lifeMs > 0) attributes.push(`Max-Age=${value === null ? 0 : Math.floor(lifeMs / 1000)}`);
      const others = [response.getHeader('set-cookie') ?? []]
        .flat()
        .filter((other) => !String(other).startsWith(`${nameOf(name)}=`));
      response.setHeader('set-cookie', [
        ...others.map(String),
        [`${nameOf(name)}=${value ?? ''}`, ...attributes].join('; '),
      ]);
    },
  };
}

/** RFC 6265 §5.4; of two with the same name the first counts. */
function parseCookies(header: string): ReadonlyMap<string, string> {
  const cookies = new Map<string, string>();
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=');
    const name = pair.slice(0, Math.max(at, 0)).trim();
    if (name !== '' && !cookies.has(name)) cookies.set(name, pair.slice(at + 1).trim());
  }
  return cookies;
}
