import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { limits as wire } from '../../src/core/limits.ts';
import { drive, driveToMiddle, idOf, newLane, numbered, numberOf } from './lane.ts';
import { createChannel, newChannel, pairedClients, RawClient } from './raw-client.ts';
import { end, finished, type RelayProcess, relayProcess, spawnRelay } from './relay-process.ts';

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

describe('the relay’s process', () => {
  it('loses nothing that it said was stored, and keeps the order, killed again and again under load', async () => {
    let relay = await start();
    const lanes = await Promise.all(Array.from({ length: 8 }, () => newLane(relay.origin)));
    for (let round = 0; round < 5; round++) {
      const clients = await driveToMiddle(lanes, 60 + round * 17, 250, relay);
      await end(relay, 'SIGKILL');
      await Promise.all(clients.flatMap(({ sender, receiver }) => [sender.closeCode(), receiver.closeCode()]));
      relay = await start(relay.port);
    }
    await Promise.all(lanes.map((lane) => drive(lane, relay, 8, () => true)));
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

  it('is the one that the documents start, says its version, and hears its signals', async () => {
    const { bin, version } = JSON.parse(await readFile('package.json', 'utf8')) as {
      bin: Record<string, string>;
      version: string;
    };
    const program = bin['tandem-relay'] as string;
    expect(await readFile('docs/operate.md', 'utf8')).toContain(`node ${program} --origin`);
    const relay = spawn(process.execPath, [program, '--port', '0', '--data', data]);
    const ended = finished(relay);
    relay.stdout.once('data', () => relay.kill('SIGTERM'));
    const { code, err } = await ended;
    expect([code, err]).toEqual([0, expect.stringContaining('"event":"stopped"')]);
    expect(err).toMatch(new RegExp(`"version":"${version}".*"event":"listening"`));
    expect(await finished(spawnRelay(['--version']))).toEqual({ code: 0, out: `${version}\n`, err: '' });
  }, 30_000);

  it('says which port is taken, and how to choose another', async () => {
    const relay = await start();
    const other = await mkdtemp(join(tmpdir(), 'tandem-relay-'));
    const { code, err } = await finished(spawnRelay(['--port', String(relay.port), '--data', other]));
    await rm(other, { recursive: true });
    expect(code).toBe(1);
    expect(err).toContain(`Port ${relay.port} is taken. Choose another with --port`);
  }, 30_000);

  it('says that another relay has its data, or that there can be none, and leaves both as they were', async () => {
    const relay = await start();
    const second = await finished(spawnRelay(['--port', '0', '--data', data]));
    expect(second.code).toBe(1);
    expect(second.err).toBe(`${data} is in use by another relay. Several at once need Redis (--redis)\n`);
    const { creator, joiner, channel } = await pairedClients(relay.origin);
    creator.put(channel.id, numbered(1));
    await joiner.next('deliver');
    const noFolder = await finished(spawnRelay(['--port', '0', '--data', join(data, 'relay.mdb')]));
    expect(noFolder.code).toBe(1);
    expect(noFolder.err).toMatch(/^Cannot store there: EEXIST.*Choose a directory.* --data\.\n$/);
  }, 30_000);

  it('serves on when nobody reads what it prints, and its doctor, who does nothing else, ends without a word', async () => {
    const relay = spawnRelay(['--port', '0', '--data', data, '--metrics-port', '0']);
    relay.stdout?.destroy();
    try {
      const origin = await new Promise<string>((resolve) => {
        relay.stderr?.on('data', (chunk: Buffer) => {
          const found = /"origin":"([^"]+)","event":"listening"/.exec(chunk.toString());
          if (found?.[1]) resolve(found[1]);
        });
      });
      const patient = spawnRelay(['doctor', origin]);
      patient.stdout?.destroy();
      expect(await finished(patient)).toEqual({ code: 141, out: '', err: '' });
      expect(await (await fetch(`${origin}/healthz`)).text()).toBe('alive\n');
    } finally {
      relay.kill();
    }
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
    // Whoever else is on this computer learns nothing of it, also where the directory was there before.
    for (const file of await readdir(data)) expect((await stat(join(data, file))).mode & 0o077).toBe(0);
  }, 30_000);
});
