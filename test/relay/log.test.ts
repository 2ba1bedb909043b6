import { describe, expect, it } from 'vitest';
import { structuredLog } from '../../src/relay/log.ts';
import { memoryStore } from '../../src/relay/stores/memory.ts';
import { bytes, pairedClients, RawClient } from './raw-client.ts';
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
});
