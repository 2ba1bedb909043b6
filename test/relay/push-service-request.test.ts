import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { isPublic, publicLookup, pushSender } from '../../src/relay/push-service-request.ts';

describe('an address of a push service', () => {
  it.each([
    ...[
      '0.0.0.0',
      '10.1.2.3',
      '100.64.0.1',
      '127.0.0.1',
      '169.254.169.254',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.1.1',
    ],
    ...['198.18.0.1', '224.0.0.1', '255.255.255.255', '::', '::1', 'fd00::1', 'fe80::1', 'ff02::1', '::ffff:10.0.0.1'],
    ...['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:a9fe:a9fe', '64:ff9b::7f00:1', '64:ff9b:1::1', '2002:7f00:1::1'],
    ...['::127.0.0.1', 'fec0::1', '2001::1', '2001:db8::1', '5f00::1', '192.88.99.1', '', 'localhost'],
  ])('is not %s', (address) => {
    expect(isPublic(address)).toBe(false);
  });

  it.each(['8.8.8.8', '172.32.0.1', '172.15.0.1', '100.128.0.1', '2606:4700::1111', '::ffff:8.8.8.8'])(
    'may be %s',
    (address) => {
      expect(isPublic(address)).toBe(true);
    },
  );

  it.each([true, false])('is looked up, and a name that means this computer has none (all: %s)', async (all) => {
    const error = await new Promise((resolve) => publicLookup('localhost', { all }, resolve));
    expect(String(error)).toContain('localhost has no public address');
  });

  it('is looked up for each push, whatever the name was when it was allowed', async () => {
    const send = pushSender(
      () => false,
      () => 0,
    );
    const endpoint = 'https://localhost:1/push';
    await expect(send({ endpoint, headers: {}, body: null }, 5_000)).rejects.toThrow('no public address');
  });
});

it('a push service that does not answer is not waited for', async () => {
  const server = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const send = pushSender(
    () => true,
    () => 0,
  );
  await expect(send({ endpoint, headers: {}, body: Buffer.alloc(3) }, 100)).rejects.toThrow();
  server.closeAllConnections();
  await once(server.close(), 'close');
});
