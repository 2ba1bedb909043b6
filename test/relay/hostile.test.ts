import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as endOfTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { closeReasons } from '../../src/core/close-codes.ts';
import { encodeFrame } from '../../src/core/frames.ts';
import { limits as wire } from '../../src/core/limits.ts';
import { relayLimits } from '../../src/relay/limits.ts';
import { bytes, createChannel, creationOf, newChannel, pairedClients, RawClient } from './raw-client.ts';
import { testCertificate } from './test-certificate.ts';
import { startTestRelay, type TestRelay } from './test-relay.ts';

let relay: TestRelay;
beforeEach(async () => {
  relay = await startTestRelay();
});
afterEach(() => relay.stop());

async function codeAfter(sent: Uint8Array | string): Promise<number> {
  const client = await RawClient.connect(relay.origin);
  client.socket.send(sent);
  return client.closeCode();
}

async function stillServes(): Promise<void> {
  const { channel, creator, joiner } = await pairedClients(relay.origin);
  creator.put(channel.id, bytes(8));
  await joiner.next('deliver');
}

describe('hostile frames', () => {
  it('text ends the connection', async () => {
    expect(await codeAfter('hello')).toBe(closeReasons.malformed.code);
    await stillServes();
  });

  it('a relay’s own frames from a client end the connection', async () => {
    const frame = encodeFrame({
      frame: 'deliver',
      channel: bytes(16),
      seq: 1,
      id: bytes(16),
      expiresMs: 1,
      body: bytes(4),
    });
    expect(await codeAfter(frame)).toBe(closeReasons.malformed.code);
    expect(await codeAfter(encodeFrame({ frame: 'pong', timeMs: 1 }))).toBe(closeReasons.malformed.code);
  });

  it('every truncation of every frame ends the connection, and nothing else happens', async () => {
    const { id } = newChannel();
    const frames = [
      encodeFrame({ frame: 'attach', channel: id, key: bytes(32), since: 0, signature: bytes(64) }),
      encodeFrame({ frame: 'join', channel: id, joinKey: bytes(32), key: bytes(32), signature: bytes(64) }),
      encodeFrame({ frame: 'put', channel: id, id: bytes(16), lifeMs: 1, collapse: bytes(16), body: bytes(9) }),
      encodeFrame({ frame: 'ack', channel: id, seq: 1 }),
      encodeFrame({ frame: 'subscribe', channel: id, subscription: '{}' }),
      encodeFrame({ frame: 'close', channel: id }),
    ];
    for (const frame of frames) {
      const cut = Array.from({ length: frame.length }, (_, length) => frame.subarray(0, length));
      const codes = await Promise.all([...cut, Buffer.concat([frame, Buffer.alloc(1)])].map(codeAfter));
      expect(new Set(codes)).toEqual(new Set([closeReasons.malformed.code]));
    }
    await stillServes();
  });

  it('random bytes end the connection or are answered, and never the relay', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async (sent) => {
        const client = await RawClient.connect(relay.origin);
        client.socket.send(sent);
        client.send({ frame: 'ping' });
        await Promise.race([client.next('pong').catch(() => undefined), client.closeCode()]);
        if (client.closed) {
          expect([closeReasons.malformed.code, closeReasons.tooLarge.code]).toContain(client.closed.code);
        }
        client.socket.terminate();
      }),
      { numRuns: 100 },
    );
    await stillServes();
    expect(relay.lines.filter(({ event }) => event === 'unexpected')).toEqual([]);
  });

  it.each([wire.frameBytes + 1, 10 * wire.frameBytes])('a message of %i bytes is too large', async (length) => {
    expect(await codeAfter(randomBytes(length))).toBe(closeReasons.tooLarge.code);
    await stillServes();
  });

  it('a body over the limit is too large', async () => {
    const frame = Buffer.from(
      encodeFrame({ frame: 'put', channel: bytes(16), id: bytes(16), lifeMs: 1, collapse: null, body: bytes(8192) }),
    );
    frame.writeUInt16BE(8193, 1 + 16 + 16 + 4 + 1);
    expect(await codeAfter(Buffer.concat([frame, Buffer.alloc(1)]))).toBe(closeReasons.tooLarge.code);
  });
});

describe('bounds', () => {
  it('a reader that does not read is cut, and finds what waits later', async () => {
    const limited = await startTestRelay({
      limits: { unreadBytes: 200_000, putsPerChannelMinute: 1e6, putsToPhoneMinute: 1e6 },
    });
    const { channel, creator, joiner } = await pairedClients(limited.origin);
    joiner.socket.pause();
    // Each replaces the one before in the mailbox, and all of them go to who is here.
    const collapse = bytes(16);
    const isAway = () => creator.unread.some((frame) => frame.frame === 'peer' && frame.event === 'away');
    let newest = bytes(16);
    while (!isAway()) {
      newest = creator.put(channel.id, bytes(wire.bodyBytes), { collapse });
      await creator.next('stored');
    }
    joiner.socket.resume();
    expect(await joiner.closeCode()).toBe(closeReasons.slowReader.code);
    const again = await RawClient.connect(limited.origin);
    await again.attach(channel.id, channel.joiner);
    expect(await again.next('deliver')).toMatchObject({ id: newest });
    await limited.stop();
  });

  it('a connection that answers no ping is ended', async () => {
    const limited = await startTestRelay({ limits: { pingMs: 200 } });
    const { creator, joiner } = await pairedClients(limited.origin);
    joiner.socket.pause();
    await creator.next('peer', ({ event }) => event === 'away');
    await creator.fence();
    await limited.stop();
  });

  it('more connections from one address than allowed are told to come later', async () => {
    const limited = await startTestRelay({ limits: { socketsPerAddress: 2 } });
    const clients = await Promise.all([RawClient.connect(limited.origin), RawClient.connect(limited.origin)]);
    await expect(RawClient.connect(limited.origin)).rejects.toThrow(`closed with ${closeReasons.tooMany.code}`);
    await clients[0]?.end();
    await expect
      .poll(() => RawClient.connect(limited.origin).then(() => 'greeted', String), { timeout: 10_000 })
      .toBe('greeted');
    await limited.stop();
  });

  it('more refused proofs from one address than allowed end their connection, and keep nobody else out', async () => {
    const limited = await startTestRelay({ limits: { attachFailuresPerAddressMinute: 2 } });
    const { channel, creator, joiner } = await pairedClients(limited.origin);
    const guesser = await RawClient.connect(limited.origin);
    for (let count = 0; count < 3; count++) guesser.sendAttach(bytes(16), channel.creator);
    expect(await guesser.next('refused')).toMatchObject({ code: 'unknown-channel', retryAfterMs: 0 });
    expect(await guesser.next('refused')).toMatchObject({ code: 'unknown-channel', retryAfterMs: 0 });
    expect(await guesser.next('refused')).toMatchObject({ code: 'unknown-channel', retryAfterMs: 30_000 });
    expect(await guesser.closeCode()).toBe(closeReasons.tooMany.code);
    const forger = await RawClient.connect(limited.origin);
    for (let count = 0; count < 2; count++) forger.sendAttach(channel.id, channel.join);
    expect(await forger.closeCode()).toBe(closeReasons.tooMany.code);
    expect(forger.taken('refused').map(({ code }) => code)).toEqual(['bad-signature']);
    await joiner.end();
    await (await RawClient.connect(limited.origin)).attach(channel.id, channel.joiner);
    await creator.next('peer', ({ event }) => event === 'away');
    await creator.next('peer', ({ event }) => event === 'here');
    limited.clock.nowMs += 30_000;
    const later = await RawClient.connect(limited.origin);
    later.sendAttach(bytes(16), channel.creator);
    expect(await later.next('refused')).toMatchObject({ retryAfterMs: 0 });
    await later.fence();
    await limited.stop();
  });

  it('more messages in a channel than allowed are rejected with a time to try again', async () => {
    const limited = await startTestRelay({ limits: { putsPerChannelMinute: 3 } });
    const { channel, creator } = await pairedClients(limited.origin);
    for (let count = 0; count < 4; count++) creator.put(channel.id, bytes(8));
    expect(await creator.next('rejected')).toMatchObject({ code: 'too-many-requests', retryAfterMs: 20_000 });
    limited.clock.nowMs += 20_000;
    creator.taken('stored');
    creator.put(channel.id, bytes(8));
    await creator.next('stored');
    await limited.stop();
  });

  it('messages of many bytes count as several', async () => {
    const limited = await startTestRelay({ limits: { putsPerChannelMinute: 4, bytesPerPut: 4_000 } });
    const { channel, creator, joiner } = await pairedClients(limited.origin);
    creator.put(channel.id, bytes(8_000));
    joiner.put(channel.id, bytes(8_000));
    await joiner.next('stored');
    creator.put(channel.id, bytes(8));
    expect(await creator.next('rejected')).toMatchObject({ code: 'too-many-requests', retryAfterMs: 15_000 });
    await limited.stop();
  });

  it('what one address leaves waiting is bounded, and neither a channel’s share nor what is soon over counts', async () => {
    const limited = await startTestRelay({ limits: { heldBytesPerAddress: 8_000, heldBytesPerChannel: 4_000 } });
    const { channel, creator, joiner } = await pairedClients(limited.origin);
    const lifeMs = wire.messageLifeMs;
    for (let count = 0; count < 3; count++) creator.put(channel.id, bytes(4_000), { lifeMs });
    for (let count = 0; count < 3; count++) await creator.next('stored');
    joiner.put(channel.id, bytes(4_000), { lifeMs });
    expect(await joiner.next('rejected')).toMatchObject({ code: 'too-many-requests', retryAfterMs: lifeMs / 2 });
    const other = await pairedClients(limited.origin);
    other.creator.put(other.channel.id, bytes(4_000), { lifeMs });
    await other.creator.next('stored');
    other.creator.put(other.channel.id, bytes(8), { lifeMs });
    await other.creator.next('rejected');
    limited.clock.nowMs += lifeMs / 2;
    joiner.put(channel.id, bytes(4_000), { lifeMs: 60_000 });
    await joiner.next('stored');
    await limited.stop();
  });

  it('a phone is asked only so often, and answers as it likes', async () => {
    const limited = await startTestRelay({ limits: { putsToPhoneMinute: 2 } });
    const { channel, creator, joiner } = await pairedClients(limited.origin);
    for (let count = 0; count < 3; count++) creator.put(channel.id, bytes(8));
    expect(await creator.next('rejected')).toMatchObject({ code: 'too-many-requests', retryAfterMs: 30_000 });
    for (let count = 0; count < 3; count++) joiner.put(channel.id, bytes(8));
    for (let count = 0; count < 3; count++) await joiner.next('stored');
    await limited.stop();
  });

  it('more subscriptions than allowed are refused with a time to try again', async () => {
    const limited = await startTestRelay({ limits: { subscriptionsPerChannelHour: 1 } });
    const { channel, joiner } = await pairedClients(limited.origin);
    const keys = {
      p256dh: Buffer.from(bytes(65)).toString('base64url'),
      auth: Buffer.from(bytes(16)).toString('base64url'),
    };
    const subscription = JSON.stringify({ endpoint: 'https://fcm.googleapis.com/1', keys });
    joiner.send({ frame: 'subscribe', channel: channel.id, subscription });
    await joiner.next('subscribed');
    joiner.send({ frame: 'subscribe', channel: channel.id, subscription });
    expect(await joiner.next('refused')).toMatchObject({ code: 'too-many-requests', retryAfterMs: 3_600_000 });
    await limited.stop();
  });

  it('more mailboxes opened on one connection than allowed end it, with a time to try again', async () => {
    const limited = await startTestRelay({ limits: { requestsPerSocketMinute: 2 } });
    const channel = newChannel();
    await createChannel(limited.origin, channel);
    const client = await RawClient.connect(limited.origin);
    await client.attach(channel.id, channel.creator);
    await client.attach(channel.id, channel.creator);
    client.sendAttach(channel.id, channel.creator);
    expect(await client.next('refused')).toMatchObject({ code: 'too-many-requests', retryAfterMs: 30_000 });
    expect(await client.closeCode()).toBe(closeReasons.tooMany.code);
    await (await RawClient.connect(limited.origin)).attach(channel.id, channel.creator);
    await limited.stop();
  });

  it('of all that do not read, the one with most to read is cut when it is too much together', async () => {
    const mailbox = wire.waitingMessages * wire.bodyBytes;
    const limited = await startTestRelay({ limits: { unreadBytesInAll: 4 * mailbox } });
    const { channel, creator } = await pairedClients(limited.origin);
    for (let count = 0; count < wire.waitingMessages; count++) {
      creator.put(channel.id, bytes(wire.bodyBytes));
      await creator.next('stored');
    }
    const greedy = await RawClient.connect(limited.origin);
    greedy.socket.pause();
    let cut = false;
    const closed = () => {
      cut = true;
    };
    // Only the network tells one that does not read.
    (greedy.socket as unknown as { _socket: Socket })._socket.on('error', closed).on('close', closed);
    for (let count = 0; !cut && count < 64; count++) {
      greedy.sendAttach(channel.id, channel.joiner);
      await creator.fence();
    }
    greedy.socket.resume();
    expect(await greedy.closeCode()).toBe(1006);
    await creator.fence();
    await limited.stop();
  });

  it('more channels on one connection than allowed are refused', async () => {
    const limited = await startTestRelay({ limits: { channelsPerSocket: 1 } });
    const client = await RawClient.connect(limited.origin);
    const [one, other] = [newChannel(), newChannel()];
    for (const channel of [one, other]) await createChannel(limited.origin, channel);
    await client.attach(one.id, one.creator);
    client.sendAttach(other.id, other.creator);
    expect(await client.next('refused')).toMatchObject({ code: 'too-many-requests' });
    await client.attach(one.id, one.creator);
    await limited.stop();
  });
});

describe('where a connection comes from', () => {
  const origins = (origin: string | undefined) => ({
    socket: () =>
      new Promise<number>((resolve) => {
        const socket = new WebSocket(`${relay.origin.replace('http', 'ws')}/v1/socket`, origin ? { origin } : {});
        socket.on('unexpected-response', (_, { statusCode }) => resolve(statusCode ?? 0)).on('error', () => undefined);
        socket.on('open', () => resolve(101)).on('open', () => socket.close());
      }),
    creation: async () => {
      const body = creationOf(newChannel(), relay.origin) as BodyInit;
      const headers = origin ? { origin } : undefined;
      return (await fetch(`${relay.origin}/v1/channels`, { method: 'POST', body, ...(headers && { headers }) })).status;
    },
  });

  it.each([undefined, 'chrome-extension://abcdef', 'moz-extension://0-1', 'safari-web-extension://0-1'])(
    '%s is let in',
    async (origin) => {
      expect([await origins(origin).socket(), await origins(origin).creation()]).toEqual([101, 201]);
    },
  );

  it('the phone app is let in', async () => {
    expect([await origins(relay.origin).socket(), await origins(relay.origin).creation()]).toEqual([101, 201]);
  });

  it.each(['https://elsewhere.example', 'null', 'https://chrome-extension.example', 'file://'])(
    '%s is not',
    async (origin) => {
      expect([await origins(origin).socket(), await origins(origin).creation()]).toEqual([403, 403]);
    },
  );

  it('is what a trusted proxy says, and nothing that others say', async () => {
    const limited = await startTestRelay({
      trustedProxies: ['127.0.0.0/8', '::1'],
      limits: { creationsPerAddressHour: 1 },
    });
    const create = async (forwarded: string) => {
      const body = creationOf(newChannel(), limited.origin) as BodyInit;
      const headers = { 'x-forwarded-for': forwarded };
      return (await fetch(`${limited.origin}/v1/channels`, { method: 'POST', body, headers })).status;
    };
    expect(await create('192.0.2.1')).toBe(201);
    expect(await create('198.51.100.9, 192.0.2.1')).toBe(429);
    expect(await create('192.0.2.2')).toBe(201);
    await limited.stop();
    const direct = await startTestRelay({ limits: { creationsPerAddressHour: 1 } });
    const post = (forwarded: string) =>
      fetch(`${direct.origin}/v1/channels`, {
        method: 'POST',
        body: creationOf(newChannel(), direct.origin) as BodyInit,
        headers: { 'x-forwarded-for': forwarded },
      });
    expect([(await post('192.0.2.1')).status, (await post('192.0.2.2')).status]).toEqual([201, 429]);
    await direct.stop();
  });
});

describe('hostile connections', () => {
  it('one that is reset while its upgrade is refused ends nothing but itself', async () => {
    const { port } = relay;
    const request = 'GET /elsewhere HTTP/1.1\r\nHost: relay\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
    for (let at = 0; at < 20; at++) {
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      socket.write(request, () => socket.resetAndDestroy());
      await once(socket, 'close');
    }
    await stillServes();
  });

  /** What is written to a connection that is gone is reset; half an open one would take it. */
  async function isGone(socket: Socket): Promise<void> {
    const reset = once(socket, 'error');
    const writes = setInterval(() => socket.write('x'), 10);
    expect((await reset)[0]).toMatchObject({ code: expect.stringMatching(/^(EPIPE|ECONNRESET)$/) });
    clearInterval(writes);
  }

  it('one whose upgrade is refused is ended, also when it does not end itself', async () => {
    const socket = connect({ port: relay.port, host: '127.0.0.1', allowHalfOpen: true });
    socket.write('GET /elsewhere HTTP/1.1\r\nHost: relay\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toContain('404 Not Found');
    await once(socket, 'end');
    await isGone(socket);
  });

  it('one that does not read its answer is ended', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tandem-relay-'));
    // More than lies between two computers.
    await writeFile(join(folder, 'index.html'), new Uint8Array(16 * 1024 * 1024));
    const limited = await startTestRelay({ phoneApp: folder, limits: { httpIdleMs: 100 } });
    const socket = connect(limited.port, '127.0.0.1');
    socket.pause().write('GET / HTTP/1.1\r\nHost: relay\r\n\r\n');
    await isGone(socket);
    await limited.stop();
    await rm(folder, { recursive: true });
  });

  it.each([
    ['fragments', (at: number) => [at === 0 ? 0x02 : 0x00, 0x81, 0, 0, 0, 0, 7]],
    ['reads', (at: number) => (at === 0 ? [0x82, 0xfe, 0x20, 0x00, 0, 0, 0, 0, 7] : [7])],
  ])('a message in too many %s ends the connection, as each is memory', async (_, piece) => {
    const client = await RawClient.connect(relay.origin);
    const { _socket: raw } = client.socket as unknown as { _socket: Socket };
    raw.setNoDelay(true).on('error', () => undefined);
    const closed = client.closeCode();
    // Fewer than the bytes of the message: some may be read together.
    for (let at = 0; at < 8_000 && !client.closed; at++) {
      raw.write(Buffer.from(piece(at)));
      await endOfTurn();
    }
    expect(await closed).toBe(closeReasons.tooLarge.code);
    await stillServes();
  });

  it('one that asks again and again and reads no answer is ended', async () => {
    const limited = await startTestRelay();
    const get = 'GET /v1/push-key HTTP/1.1\r\nHost: relay\r\n\r\n';
    const greedy = connect(limited.port, '127.0.0.1').on('error', () => undefined);
    greedy.resume().write(get.repeat(relayLimits.requestsAtOnce + 1));
    await once(greedy, 'close');
    const asks = connect(limited.port, '127.0.0.1');
    asks.write(get.repeat(relayLimits.requestsAtOnce));
    let answers = '';
    asks.setEncoding('utf8').on('data', (text: string) => {
      answers += text;
    });
    await expect.poll(() => answers.split('200 OK').length - 1).toBe(relayLimits.requestsAtOnce);
    asks.destroy();
    await limited.stop();
  });

  it('one that says its request slowly is not waited for', async () => {
    const limited = await startTestRelay({ limits: { arrivalMs: 100 } });
    const starts = ['POST /v1/channels HTTP/1.1\r\nHost: relay\r\nContent-Length: 144\r\n\r\nx', 'GET /healthz HT'];
    for (const start of starts) {
      const socket = connect(limited.port, '127.0.0.1');
      let answer = '';
      socket.setEncoding('utf8').on('data', (text: string) => {
        answer += text;
      });
      socket.write(start);
      await once(socket, 'close');
      expect(answer).toContain('408');
    }
    await limited.stop();
  });

  it.each([false, true])(
    'those that say nothing are counted, and not waited for in a handshake (TLS: %s)',
    async (isTls) => {
      const folder = await mkdtemp(join(tmpdir(), 'tandem-relay-'));
      const files = isTls && testCertificate(folder);
      const limited = await startTestRelay({
        limits: { connectionsPerAddress: 2, arrivalMs: 300 },
        ...(files && { certificate: { cert: readFileSync(files.certificate), key: readFileSync(files.key) } }),
      });
      const open = async () => {
        const socket = connect(limited.port, '127.0.0.1');
        await once(
          socket.resume().on('error', () => undefined),
          'connect',
        );
        return socket;
      };
      const silent = [await open(), await open()];
      await once(await open(), 'close');
      expect(silent.map(({ closed }) => closed)).toEqual([false, false]);
      await Promise.all(silent.map((socket) => once(socket, 'close')));
      const later = await open();
      later.end(isTls ? 'no handshake' : 'no request');
      await once(later, 'close');
      await limited.stop();
      await rm(folder, { recursive: true });
    },
  );

  it('many from one address that do not leave when they are told to are not even greeted', async () => {
    const limited = await startTestRelay({ limits: { socketsPerAddress: 1, closingMs: 200 } });
    const first = await RawClient.connect(limited.origin);
    const stubborn = connect(limited.port, '127.0.0.1');
    const key = randomBytes(16).toString('base64');
    stubborn.write(
      `GET /v1/socket HTTP/1.1\r\nHost: relay\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
    );
    await once(stubborn, 'data');
    await expect(RawClient.connect(limited.origin)).rejects.toThrow('closed with 1006');
    // Those that were told are gone soon, heard or not.
    await expect.poll(() => RawClient.connect(limited.origin).catch(String)).toContain(closeReasons.tooMany.code);
    await first.fence();
    stubborn.destroy();
    await limited.stop();
  });
});
