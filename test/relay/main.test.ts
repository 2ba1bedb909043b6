import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FrameOf } from '../../src/core/frames.ts';
import { limits as wire } from '../../src/core/limits.ts';
import { createChannel, newChannel, pairedClients, RawClient, type TestChannel } from './raw-client.ts';
import { finished, type RelayProcess, relayProcess, spawnRelay } from './relay-process.ts';

let data: string;
let running: RelayProcess | null = null;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'tandem-relay-'));
});
afterEach(async () => {
  if (running) await end(running, 'SIGKILL');
  running = null;
  await rm(data, { recursive: true });
});

async function start(port = 0): Promise<RelayProcess> {
  running = await relayProcess(['--port', String(port), '--data', data]);
  return running;
}

async function end({ child }: RelayProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  child.kill(signal);
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}

interface Lane {
  channel: TestChannel;
  /** Bodies in the order in which they were put; the first bytes are their number. */
  next: number;
  stored: Set<number>;
  /** By the receiver, in order, without repeats. */
  applied: number[];
  since: number;
}

const numbered = (value: number) => {
  const body = Buffer.alloc(512);
  body.writeUInt32BE(value);
  return new Uint8Array(body);
};
const idOf = (value: number) => new Uint8Array(numbered(value).subarray(0, 16));
const numberOf = (of: Uint8Array) => Buffer.from(of).readUInt32BE(0);

/** Attaches both sides again, says again what was not stored, and then keeps `window` messages under way. */
async function drive(lane: Lane, origin: string, window: number, until: () => boolean) {
  const [sender, receiver] = await Promise.all([RawClient.connect(origin), RawClient.connect(origin)]);
  receiver.tap = (frame) => {
    if (frame.frame !== 'deliver') return false;
    take(lane, frame);
    receiver.send({ frame: 'ack', channel: lane.channel.id, seq: frame.seq });
    return true;
  };
  const put = (value: number) => sender.put(lane.channel.id, numbered(value), { id: idOf(value) });
  sender.tap = (frame) => {
    if (frame.frame === 'rejected') throw new Error(frame.code);
    if (frame.frame !== 'stored') return frame.frame === 'received';
    lane.stored.add(numberOf(frame.id));
    if (!until()) put(lane.next++);
    return true;
  };
  await receiver.attach(lane.channel.id, lane.channel.joiner, lane.since);
  await sender.attach(lane.channel.id, lane.channel.creator);
  const unstored = Array.from({ length: lane.next }, (_, value) => value).filter((value) => !lane.stored.has(value));
  for (const value of unstored) put(value);
  while (!until() && lane.next - lane.stored.size < window) put(lane.next++);
  return { sender, receiver };
}

/** What a client does with a delivery: repeats are known by their number, and the rest has to come in order. */
function take(lane: Lane, { seq, body }: FrameOf<'deliver'>): void {
  const value = numberOf(body);
  lane.since = Math.max(lane.since, seq);
  if (!lane.applied.includes(value)) lane.applied.push(value);
}

describe('the relay’s process', () => {
  it('loses nothing that it said was stored, and keeps the order, killed again and again under load', async () => {
    let relay = await start();
    const lanes: Lane[] = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const { channel, creator, joiner } = await pairedClients(relay.origin);
        await Promise.all([creator.end(), joiner.end()]);
        return { channel, next: 0, stored: new Set<number>(), applied: [], since: 0 };
      }),
    );
    for (let round = 0; round < 5; round++) {
      const target = lanes.map((lane) => lane.stored.size + 60 + round * 17);
      const clients = await Promise.all(lanes.map((lane) => drive(lane, relay.origin, 8, () => false)));
      await expect
        .poll(() => lanes.every((lane, at) => lane.stored.size > (target[at] as number)), { timeout: 20_000 })
        .toBe(true);
      await end(relay, 'SIGKILL');
      await Promise.all(clients.flatMap(({ sender, receiver }) => [sender.closeCode(), receiver.closeCode()]));
      relay = await start(relay.port);
    }
    await Promise.all(lanes.map((lane) => drive(lane, relay.origin, 8, () => true)));
    await expect
      .poll(() => lanes.every((lane) => lane.applied.length === lane.next && lane.stored.size === lane.next), {
        timeout: 20_000,
      })
      .toBe(true);
    for (const lane of lanes) {
      const inOrder = Array.from({ length: lane.next }, (_, value) => value);
      expect(lane.applied).toEqual(inOrder);
    }
  }, 60_000);

  it('keeps all that it said was stored for somebody who was away, killed in the middle', async () => {
    const first = await start();
    const lanes = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const { channel, creator, joiner } = await pairedClients(first.origin);
        await joiner.end();
        await creator.next('peer', ({ event }) => event === 'away');
        return { channel, creator, stored: 0 };
      }),
    );
    await new Promise<void>((resolve) => {
      for (const lane of lanes) {
        let next = 0;
        const put = () => lane.creator.put(lane.channel.id, numbered(next), { id: idOf(next++) });
        lane.creator.tap = (frame) => {
          if (frame.frame !== 'stored') return false;
          lane.stored++;
          if (next < wire.waitingMessages) put();
          if (lanes.reduce((sum, { stored }) => sum + stored, 0) === 200) resolve();
          return true;
        };
        for (let count = 0; count < 4; count++) put();
      }
    });
    await end(first, 'SIGKILL');
    await Promise.all(lanes.map(({ creator }) => creator.closeCode()));
    const again = await start(first.port);
    for (const { channel, stored } of lanes) {
      const phone = await RawClient.connect(again.origin);
      await phone.attach(channel.id, channel.joiner);
      await phone.fence();
      const found = phone.taken('deliver').map(({ body }) => numberOf(body));
      expect(found.length).toBeGreaterThanOrEqual(stored);
      expect(found).toEqual(found.map((_, at) => at));
    }
  }, 30_000);

  it('tells clients when to come back, and ends with 0, when it is asked to stop', async () => {
    const relay = await start();
    const { creator, joiner } = await pairedClients(relay.origin);
    expect(await end(relay, 'SIGTERM')).toBe(0);
    for (const client of [creator, joiner]) {
      expect(await client.closeCode()).toBe(1012);
      expect(Number(client.closed?.reason)).toBeGreaterThanOrEqual(250);
    }
    expect(relay.log()).toContain('"event":"stopped"');
  }, 30_000);

  it('says which port is taken, and how to choose another', async () => {
    const relay = await start();
    const other = await mkdtemp(join(tmpdir(), 'tandem-relay-'));
    const { code, err } = await finished(spawnRelay(['--port', String(relay.port), '--data', other]));
    await rm(other, { recursive: true });
    expect(code).toBe(1);
    expect(err).toContain(`Port ${relay.port} is taken. Choose another with --port`);
  }, 30_000);

  it('names every mistake in its options, and explains them when asked', async () => {
    const wrong = await finished(spawnRelay(['--port', 'x', '--origin', 'relay']));
    expect(wrong.code).toBe(1);
    expect(wrong.err).toMatch(/--port must be.*\n--origin must be/);
    const help = await finished(spawnRelay(['--help']));
    expect(help.code).toBe(0);
    expect(help.out).toContain('--phone-app DIR');
  }, 30_000);

  it('knows its channels again after it was stopped', async () => {
    const first = await start();
    const channel = newChannel();
    await createChannel(first.origin, channel);
    await end(first, 'SIGTERM');
    const again = await start(first.port);
    await (await RawClient.connect(again.origin)).attach(channel.id, channel.creator);
  }, 30_000);
});
