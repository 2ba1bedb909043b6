import type { RelayFrame } from '../../src/core/frames.ts';
import { signingKeys } from '../../src/core/keys.ts';
import { RelayClient, type RelayEvents } from '../../src/relay-client/relay-client.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { FakeSocket } from './fake-socket.ts';

export const relay = 'https://relay.example';
export const channel = new Uint8Array(16).fill(7);
export const id = new Uint8Array(16).fill(9);
export const nonce = new Uint8Array(32).fill(3);
export const keys = signingKeys(new Uint8Array(32).fill(1));
export const body = new Uint8Array([1, 2, 3]);

/** A client, its clock, and the sockets that it opens: the test is the relay. */
export function setUp({ deliver = async () => undefined }: { deliver?: RelayEvents['deliver'] } = {}) {
  const clock = new ManualClock();
  const sockets: FakeSocket[] = [];
  const heard: unknown[] = [];
  const note = (frame: RelayFrame) =>
    void heard.push(frame.frame === 'refused' ? [frame.frame, frame.code] : frame.frame);
  const client = new RelayClient({
    relay,
    clock,
    open: (url) => {
      const socket = new FakeSocket(url);
      sockets.push(socket);
      return socket;
    },
    random: (length) => new Uint8Array(length),
    events: {
      deliver,
      stored: note,
      received: note,
      rejected: ({ code }) => void heard.push(['rejected', code]),
      attached: note,
      refused: note,
      peer: note,
      closed: note,
      push: (_, event) => void heard.push(event.is === 'sent' ? [event.is, event.outcome] : event.is),
      status: (status, code) => void heard.push(code === null ? status : [status, code]),
    },
  });
  const socket = () => sockets.at(-1) as FakeSocket;
  const greet = () =>
    socket().say({
      frame: 'hello',
      version: 1,
      nonce,
      timeMs: clock.now() + 5_000,
      bodyBytes: 8192,
      waitingMessages: 64,
    });
  const online = () => {
    client.attach({ channel, keys });
    greet();
    socket().say({ frame: 'attached', channel, seq: 0, peer: 'here' });
  };
  const put = (lifeMs = 60_000) => client.put({ channel, id, expiresMs: client.now() + lifeMs, collapse: null, body });
  return { client, clock, sockets, socket, heard, greet, online, put };
}

export const settled = () => new Promise((resolve) => setImmediate(resolve));
