import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startServers } from '../../src/demo/servers.ts';

it('both servers run or none does, and nobody else has their data: what is left of one would keep the demo from ending', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-demo-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'identity-provider'));
  writeFileSync(join(folder, 'identity-provider', 'index.html'), '<!doctype html>');
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const lines: string[] = [];
  const options = {
    relayPort: 0,
    publicUrl: null,
    data: folder,
    dist: folder,
    write: (line: string) => void lines.push(line),
  };
  await expect(startServers({ ...options, providerPort: port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  expect(lines.join('')).toMatch(/"listening".*"stopped"/s);
  other.close();
  await once(other, 'close');
  const servers = await startServers({ ...options, providerPort: port });
  expect(await (await fetch(`${servers.relay}/healthz`)).text()).toBe('alive\n');
  await expect(startServers({ ...options, providerPort: 0 })).rejects.toMatchObject({ code: 'not-allowed' });
  await servers.stop();
  await expect(fetch(`${servers.relay}/healthz`)).rejects.toThrow();
});
