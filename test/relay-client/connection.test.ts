import { describe, expect, it } from 'vitest';
import { backOffMs } from '../../src/relay-client/back-off.ts';
import { channel, keys, setUp } from './client-scene.ts';

describe('a connection', () => {
  it('knows the relay’s time from its greeting', () => {
    const { client, clock, online } = setUp();
    online();
    expect(client.now()).toBe(clock.now() + 5_000);
  });

  it('knows it also when this device’s clock is set, or it sleeps, before the relay tells it again', () => {
    const { client, clock, socket, online } = setUp();
    online();
    const told = client.now();
    clock.jump(-3_600_000);
    clock.pass(1_000);
    expect(client.now()).toBe(told + 1_000);
    expect(client.steadyNow()).toBe(told + 1_000);
    clock.jump(2 * 3_600_000);
    // Set ahead, or slept: that cannot be told apart.
    expect(client.now()).toBe(told + 1_000 + 3_600_000);
    expect(client.steadyNow()).toBe(told + 1_000);
    client.wake();
    socket().say({ frame: 'pong', timeMs: told + 2_000 });
    expect(client.now()).toBe(told + 2_000);
    expect(client.steadyNow()).toBe(told + 2_000);
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
});
