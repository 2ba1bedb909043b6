import { ed25519 } from '@noble/curves/ed25519.js';
import { describe, expect, it } from 'vitest';
import type { RelayFrame } from '../../src/core/frames.ts';
import { signingKeys } from '../../src/core/keys.ts';
import { attachProof, joinProof } from '../../src/core/relay-proofs.ts';
import { backOffMs } from '../../src/relay-client/back-off.ts';
import { RelayClient, type RelayEvents } from '../../src/relay-client/relay-client.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { FakeSocket } from './fake-socket.ts';

const relay = 'https://relay.example';
const channel = new Uint8Array(16).fill(7);
const id = new Uint8Array(16).fill(9);
const nonce = new Uint8Array(32).fill(3);
const keys = signingKeys(new Uint8Array(32).fill(1));
const body = new Uint8Array([1, 2, 3]);

function setUp({ deliver = async () => undefined }: { deliver?: RelayEvents['deliver'] } = {}) {
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

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('connecting', () => {
  it('attaches with a proof over the greeting', () => {
    const { client, socket, greet } = setUp();
    client.attach({ channel, keys });
    expect(socket().url).toBe('wss://relay.example/v1/socket');
    expect(socket().sent).toEqual([]);
    greet();
    const [attach] = socket().frames('attach');
    const proof = attachProof({ relayOrigin: relay, nonce, channel, key: keys.public });
    expect(attach && ed25519.verify(attach.signature, proof, attach.key)).toBe(true);
  });

  it('joins with the link’s keys until it has joined, then attaches with its own', () => {
    const { client, clock, socket, greet } = setUp();
    const joinKeys = signingKeys(new Uint8Array(32).fill(2));
    client.attach({ channel, keys, joinKeys });
    greet();
    const [join] = socket().frames('join');
    const proof = joinProof({ relayOrigin: relay, nonce, channel, key: keys.public });
    expect(join && ed25519.verify(join.signature, proof, joinKeys.public)).toBe(true);
    socket().say({ frame: 'attached', channel, seq: 0, peer: 'here' });
    socket().end(1006);
    clock.pass(1_000);
    greet();
    expect(socket().sent.map(({ frame }) => frame)).toEqual(['attach']);
  });

  it('whose join is refused learns by its own key whether it was itself who joined before', () => {
    for (const wasItself of [true, false]) {
      const { client, socket, greet, heard } = setUp();
      client.attach({ channel, keys, joinKeys: signingKeys(new Uint8Array(32).fill(2)) });
      greet();
      socket().say({ frame: 'refused', channel, code: 'already-joined', retryAfterMs: 0 });
      expect(socket().sent.map(({ frame }) => frame)).toEqual(['join', 'attach']);
      if (wasItself) socket().say({ frame: 'attached', channel, seq: 0, peer: 'here' });
      else socket().say({ frame: 'refused', channel, code: 'bad-signature', retryAfterMs: 0 });
      expect(heard.at(-1)).toEqual(wasItself ? 'attached' : ['refused', 'already-joined']);
    }
  });

  it('knows the relay’s time from its greeting', () => {
    const { client, clock, online } = setUp();
    online();
    expect(client.now()).toBe(clock.now() + 5_000);
  });

  it('comes back with growing waits, and at once when woken', () => {
    const { client, clock, sockets, socket } = setUp();
    client.attach({ channel, keys });
    for (let attempt = 0; attempt < 5; attempt++) {
      socket().end(1006);
      clock.pass(backOffMs(attempt, 0) - 1);
      expect(sockets).toHaveLength(attempt + 1);
      clock.pass(1);
      expect(sockets).toHaveLength(attempt + 2);
    }
    socket().end(1006);
    client.wake();
    expect(sockets).toHaveLength(7);
  });

  it('waits as long as a restarting relay asks', () => {
    const { clock, sockets, socket, online } = setUp();
    online();
    socket().end(1012, '1700');
    clock.pass(1_699);
    expect(sockets).toHaveLength(1);
    clock.pass(1);
    expect(sockets).toHaveLength(2);
  });

  it('waits before it comes back to a relay that has cut it, as long as that says or its code means', () => {
    const { clock, sockets, socket, greet, online } = setUp();
    online();
    for (const [code, reason, waitMs] of [
      [4003, '12000', 12_000],
      [4003, '', 10_000],
      [4002, '', 2_000],
    ] as const) {
      const before = sockets.length;
      socket().end(code, reason);
      clock.pass(waitMs - 1);
      expect(sockets).toHaveLength(before);
      clock.pass(1);
      expect(sockets).toHaveLength(before + 1);
      greet();
    }
  });

  it('stops when the relay says that trying again would end the same way', () => {
    const { clock, sockets, socket, online, heard } = setUp();
    online();
    socket().end(4000);
    clock.pass(120_000);
    expect(sockets).toHaveLength(1);
    expect(heard.at(-1)).toEqual(['stopped', 'unsupported-version']);
  });

  it('gives up a relay that never greets', () => {
    const { client, clock, sockets, heard } = setUp();
    client.attach({ channel, keys });
    clock.pass(10_000);
    expect(sockets[0]?.closedWith).toBe(4000);
    expect(heard.at(-1)).toEqual(['waiting', 'relay-timeout']);
  });

  it('drops a relay that says anything before its greeting, or greets twice', () => {
    for (const isGreeted of [false, true]) {
      const { client, clock, sockets, socket, greet, heard } = setUp();
      client.attach({ channel, keys });
      const first = socket();
      if (isGreeted) greet();
      if (isGreeted) greet();
      else first.say({ frame: 'refused', channel, code: 'too-many-requests', retryAfterMs: 1_000 });
      expect(first.closedWith).toBe(4000);
      expect(heard.at(-1)).toEqual(['waiting', 'malformed-frame']);
      clock.pass(5_000);
      expect(sockets).toHaveLength(2);
    }
  });

  it('notices a dead connection while something is awaited', () => {
    const { client, clock, sockets, socket, online } = setUp();
    online();
    clock.pass(120_000);
    expect(socket().frames('ping')).toHaveLength(0);
    client.await(true);
    expect(socket().frames('ping')).toHaveLength(1);
    socket().say({ frame: 'pong', timeMs: clock.now() });
    clock.pass(20_000);
    expect(socket().frames('ping')).toHaveLength(2);
    clock.pass(5_000);
    expect(socket().closedWith).toBe(4000);
    clock.pass(1_000);
    expect(sockets).toHaveLength(2);
  });

  it('ends its back-off once something is awaited', () => {
    const { client, sockets, socket, online } = setUp();
    online();
    socket().onclose?.({ code: 1006, reason: '' });
    expect(sockets).toHaveLength(1);
    client.await(true);
    expect(sockets).toHaveLength(2);
  });

  it('asks for a sign of life when woken, as a connection that died in its sleep does not say so', () => {
    const { client, clock, sockets, socket, online } = setUp();
    online();
    client.wake();
    expect(socket().frames('ping')).toHaveLength(1);
    socket().say({ frame: 'pong', timeMs: clock.now() });
    clock.pass(60_000);
    expect(socket().closedWith).toBeNull();
    client.wake();
    clock.pass(5_000);
    expect(socket().closedWith).toBe(4000);
    clock.pass(1_000);
    expect(sockets).toHaveLength(2);
  });

  it('drops a relay that talks nonsense, and ignores what a dropped one still says', () => {
    const { clock, sockets, socket, online, heard } = setUp();
    online();
    const first = socket();
    first.onmessage?.({ data: new Uint8Array([0x02, 1]).buffer });
    expect(first.closedWith).toBe(4000);
    const before = heard.length;
    first.say({ frame: 'closed', channel });
    expect(heard).toHaveLength(before);
    clock.pass(1_000);
    expect(sockets).toHaveLength(2);
  });

  it('tries a passing refusal again and lets go of a final one', () => {
    const { client, clock, socket, greet, heard } = setUp();
    client.attach({ channel, keys });
    greet();
    socket().say({ frame: 'refused', channel, code: 'too-many-requests', retryAfterMs: 3_000 });
    expect(heard).not.toContainEqual(['refused', 'too-many-requests']);
    clock.pass(3_000);
    expect(socket().frames('attach')).toHaveLength(2);
    socket().say({ frame: 'refused', channel, code: 'unknown-channel', retryAfterMs: 0 });
    clock.pass(60_000);
    expect(socket().frames('attach')).toHaveLength(2);
    expect(heard.at(-1)).toEqual(['refused', 'unknown-channel']);
  });

  it('does not open a mailbox again that was let go of while its refusal was to pass', () => {
    const { client, clock, socket, greet } = setUp();
    client.attach({ channel, keys });
    greet();
    socket().say({ frame: 'refused', channel, code: 'too-many-requests', retryAfterMs: 3_000 });
    client.detach(channel);
    clock.pass(5_000);
    expect(socket().frames('attach')).toHaveLength(1);
  });
});

describe('sending', () => {
  it('says again, in order and a little later, what the relay could not take, and holds back what follows', () => {
    const { client, clock, socket, online, put, heard } = setUp();
    online();
    put();
    const other = new Uint8Array(16).fill(10);
    const later = { channel, id: other, expiresMs: client.now() + 60_000, collapse: null, body };
    socket().say({ frame: 'rejected', channel, id, code: 'storage-full', retryAfterMs: 5_000 });
    client.put(later);
    expect(socket().frames('put')).toHaveLength(1);
    clock.pass(5_000);
    expect(
      socket()
        .frames('put')
        .map((frame) => frame.id),
    ).toEqual([id, id, other]);
    expect(heard).not.toContainEqual(['rejected', 'storage-full']);
  });

  it.each([
    ['takes longer than a person waits', 'too-many-requests', 30_000],
    ['outlives the message', 'storage-full', 61_000],
    ['does not pass', 'mailbox-full', 5_000],
  ] as const)('gives up at once where the refusal %s', (_, code, retryAfterMs) => {
    const { clock, socket, online, put, heard } = setUp();
    online();
    put();
    socket().say({ frame: 'rejected', channel, id, code, retryAfterMs });
    clock.pass(70_000);
    expect(socket().frames('put')).toHaveLength(1);
    expect(heard).toContainEqual(['rejected', code]);
  });

  it('says again what was not stored before the connection broke, and no more what was', () => {
    const { clock, socket, greet, online, put } = setUp();
    online();
    put();
    socket().end(1006);
    clock.pass(1_000);
    greet();
    expect(socket().frames('put')).toHaveLength(0);
    socket().say({ frame: 'attached', channel, seq: 0, peer: 'here' });
    const [message] = socket().frames('put');
    expect(message?.lifeMs).toBe(59_000);
    socket().say({ frame: 'stored', channel, id, seq: 1 });
    socket().end(1006);
    clock.pass(1_000);
    greet();
    socket().say({ frame: 'attached', channel, seq: 0, peer: 'here' });
    expect(socket().frames('put')).toHaveLength(0);
  });

  it('does not send what has expired meanwhile, and says so', () => {
    const { clock, socket, greet, online, put, heard } = setUp();
    online();
    socket().end(1006);
    put(5_000);
    clock.pass(5_000);
    greet();
    socket().say({ frame: 'attached', channel, seq: 0, peer: 'here' });
    expect(socket().frames('put')).toHaveLength(0);
    expect(heard).toContainEqual(['rejected', 'expired']);
  });

  it('closes a channel as soon as it can', () => {
    const { client, socket, greet } = setUp();
    client.attach({ channel, keys });
    client.close(channel);
    greet();
    expect(socket().frames('close')).toHaveLength(0);
    socket().say({ frame: 'attached', channel, seq: 0, peer: 'away' });
    expect(socket().frames('close')).toHaveLength(1);
  });
});

describe('receiving', () => {
  const message = (seq: number) =>
    ({ frame: 'deliver', channel, seq, id: new Uint8Array(16).fill(seq), expiresMs: 2e12, body }) as const;

  it('acknowledges in order, each after it was handled', async () => {
    const order: string[] = [];
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { socket, online } = setUp({
      deliver: async ({ seq }) => {
        if (seq === 1) await held;
        order.push(`handled ${seq}`);
      },
    });
    online();
    socket().say(message(1));
    socket().say(message(2));
    await settled();
    expect(order).toEqual([]);
    expect(socket().frames('ack')).toEqual([]);
    release();
    await settled();
    expect(order).toEqual(['handled 1', 'handled 2']);
    expect(
      socket()
        .frames('ack')
        .map(({ seq }) => seq),
    ).toEqual([1, 2]);
  });

  it('does not handle twice what comes again, but acknowledges it', async () => {
    let handled = 0;
    const { clock, socket, greet, online } = setUp({ deliver: async () => void handled++ });
    online();
    socket().say(message(1));
    await settled();
    socket().end(1006);
    clock.pass(1_000);
    greet();
    expect(socket().frames('attach')[0]?.since).toBe(1);
    socket().say({ frame: 'attached', channel, seq: 1, peer: 'here' });
    socket().say(message(1));
    await settled();
    expect(handled).toBe(1);
    expect(socket().frames('ack')).toHaveLength(1);
  });

  it('does not acknowledge what could not be handled, and gets it again', async () => {
    let fails = true;
    const { clock, sockets, socket, greet, online } = setUp({
      deliver: async () => {
        if (fails) throw new Error('storage is full');
      },
    });
    online();
    socket().say(message(1));
    await settled();
    expect(socket().frames('ack')).toEqual([]);
    expect(socket().closedWith).toBe(4000);
    fails = false;
    clock.pass(1_000);
    expect(sockets).toHaveLength(2);
    greet();
    socket().say({ frame: 'attached', channel, seq: 1, peer: 'here' });
    socket().say(message(1));
    await settled();
    expect(socket().frames('ack')).toHaveLength(1);
  });
});

describe('a push subscription', () => {
  const subscription = '{"endpoint":"https://push.example/1"}';

  it('is told once the mailbox is open, and again until the relay says that it keeps it', () => {
    const { client, clock, socket, heard, greet } = setUp();
    const attached = () => socket().say({ frame: 'attached', channel, seq: 0, peer: 'here' });
    client.attach({ channel, keys });
    client.subscribe(channel, subscription);
    greet();
    expect(socket().frames('subscribe')).toEqual([]);
    attached();
    expect(socket().frames('subscribe')).toEqual([{ frame: 'subscribe', channel, subscription }]);
    socket().end(1006);
    clock.pass(1_000);
    greet();
    attached();
    expect(socket().frames('subscribe')).toHaveLength(1);
    socket().say({ frame: 'subscribed', channel });
    socket().end(1006);
    clock.pass(1_000);
    greet();
    attached();
    expect(socket().frames('subscribe')).toEqual([]);
    expect(heard).toContain('subscribed');
  });

  it('that the relay refuses leaves the mailbox open', () => {
    const { client, socket, heard, online, put } = setUp();
    online();
    client.subscribe(channel, subscription);
    socket().say({ frame: 'refused', channel, code: 'push-refused', retryAfterMs: 0 });
    put();
    expect(socket().frames('put')).toHaveLength(1);
    expect(heard).toContain('refused');
    expect(heard).not.toContainEqual(['refused', 'push-refused']);
  });

  it('is tried by a ring, once the mailbox is open, and what came of it is heard', () => {
    const { client, socket, heard, greet } = setUp();
    client.attach({ channel, keys });
    client.ring(channel, id);
    greet();
    expect(socket().frames('ring')).toEqual([]);
    socket().say({ frame: 'attached', channel, seq: 0, peer: 'here' });
    socket().say({ frame: 'attached', channel, seq: 0, peer: 'here' });
    expect(socket().frames('ring')).toEqual([{ frame: 'ring', channel, id }]);
    socket().say({ frame: 'pushed', channel, id, outcome: 'unreachable' });
    expect(heard).toContainEqual(['sent', 'unreachable']);
  });
});
