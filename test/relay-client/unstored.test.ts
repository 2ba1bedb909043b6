import { describe, expect, it } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import { body, channel, id, keys, setUp } from './client-scene.ts';

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

  it('asks for no longer life than a relay gives, also where this device’s clock was ahead before the relay told the time', () => {
    const { client, clock, socket, greet, put } = setUp();
    client.attach({ channel, keys });
    put(limits.messageLifeMs);
    clock.jump(-3_600_000);
    greet();
    socket().say({ frame: 'attached', channel, seq: 0, peer: 'here' });
    expect(socket().frames('put')).toMatchObject([{ lifeMs: limits.messageLifeMs }]);
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

  it('says nothing again that was received before a word that it was stored', () => {
    const { clock, socket, greet, online, put } = setUp();
    online();
    put();
    socket().say({ frame: 'received', channel, id });
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
});
