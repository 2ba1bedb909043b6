import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { encodeFrame } from '../../src/core/frames.ts';
import { type ConnectedSocket, Connection, type ConnectionOwner } from '../../src/relay/connection.ts';
import { relayLimits } from '../../src/relay/limits.ts';
import { noMetrics } from '../../src/relay/metrics.ts';
import { TurnEnd } from '../../src/relay/turn-end.ts';

/** A connection that is looked at when the test says so, and its client. */
async function connected() {
  const server = createServer();
  const sockets = new WebSocketServer({ server });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(sockets, 'connection');
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const [socket, { socket: raw }] = (await accepted) as [ConnectedSocket, { socket: never }];
  if (client.readyState !== WebSocket.OPEN) await once(client, 'open');
  onTestFinished(() => {
    client.terminate();
    server.close();
    server.closeAllConnections();
  });
  const owner: ConnectionOwner = {
    limits: relayLimits,
    turnEnd: new TurnEnd(),
    metrics: noMetrics,
    gone: () => undefined,
    unread: () => undefined,
    unexpected: (thrown) => {
      throw thrown;
    },
  };
  const connection = new Connection(owner, socket, raw, 'here');
  const seen = { frames: 0, pings: 0, isOver: false };
  client.on('ping', () => seen.pings++);
  connection.listen({
    handle: () => void seen.frames++,
    end: () => {
      seen.isOver = true;
    },
  });
  return { connection, client, socket, seen };
}

it('is asked for a sign of life only when nothing was heard of it', async () => {
  const { connection, client, socket, seen } = await connected();
  const ping = encodeFrame({ frame: 'ping' });
  for (let heard = 1; heard <= 4; heard++) {
    connection.check();
    client.send(ping);
    await expect.poll(() => seen.frames).toBe(heard);
  }
  expect(seen.pings).toBe(0);
  for (let asked = 1; asked <= 3; asked++) {
    const answered = once(socket, 'pong');
    connection.check();
    connection.check();
    await answered;
    expect(seen.pings).toBe(asked);
  }
  expect(seen.isOver).toBe(false);
});

it('is ended when it gives none', async () => {
  const { connection, client, seen } = await connected();
  client.pause();
  for (let looks = 0; looks < 3; looks++) connection.check();
  expect(seen.isOver).toBe(false);
  connection.check();
  expect(seen.isOver).toBe(true);
});

it('keeps nothing of what a message was read from', async () => {
  const { client, socket, seen } = await connected();
  const left: unknown[] = [];
  socket.on('message', (pieces) => left.push(pieces));
  const ping = encodeFrame({ frame: 'ping' });
  client.send(ping);
  client.send(ping.subarray(0, 0), { fin: false });
  client.send(ping);
  await expect.poll(() => left).toEqual([[], []]);
  expect(seen.frames).toBe(2);
});
