import { ed25519 } from '@noble/curves/ed25519.js';
import { describe, expect, it } from 'vitest';
import { signingKeys } from '../../src/core/keys.ts';
import { attachProof, joinProof } from '../../src/core/relay-proofs.ts';
import { body, channel, id, keys, nonce, relay, settled, setUp } from './client-scene.ts';

describe('opening a mailbox', () => {
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

  it('begins anew where the relay does, which may have a store that was put back', async () => {
    let handled = 0;
    const { clock, socket, greet, online } = setUp({ deliver: async () => void handled++ });
    online();
    socket().say(message(5));
    await settled();
    socket().end(1006);
    clock.pass(1_000);
    greet();
    socket().say({ frame: 'attached', channel, seq: 2, peer: 'here' });
    expect(
      socket()
        .frames('attach')
        .map(({ since }) => since),
    ).toEqual([5, 0]);
    socket().say({ frame: 'attached', channel, seq: 2, peer: 'here' });
    socket().say(message(1));
    await settled();
    expect(handled).toBe(2);
    expect(socket().frames('attach')).toHaveLength(2);
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
