import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { relayLimits } from '../../src/relay/limits.ts';
import { lmdbStore } from '../../src/relay/stores/lmdb.ts';
import { bytes, createChannel, newChannel, RawClient } from './raw-client.ts';
import { startTestRelay } from './test-relay.ts';

const count = 500;
const many = { socketsPerAddress: count, creationsPerAddressHour: count, creationsAtOnce: count };

/** Some at a time, as one process plays all of them. */
async function inParts<In, Out>(all: readonly In[], work: (each: In) => Promise<Out>): Promise<Out[]> {
  const done: Out[] = [];
  for (let at = 0; at < all.length; at += 100) done.push(...(await Promise.all(all.slice(at, at + 100).map(work))));
  return done;
}

it(`${count} clients of a relay that restarts are spread over time, and find what waited for them`, async () => {
  const data = await mkdtemp(join(tmpdir(), 'tandem-relay-'));
  const clock = { now: () => Date.now() };
  let store = await lmdbStore(data, clock);
  const first = await startTestRelay({ store, clock, limits: { ...many, sweepMs: 1_000, stopGraceMs: 10_000 } });
  const channels = Array.from({ length: count }, newChannel);
  const clients = await inParts(channels, async (channel) => {
    await createChannel(first.origin, channel);
    const client = await RawClient.connect(first.origin);
    await client.attach(channel.id, channel.creator);
    const id = client.put(channel.id, bytes(64));
    await client.next('stored');
    return { channel, client, id };
  });
  await first.stop();
  await store.close();

  await inParts(clients, ({ client }) => client.closeCode());
  const waits = clients.map(({ client }) => Number(client.closed?.reason)).sort((left, right) => left - right);
  expect(clients.every(({ client }) => client.closed?.code === 1012)).toBe(true);
  expect(waits[0]).toBeGreaterThanOrEqual(relayLimits.restartLeastMs);
  const spreadMs = relayLimits.restartSpreadMs * count;
  for (const part of [0.25, 0.5, 0.75]) {
    const wait = (waits[Math.floor(part * count)] as number) - relayLimits.restartLeastMs;
    expect(Math.abs(wait / spreadMs - part)).toBeLessThan(0.1);
  }

  store = await lmdbStore(data, clock);
  const again = await startTestRelay({ store, clock, port: first.port, limits: { ...many, sweepMs: 1_000 } });
  const found = await inParts(clients, async ({ channel, id }) => {
    const phone = await RawClient.connect(again.origin);
    phone.sendJoin(channel.id, channel.join, channel.joiner.public);
    const { id: delivered } = await phone.next('deliver');
    phone.socket.terminate();
    return Buffer.compare(id, delivered) === 0;
  });
  expect(found.every(Boolean)).toBe(true);
  await again.stop();
  await store.close();
  await rm(data, { recursive: true });
}, 60_000);
