import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { networkOf } from '../core/network-of.ts';
import { forwardedBy, type ProxyHeader } from './forwarded.ts';

/** Gives whose limits a request counts against: an IPv4 address, or the /64 of an IPv6 one. */
export type ClientAddress = (request: IncomingMessage) => string;

/** This computer, and private networks (RFC 1918, RFC 4193): who says from there for whom it asks is most often a proxy of one's own. */
const nearby = ['127.0.0.0/8', '::1', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'] as const;

/** Whether a text is an IP address, or a range of them: `10.0.0.0/8`. */
export function isAddressRange(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const most = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return more.length === 0 && most > 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most));
}

/** Gives what says whether an address is that of a proxy of one's own (`trusted`: addresses and ranges). */
export function isTrustedProxy(trusted: readonly string[]): (address: string) => boolean {
  const proxies = new BlockList();
  for (const range of trusted) {
    const [address = '', bits] = range.split('/');
    const family = familyOf(address);
    if (bits === undefined) proxies.addAddress(address, family);
    else proxies.addSubnet(address, Number(bits), family);
  }
  return (address) => isIP(bare(address)) !== 0 && proxies.check(bare(address), familyOf(bare(address)));
}

/**
 * Behind proxies of one's own (`trusted`: addresses and ranges) the client is who the last of them saw: `header` is
 * read from its right end for as long as it was such a proxy that wrote it. What a client writes there itself counts nothing.
 * `distrusted` hears once that what looks like a proxy of one's own is none of these.
 */
export function clientAddress(
  trusted: readonly string[],
  header: ProxyHeader = 'x-forwarded-for',
  distrusted: () => void = () => undefined,
): ClientAddress {
  const isProxy = isTrustedProxy(trusted);
  const isNear = isTrustedProxy(nearby);
  let wasSaid = false;
  return (request) => {
    let address = bare(request.socket.remoteAddress ?? '');
    if (!wasSaid && request.headers[header] !== undefined && !isProxy(address) && isNear(address)) {
      wasSaid = true;
      distrusted();
    }
    const forwarded = isProxy(address) ? forwardedBy[header](String(request.headers[header] ?? '')) : [];
    while (isProxy(address)) {
      const before = bare(forwarded.pop() ?? '');
      if (!isIP(before)) break;
      address = before;
    }
    return networkOf(address);
  };
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}

/** Without what may stand around an address: blanks, brackets and port, the zone, the form of IPv4 within IPv6. */
function bare(text: string): string {
  const [, bracketed] = /^\[([^\]]*)\](?::\d+)?$/.exec(text.trim()) ?? [];
  const unbracketed = bracketed ?? text.trim().replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1');
  return unbracketed.replace(/%.*$/s, '').replace(/^::ffff:(?=\d+\.)/i, '');
}
