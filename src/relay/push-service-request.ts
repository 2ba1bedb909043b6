import { lookup as resolve } from 'node:dns';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** IPv4 addresses that are nobody's on the Internet (RFC 6890 and its updates), and IPv6 ones that stand for others or for documents. */
const notPublic = listOf([
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
  ...['224.0.0.0/3', '2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'],
]);
/** Of IPv6, what is given out (RFC 4291 §2.4), and IPv4 within it, which counts as such. */
const maybePublic = listOf(['2000::/3', '::ffff:0:0/96']);

function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', bits] = range.split('/');
    list.addSubnet(address, Number(bits), isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}

/** Whether an address can be a push service's. */
export function isPublic(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return !notPublic.check(address, 'ipv4');
  return version === 6 && maybePublic.check(address, 'ipv6') && !notPublic.check(address, 'ipv6');
}

/** Looks a name up as Node does, and gives public addresses only: a name may be made to mean a host of the relay's own network. */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, found) => {
    const addresses = error ? [] : found.filter(({ address }) => isPublic(address));
    const [first] = addresses;
    if (error || !first) callback(error ?? new Error(`${hostname} has no public address`), []);
    else if (options.all) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
};

export interface PushRequest {
  endpoint: string;
  headers: Readonly<Record<string, string | number>>;
  body: Buffer | null;
}

export interface PushAnswer {
  status: number;
  /** What the service asks to wait, ms; null where it asks for nothing. */
  retryAfterMs: number | null;
}

/** Sends a push to its service. Rejects when there is no answer in time; a redirect is an answer and is not followed. */
export type SendPush = (request: PushRequest, timeoutMs: number) => Promise<PushAnswer>;

/** `isTrusted`: origins of tests, which may be on loopback and without TLS. */
export function pushSender(isTrusted: (origin: string) => boolean, now: () => number): SendPush {
  const https = new HttpsAgent({ keepAlive: true, lookup: publicLookup } as object);
  const trusted = new HttpAgent({ keepAlive: true });
  return async ({ endpoint, headers, body }, timeoutMs) => {
    const url = new URL(endpoint);
    const signal = AbortSignal.timeout(timeoutMs);
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const options = { method: 'POST', headers: { ...headers }, signal };
      const sent = isTrusted(url.origin)
        ? url.protocol === 'https:'
          ? httpsRequest(url, options)
          : httpRequest(url, { ...options, agent: trusted })
        : httpsRequest(url, { ...options, agent: https, lookup: publicLookup });
      sent.once('response', resolve).once('error', reject).end(body);
    });
    answer.resume();
    return { status: answer.statusCode ?? 0, retryAfterMs: waitMs(answer.headers['retry-after'], now()) };
  };
}

/** Seconds, or a date (RFC 9110 §10.2.3). */
function waitMs(retryAfter: string | undefined, nowMs: number): number | null {
  if (retryAfter === undefined) return null;
  if (/^\d{1,9}$/.test(retryAfter)) return Number(retryAfter) * 1000;
  const at = Date.parse(retryAfter);
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}
