import { createECDH } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { structuredLog } from '../../src/relay/log.ts';
import { memoryStore } from '../../src/relay/stores/memory.ts';
import { bytes, creationOf, newChannel, pairedClients, postChannel, RawClient } from './raw-client.ts';
import { relayProcess } from './relay-process.ts';
import { startTestRelay } from './test-relay.ts';

const random = (length: number) => new Uint8Array(bytes(length));

describe('the log', () => {
  it('names a channel the same for a day and no longer', () => {
    const clock = { nowMs: 1_700_000_000_000, now: () => clock.nowMs };
    const log = structuredLog({ destination: { write: () => undefined }, level: 'info', clock, random });
    const id = bytes(16);
    const first = log.channel(id);
    expect(log.channel(id)).toBe(first);
    expect(log.channel(bytes(16))).not.toBe(first);
    clock.nowMs += 24 * 3_600_000;
    expect(log.channel(id)).not.toBe(first);
  });

  it('has so many lines of one event in a second, and then says how many more there were', () => {
    const clock = { nowMs: 1_700_000_000_000, now: () => clock.nowMs };
    const lines: { event: string; of?: string; count?: number }[] = [];
    const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
    const log = structuredLog({ destination, level: 'info', clock, random });
    for (let count = 0; count < 250; count++) log.info('refused', { code: 'bad-signature' });
    log.warn('store', { error: 'said beside it' });
    expect(lines.map(({ event }) => event)).toEqual([...Array(100).fill('refused'), 'store']);
    clock.nowMs += 1_000;
    log.info('refused', { code: 'bad-signature' });
    expect(lines.slice(101)).toMatchObject([{ event: 'left-out', of: 'refused', count: 150 }, { event: 'refused' }]);
  });

  it('says nothing that breaks a line, whoever wrote it', () => {
    const written: string[] = [];
    const destination = { write: (line: string) => void written.push(line) };
    const log = structuredLog({ destination, level: 'info', clock: Date, random });
    log.warn('store', { error: 'one\ntwo\r{"event":"listening"}\u2028\u001b[31m' });
    expect(written).toHaveLength(1);
    expect(written[0]?.trimEnd()).not.toMatch(/\p{Cc}/u);
    expect(JSON.parse(written[0] ?? '')).toMatchObject({ event: 'store' });
  });

  it('is lines of JSON with no address, key, id or body in them', async () => {
    const clock = { now: () => 1_700_000_000_000 };
    const lines: string[] = [];
    const log = structuredLog({
      destination: { write: (line) => void lines.push(line) },
      level: 'info',
      clock,
      random,
    });
    const relay = await startTestRelay({ log, clock, store: await memoryStore(clock) });
    const { channel, creator } = await pairedClients(relay.origin);
    const body = new Uint8Array(Buffer.from('a body that nobody may read'));
    const id = creator.put(channel.id, body);
    await creator.next('stored');
    creator.sendAttach(channel.id, channel.join);
    await creator.next('refused');
    creator.send({ frame: 'close', channel: channel.id });
    await creator.next('closed');
    await (await RawClient.connect(relay.origin)).end();
    await relay.stop();
    expect(lines.map((line) => JSON.parse(line).event)).toEqual(
      expect.arrayContaining(['listening', 'create', 'join', 'refused', 'channel-closed', 'stopped']),
    );
    const text = lines.join('');
    const secrets = [channel.id, channel.creator.public, channel.join.public, channel.joiner.public, id, body];
    for (const secret of secrets) {
      for (const encoding of ['hex', 'base64url', 'base64', 'latin1'] as const) {
        expect(text).not.toContain(Buffer.from(secret).toString(encoding));
      }
    }
    expect(text).not.toMatch(/127\.0\.0\.1|::1/);
  });
  it('takes out of the errors of others what they quote', () => {
    const lines: string[] = [];
    const clock = { now: () => 1_700_000_000_000 };
    const destination = { write: (line: string) => void lines.push(line) };
    const log = structuredLog({ destination, level: 'info', clock, random });
    const key = Buffer.from(bytes(32)).toString('base64url');
    const told = [
      'Error: connect ECONNREFUSED 10.1.2.3:443',
      'Error: connect EHOSTUNREACH 2001:db8::17:2',
      'Error: connect ENETUNREACH 2001:db8:1:2:3:4:5:6:443 - Local (:::0)',
      'Error: error:0480006C:PEM routines::no start line, at 12:34:56',
      `TypeError: https://fcm.googleapis.com/fcm/send/${key} refused`,
      `Error: WRONGPASS redis://user:${key}@store.example`,
      `Error: bad key ${Buffer.from(bytes(16)).toString('hex')}`,
    ];
    for (const error of told) log.warn('unexpected', { error });
    expect(lines.map((line) => JSON.parse(line).error)).toEqual([
      'Error: connect ECONNREFUSED [address]',
      'Error: connect EHOSTUNREACH [address]',
      'Error: connect ENETUNREACH [address] - Local ([address])',
      'Error: error:0480006C:PEM routines::no start line, at 12:34:56',
      'TypeError: [url] refused',
      'Error: WRONGPASS [url]',
      'Error: bad key […]',
    ]);
  });

  it('of a real relay says nothing of anybody, through a session with every kind of error', async () => {
    const data = await mkdtemp(join(tmpdir(), 'tandem-log-'));
    const relay = await relayProcess(['--port', '0', '--data', data]);
    const { channel, creator, joiner } = await pairedClients(relay.origin);
    const body = new Uint8Array(Buffer.from('a body that nobody may read'));
    const id = creator.put(channel.id, body);
    await creator.next('stored');
    const [auth, path] = [bytes(16), 'a-path-that-is-a-secret'];
    const p256dh = createECDH('prime256v1').generateKeys('base64url');
    const subscribe = (endpoint: string) => {
      const subscription = JSON.stringify({
        endpoint,
        keys: { p256dh, auth: Buffer.from(auth).toString('base64url') },
      });
      creator.send({ frame: 'subscribe', channel: channel.id, subscription });
    };
    subscribe(`https://push.attacker.example/${path}`);
    await creator.next('refused');
    subscribe(`https://updates.push.services.mozilla.com/wpush/v2/${path}`);
    await creator.next('subscribed');
    creator.send({ frame: 'ring', channel: channel.id, id });
    await creator.next('pushed');
    creator.sendAttach(channel.id, channel.join);
    await creator.next('refused');
    creator.sendAttach(id, channel.creator);
    await creator.next('refused');
    await postChannel(relay.origin, creationOf(newChannel(), 'https://other.example'));
    await postChannel(relay.origin, body);
    joiner.socket.send('text');
    await joiner.closeCode();
    creator.send({ frame: 'close', channel: channel.id });
    await creator.next('closed');
    creator.socket.send(new Uint8Array(9_000));
    await creator.closeCode();
    relay.child.kill('SIGTERM');
    await once(relay.child, 'close');
    await rm(data, { recursive: true });
    const text = relay.log();
    for (const line of text.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('event');
    for (const event of ['refused', 'push', 'channel-closed', 'stopped']) expect(text).toContain(`"event":"${event}"`);
    const secrets = [channel.id, channel.creator.public, channel.join.public, channel.joiner.public, id, body, auth];
    for (const secret of secrets) {
      for (const encoding of ['hex', 'base64url', 'base64', 'latin1'] as const) {
        expect(text).not.toContain(Buffer.from(secret).toString(encoding));
      }
    }
    for (const word of [path, p256dh, 'attacker', 'mozilla']) expect(text).not.toContain(word);
    expect(text).not.toMatch(/127\.0\.0\.1|::1/);
  });
});
