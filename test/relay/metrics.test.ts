import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { relayLimits } from '../../src/relay/limits.ts';
import { prometheusMetrics } from '../../src/relay/metrics.ts';
import { serveMetrics } from '../../src/relay/metrics-server.ts';
import { memoryStore } from '../../src/relay/stores/memory.ts';
import { read } from '../house/source.ts';
import { bytes, createChannel, newChannel, pairedClients, RawClient } from './raw-client.ts';
import { startTestRelay } from './test-relay.ts';

describe('the metrics', () => {
  const clock = { nowMs: 1_700_000_000_000, now: () => clock.nowMs };
  const metrics = prometheusMetrics(clock);
  let relay: Awaited<ReturnType<typeof startTestRelay>>;
  let port: Awaited<ReturnType<typeof serveMetrics>>;
  const log = { info: () => undefined, warn: () => undefined, channel: () => '' };
  const get = (path: string) => fetch(`http://localhost:${port.port}${path}`);
  const value = async (name: string) => {
    const body = await (await get('/metrics')).text();
    const line = body.split('\n').find((each) => each.startsWith(`${name} `));
    return Number(line?.slice(name.length + 1));
  };

  beforeEach(async () => {
    const store = await memoryStore(clock, { expired: metrics.expired });
    relay = await startTestRelay({ clock, metrics, store, log: metrics.counting(log) });
    port = await serveMetrics({ host: 'localhost', port: 0, relay, metrics, log, limits: relayLimits });
  });
  afterEach(async () => {
    await relay.stop();
    await port.stop();
  });

  it('count what a session does, and are on a port that clients do not know', async () => {
    const { channel, creator, joiner } = await pairedClients(relay.origin);
    expect(await value('tandem_relay_connections')).toBe(2);
    creator.put(channel.id, bytes(100));
    const { seq } = await joiner.next('deliver');
    await creator.next('stored');
    joiner.send({ frame: 'ack', channel: channel.id, seq });
    await creator.next('received');
    creator.sendAttach(channel.id, channel.join);
    await creator.next('refused');
    await joiner.end();
    await creator.next('peer', ({ event }) => event === 'away');
    creator.put(channel.id, bytes(100), { lifeMs: 1_000 });
    await creator.next('stored');
    clock.nowMs += 5_000;
    await expect.poll(() => value('tandem_relay_expired_undelivered_total')).toBe(1);
    expect(await value('tandem_relay_puts_total')).toBe(2);
    expect(await value('tandem_relay_deliveries_total')).toBe(1);
    expect(await value('tandem_relay_received_total')).toBe(1);
    expect(await value('tandem_relay_stored_seconds_count')).toBe(2);
    expect(await value('tandem_relay_acknowledged_seconds_count')).toBe(1);
    expect(await value('tandem_relay_refusals_total{code="bad-signature"}')).toBe(1);
    expect(await value('tandem_relay_connections')).toBe(1);
    creator.send({ frame: 'subscribe', channel: channel.id, subscription: '{}' });
    expect((await creator.next('refused')).code).toBe('push-refused');
    creator.socket.send('text');
    await creator.closeCode();
    expect(await value('tandem_relay_closes_total{code="4000"}')).toBe(1);
    expect((await fetch(`${relay.origin}/metrics`)).status).toBe(404);
  });

  it('say how long a shutdown takes, and that the relay is no longer ready', async () => {
    expect((await get('/readyz')).status).toBe(200);
    expect((await get('/healthz')).status).toBe(200);
    expect((await get('/secret')).status).toBe(404);
    expect((await fetch(`http://localhost:${port.port}/metrics`, { method: 'POST' })).status).toBe(405);
    expect(await value('tandem_relay_drain_seconds')).toBe(0);
    const channel = newChannel();
    await createChannel(relay.origin, channel);
    const client = await RawClient.connect(relay.origin);
    const stopped = relay.stop();
    await client.closeCode();
    clock.nowMs += 2_000;
    expect(await value('tandem_relay_drain_seconds')).toBe(2);
    expect((await get('/readyz')).status).toBe(503);
    await stopped;
    relay = await startTestRelay();
  });

  it.each(['docs/deploy/grafana-dashboard.json', 'docs/deploy/alerts.yml'])('have all that %s names', async (file) => {
    const known = new Set(
      [...(await (await get('/metrics')).text()).matchAll(/^# TYPE (\w+) (\w+)/gm)].flatMap(([, name, type]) =>
        type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name as string],
      ),
    );
    const named = [...read(file).matchAll(/\b(?:tandem_relay|nodejs|process)_\w+/g)].map(([name]) => name);
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });
});
