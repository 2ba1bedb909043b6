// The limit that every relay on `ws` runs into: forwards each message to the other end of its path, acknowledges it with
// its first 16 bytes, stores nothing. Binary, no compression. With `per-turn` it writes once per socket and turn of the event
// loop, as the relay does, and else a message at a time, as `ws` does by itself.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { TurnCork } from '../../../../src/relay/stores/redis/turn-cork.ts';

const http = createServer();
const upgrades = new WebSocketServer({ noServer: true, perMessageDeflate: false, clientTracking: false });
const receivers = new Map<string, { socket: WebSocket; raw: Duplex }>();
const cork = process.argv[2] === 'per-turn' ? new TurnCork() : null;
const binary = { binary: true, compress: false } as const;

http.on('upgrade', (request, raw, head) => {
  upgrades.handleUpgrade(request, raw, head, (socket) => {
    const [, lane = '', role] = (request.url ?? '').split('/');
    if (role === 'receiver') receivers.set(lane, { socket, raw });
    const receiver = receivers.get(lane);
    socket.on('message', (data) => {
      if (role === 'receiver' || !receiver) return;
      cork?.hold(receiver.raw);
      receiver.socket.send(data as Buffer, binary);
      cork?.hold(raw);
      socket.send((data as Buffer).subarray(0, 16), binary);
    });
    socket.on('error', () => socket.terminate());
  });
});
http.listen(0, '127.0.0.1', () => {
  process.stdout.write(`port ${(http.address() as AddressInfo).port}\n`);
});
