import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { clientAddress, isAddressRange } from '../../src/relay/client-address.ts';

const of = clientAddress(['10.0.0.0/8', '127.0.0.1', '2001:db8:1::/48']);
const request = (remoteAddress: string, forwarded?: string) =>
  ({
    socket: { remoteAddress },
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  }) as unknown as IncomingMessage;

it.each([
  ['on this computer', '::1', 1],
  ['in a private network', '192.168.1.2', 1],
  ['that is trusted', '10.1.2.3', 0],
  ['far away, where anybody may say so', '192.0.2.7', 0],
])('says once that a proxy is not trusted: one %s', (_, remote, times) => {
  let said = 0;
  const untrusting = clientAddress(['10.0.0.0/8'], 'x-forwarded-for', () => void said++);
  untrusting(request(remote));
  expect(said).toBe(0);
  for (let turn = 0; turn < 2; turn++) untrusting(request(remote, '198.51.100.1'));
  expect(said).toBe(times);
});

describe('whose request it is', () => {
  it.each([
    ['the connection’s, when that is no proxy of ours', '192.0.2.7', '198.51.100.1', '192.0.2.7'],
    ['the one that our proxy saw', '10.1.2.3', '198.51.100.1', '198.51.100.1'],
    ['the last that is not ours, through several', '10.1.2.3', '6.6.6.6, 198.51.100.1, 10.9.9.9', '198.51.100.1'],
    ['the proxy’s, when it says nothing', '10.1.2.3', undefined, '10.1.2.3'],
    ['the proxy’s, when it says no address', '10.1.2.3', '198.51.100.1, unknown', '10.1.2.3'],
    ['known within IPv6', '::ffff:10.1.2.3', '198.51.100.1', '198.51.100.1'],
    ['known with a port', '127.0.0.1', '198.51.100.1:4711', '198.51.100.1'],
    ['a /64 of IPv6', '2001:db8:1::5', '[2001:db8:7:8:9::1]:443', '2001:db8:7:8::/64'],
    ['nothing where the socket is gone', '', '198.51.100.1', ''],
  ])('is %s', (_, remote, forwarded, expected) => {
    expect(of(request(remote, forwarded))).toBe(expected);
  });

  it.each([
    ['one', 'for=198.51.100.1', '198.51.100.1'],
    ['with other pairs, in any case', 'By=203.0.113.60;FOR="198.51.100.1:4711";proto=https', '198.51.100.1'],
    ['IPv6, quoted', 'for="[2001:db8:7:8:9::1]:443"', '2001:db8:7:8::/64'],
    ['quoted with escapes', 'for="198.51.100\\.1"', '198.51.100.1'],
    ['several, the last that is not ours', 'for=6.6.6.6, for=198.51.100.1;by=_a,for=10.9.9.9', '198.51.100.1'],
    [
      'what a client wrote before, quoted so that it looks like more',
      'for="6.6.6.6, for=7.7.7.7", for=198.51.100.1',
      '198.51.100.1',
    ],
    ['nobody', 'for=unknown', '10.1.2.3'],
    ['a name that hides somebody', 'for=_hidden', '10.1.2.3'],
    ['none', 'proto=https', '10.1.2.3'],
    ['empty', '', '10.1.2.3'],
    ['half a quotation', 'for="198.51.100.1', '10.1.2.3'],
    ['two in one element', 'for=6.6.6.6;for=198.51.100.1', '10.1.2.3'],
    ['X-Forwarded-For’s form', '198.51.100.1', '10.1.2.3'],
    ['something behind a quotation', 'for="198.51.100.1"6', '10.1.2.3'],
  ])('reads Forwarded instead where it is told to: %s', (_, forwarded, expected) => {
    const headers = { forwarded, 'x-forwarded-for': '9.9.9.9' };
    const asked = { socket: { remoteAddress: '10.1.2.3' }, headers } as unknown as IncomingMessage;
    expect(clientAddress(['10.0.0.0/8'], 'forwarded')(asked)).toBe(expected);
    expect(clientAddress(['10.0.0.0/8'])(asked)).toBe('9.9.9.9');
    expect(clientAddress(['192.0.2.0/24'], 'forwarded')(asked)).toBe('10.1.2.3');
  });

  it('reads a Forwarded of any length in time that grows with it', () => {
    const asked = (forwarded: string) =>
      ({ socket: { remoteAddress: '10.1.2.3' }, headers: { forwarded } }) as unknown as IncomingMessage;
    for (const part of ['for=1;', 'for="\\', '"', ' ', 'a=', 'for=', ',']) {
      expect(clientAddress(['10.0.0.0/8'], 'forwarded')(asked(part.repeat(16_384)))).toBe('10.1.2.3');
    }
  });

  it('knows what is an address or a range of them', () => {
    for (const good of ['10.0.0.1', '10.0.0.0/8', '::1', 'fd00::/8', '0.0.0.0/0'])
      expect(isAddressRange(good)).toBe(true);
    for (const bad of ['', 'localhost', '10.0.0.0/33', '10.0.0.0/', '::/129', '10.0.0.0/8/8', '10/8']) {
      expect(isAddressRange(bad)).toBe(false);
    }
  });
});
