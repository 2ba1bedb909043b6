import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../src/core/errors.ts';
import { relayLimits } from '../../src/relay/limits.ts';
import { memoryStore } from '../../src/relay/stores/memory.ts';
import { bytes, creationOf, newChannel, postChannel, RawClient } from './raw-client.ts';
import { startTestRelay, type TestRelay } from './test-relay.ts';

/** Status and body of a path as it is, without the tidying that `fetch` does. */
function rawGet(port: number, path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    asked.on('error', reject).end();
  });
}

describe('channels over HTTP', () => {
  let relay: TestRelay;
  beforeEach(async () => {
    relay = await startTestRelay();
  });
  afterEach(() => relay.stop());

  it('are created once, for any page that asks', async () => {
    const channel = newChannel();
    const body = creationOf(channel, relay.origin);
    const first = await postChannel(relay.origin, body);
    expect(first.status).toBe(201);
    expect(first.headers.get('access-control-allow-origin')).toBe('*');
    expect(first.headers.get('access-control-allow-credentials')).toBeNull();
    expect(await first.json()).toEqual({ timeMs: relay.clock.nowMs });
    expect((await postChannel(relay.origin, body)).status).toBe(200);
    const preflight = await fetch(`${relay.origin}/v1/channels`, { method: 'OPTIONS' });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toBe('content-type');
  });

  it.each([
    ['other keys', 409, 'channel-exists'],
    ['a signature for another relay', 403, 'bad-signature'],
    ['a signature of another key', 403, 'bad-signature'],
    ['a truncated body', 400, 'malformed-frame'],
    ['an empty body', 400, 'malformed-frame'],
    ['a body that is too large', 413, 'too-large'],
  ])('are refused for %s', async (what, status, code) => {
    const channel = newChannel();
    const good = creationOf(channel, relay.origin);
    if (status === 409) await postChannel(relay.origin, good);
    const bodies: Record<string, Uint8Array> = {
      'other keys': creationOf({ ...newChannel(), id: channel.id }, relay.origin),
      'a signature for another relay': creationOf(channel, 'https://relay.example'),
      'a signature of another key': creationOf(
        { ...channel, creator: { ...channel.creator, sign: newChannel().creator.sign } },
        relay.origin,
      ),
      'a truncated body': good.subarray(0, -1),
      'an empty body': new Uint8Array(0),
      'a body that is too large': bytes(100_000),
    };
    const response = await postChannel(relay.origin, bodies[what] as Uint8Array);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ code });
    expect(relay.lines).toContainEqual({ level: 'info', event: 'refused', fields: { request: 'create', code } });
  });

  it.each([
    ['in an hour', { creationsPerAddressHour: 1 }, 3_600],
    ['at once', { creationsAtOnce: 1 }, 3_600 / relayLimits.creationsPerAddressHour],
  ])('are refused beyond an address’s allowance %s, with a time to try again', async (_, limits, seconds) => {
    const limited = await startTestRelay({ limits });
    await postChannel(limited.origin, creationOf(newChannel(), limited.origin));
    const response = await postChannel(limited.origin, creationOf(newChannel(), limited.origin));
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe(String(seconds));
    expect(await response.json()).toEqual({ code: 'too-many-requests', retryAfterMs: seconds * 1_000 });
    await limited.stop();
  });

  it('are refused while nothing can be stored, and the relay says that it is not ready', async () => {
    const clock = { now: () => 1_700_000_000_000 };
    const store = await memoryStore(clock);
    const full = await startTestRelay({
      clock,
      store: Object.assign(Object.create(store), {
        keep: store.keep.bind(store),
        sweep: store.sweep.bind(store),
        create: () => Promise.reject(new AppError('storage-full')),
        probe: () => Promise.reject(new AppError('storage-full')),
      }),
    });
    const response = await postChannel(full.origin, creationOf(newChannel(), full.origin));
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: 'storage-full', retryAfterMs: 5_000 });
    expect((await fetch(`${full.origin}/readyz`)).status).toBe(503);
    expect((await fetch(`${full.origin}/healthz`)).status).toBe(200);
    await full.stop();
  });

  it('may be asked for readiness by anybody, as it is tried once a second', async () => {
    const clock = { nowMs: 1_700_000_000_000, now: () => clock.nowMs };
    const store = await memoryStore(clock);
    const probe = vi.spyOn(store, 'probe');
    const asked = await startTestRelay({ clock, store });
    const ask = () => fetch(`${asked.origin}/readyz`).then(({ status }) => status);
    expect(await Promise.all([ask(), ask(), ask()])).toEqual([200, 200, 200]);
    expect(probe).toHaveBeenCalledTimes(1);
    probe.mockRejectedValue(new AppError('storage-full'));
    clock.nowMs += 1_000;
    expect(await Promise.all([ask(), ask()])).toEqual([503, 503]);
    expect(probe).toHaveBeenCalledTimes(2);
    await asked.stop();
  });

  it('come with health, readiness and the push key', async () => {
    expect(await (await fetch(`${relay.origin}/healthz`)).text()).toBe('alive\n');
    expect(await (await fetch(`${relay.origin}/readyz`)).text()).toBe('ready\n');
    const { key } = (await (await fetch(`${relay.origin}/v1/push-key`)).json()) as { key: string };
    expect(Buffer.from(key, 'base64url')).toHaveLength(65);
  });

  it('are reached on localhost by IPv4 and by IPv6', async () => {
    const at = [`http://127.0.0.1:${relay.port}`, `http://[::1]:${relay.port}`];
    const reached = at.map((url) =>
      fetch(`${url}/healthz`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
    expect((await Promise.all(reached))[0]).toBe(true);
    const client = await RawClient.connect(relay.origin, at[0]);
    await client.fence();
  });

  it('refuse methods, paths and upgrades that are not theirs', async () => {
    expect((await fetch(`${relay.origin}/v1/channels`, { method: 'DELETE' })).status).toBe(405);
    expect((await fetch(`${relay.origin}/v1/other`)).status).toBe(404);
    await expect(RawClient.connect(relay.origin, `${relay.origin}/v2`)).rejects.toThrow('closed');
  });
});

describe('the phone app', () => {
  let directory: string;
  let relay: TestRelay;
  beforeAll(async () => {
    const outer = await mkdtemp(join(tmpdir(), 'tandem-phone-'));
    directory = join(outer, 'app');
    await mkdir(join(directory, 'assets'), { recursive: true });
    await writeFile(join(outer, 'secret.txt'), 'secret');
    await writeFile(join(directory, 'index.html'), '<!doctype html><title>Tandem</title>');
    await writeFile(join(directory, 'manifest.webmanifest'), '{}');
    await writeFile(join(directory, 'assets', 'app-1a2b3c.js'), 'export {};');
    relay = await startTestRelay({ phoneApp: directory });
  });
  afterAll(async () => {
    await relay.stop();
    await rm(join(directory, '..'), { recursive: true });
  });

  it.each(['/', '/pair', '/pair?x=1', '/index.html'])('is at %s, and lets nothing else in', async (path) => {
    const response = await fetch(relay.origin + path);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('<title>Tandem</title>');
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = response.headers.get('content-security-policy') ?? '';
    for (const rule of ["default-src 'self'", "connect-src 'self' ws: wss:", "frame-ancestors 'none'"]) {
      expect(policy).toContain(rule);
    }
    expect(policy).not.toContain('unsafe');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
    expect(response.headers.get('cache-control')).toBe('no-cache');
  });

  it('has its files with their types, those with a hash in their name for good', async () => {
    const script = await fetch(`${relay.origin}/assets/app-1a2b3c.js`);
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(script.headers.get('cache-control')).toContain('immutable');
    expect(script.headers.get('content-encoding')).toBe('gzip');
    expect(await script.text()).toBe('export {};');
    const manifest = await fetch(`${relay.origin}/manifest.webmanifest`);
    expect(manifest.headers.get('content-type')).toContain('application/manifest+json');
    const again = await fetch(`${relay.origin}/`, {
      headers: { 'if-none-match': (await fetch(`${relay.origin}/`)).headers.get('etag') as string },
    });
    expect(again.status).toBe(304);
    const head = await fetch(`${relay.origin}/`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  it.each([
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/assets/..\\..\\secret.txt',
    '//secret.txt',
    '/assets',
    '/assets/',
    '/__proto__',
    '/%00',
  ])('has nothing at %s', async (path) => {
    const { status, body } = await rawGet(relay.port, path);
    expect(status).toBe(404);
    expect(body).not.toContain('secret');
  });

  it('is refused by its name when a file of it cannot be read', async () => {
    const broken = await mkdtemp(join(tmpdir(), 'tandem-phone-'));
    await writeFile(join(broken, 'index.html'), '');
    // Nobody can read so large a file at once, whatever their rights.
    await writeFile(join(broken, 'large.js'), '');
    await truncate(join(broken, 'large.js'), 2 ** 32);
    await expect(startTestRelay({ phoneApp: broken })).rejects.toThrow(
      /The phone app in .* cannot be read: .*--phone-app/,
    );
    await rm(broken, { recursive: true });
  });

  it('is missed in one clear line', async () => {
    const bare = await startTestRelay({ phoneApp: join(directory, 'missing') });
    const response = await fetch(`${bare.origin}/`);
    expect(response.status).toBe(503);
    expect(await response.text()).toBe('The phone app is not built: run "npm run build" and start the relay again.\n');
    await bare.stop();
  });
});
