import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { doctor } from '../../src/relay/doctor/doctor.ts';
import { memoryStore } from '../../src/relay/stores/memory.ts';
import { bytes } from './raw-client.ts';
import { testCertificate } from './test-certificate.ts';
import { startTestRelay } from './test-relay.ts';

const random = (length: number) => new Uint8Array(bytes(length));
const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

/** What the doctor prints of a place, and its exit code; its own clock is `aheadMs` ahead. */
async function examined(origin: string, aheadMs = 0): Promise<{ code: number; said: string }> {
  const lines: string[] = [];
  const clock = { now: () => 1_700_000_000_000 + aheadMs };
  const code = await doctor([origin], { clock, random, print: (line) => void lines.push(line) });
  return { code, said: lines.join('\n') };
}

async function server(answer: Server): Promise<string> {
  answer.listen(0, 'localhost');
  await once(answer, 'listening');
  cleanUps.push(async () => {
    answer.close();
    answer.closeAllConnections();
  });
  return `http://localhost:${(answer.address() as AddressInfo).port}`;
}

it('finds a clock that is wrong, on either side', async () => {
  const relay = await startTestRelay();
  cleanUps.push(relay.stop);
  for (const [aheadMs, says] of [
    [60_000, '60000 ms behind this computer'],
    [-60_000, '60000 ms ahead of this computer'],
  ] as const) {
    const { code, said } = await examined(relay.origin, aheadMs);
    expect([code, said]).toEqual([1, expect.stringContaining(`WRONG  clock: ${says}\n         Set the clock`)]);
  }
  const { said } = await examined(relay.origin, 4_000);
  expect(said).toContain('well   clock: 4000 ms behind');
});

it('says once what keeps it from asking anything else', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tandem-doctor-'));
  cleanUps.push(() => rm(folder, { recursive: true }));
  const { certificate, key } = testCertificate(folder);
  const untrusted = createTlsServer({ cert: await readFile(certificate), key: await readFile(key) });
  const origin = (await server(untrusted)).replace('http', 'https');
  const { code, said } = await examined(origin);
  expect(code).toBe(1);
  expect(said.match(/^WRONG .*/gm)).toEqual([expect.stringMatching(/^WRONG {2}TLS: .*self-signed/)]);
  expect(said).toContain('Not asked, as that comes first: HTTP, store, WebSocket, clock, messages, push.');
});

it('finds a relay that cannot store', async () => {
  const store = await memoryStore({ now: () => 1_700_000_000_000 });
  store.probe = () => Promise.reject(new Error('no room'));
  const relay = await startTestRelay({ store });
  cleanUps.push(relay.stop);
  const { code, said } = await examined(relay.origin);
  expect(code).toBe(1);
  expect(said).toContain('WRONG  store: /readyz answers 503\n         The relay cannot store');
});

it('finds a proxy that does not pass on the upgrade, and something else that answers', async () => {
  const relay = await startTestRelay();
  cleanUps.push(relay.stop);
  const passesOn = createServer(async (request, response) => {
    const answer = await fetch(`${relay.origin}${request.url}`);
    response.writeHead(answer.status).end(await answer.text());
  });
  const { said } = await examined(await server(passesOn));
  expect(said).toContain('well   HTTP: ');
  expect(said).toMatch(/WRONG {2}WebSocket: .*\n {9}The proxy must pass on Upgrade and Connection/);

  const without = createServer((_, response) => response.writeHead(502).end('<html>\n<h1>Bad Gateway</h1>\n</html>'));
  const alone = (await examined(await server(without))).said;
  expect(alone).toContain('WRONG  HTTP: /healthz answers 502\n         The proxy does not reach the relay');
  expect(alone).toContain('could not be created: 502 <html> <h1>Bad Gateway</h1> </html>\n');

  const other = await examined(await server(createServer((_, response) => response.writeHead(404).end())));
  expect(other.said).toContain('WRONG  HTTP: /healthz answers 404\n         Something else answers there');
});

it('finds a WebSocket of something else, whatever that says', async () => {
  const web = createServer((_, response) => response.end());
  const sockets = new WebSocketServer({ server: web });
  sockets.on('connection', (socket) => socket.send('welcome to the chat'));
  const { code, said } = await examined(await server(web));
  expect(code).toBe(1);
  expect(said).toContain('WRONG  WebSocket: what answers there speaks WebSocket, but not as a relay does\n');
});
