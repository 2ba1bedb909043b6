import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const main = fileURLToPath(new URL('../../src/identity-provider/main.ts', import.meta.url));
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tandem-main-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

interface Ended {
  code: number | null;
  out: string;
  err: string;
}

/** Runs it to its end; `onLine` sees what it prints meanwhile. */
function run(args: string[], onLine: (line: string, stop: () => void) => void = () => undefined): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, ['--import', 'tsx', main, ...args], (_, out, err) =>
      resolve({ code: child.exitCode, out, err }),
    );
    child.stdout?.on('data', (line: string) => onLine(line, () => child.kill('SIGTERM')));
  });
}

describe('main', () => {
  it('serves until it is told to stop', async () => {
    writeFileSync(join(directory, 'index.html'), '<!doctype html>');
    const args = ['--port', '0', '--data', join(directory, 'data'), '--pages', directory];
    const { code, out } = await run(args, (_, stop) => stop());
    expect(JSON.parse(out)).toMatchObject({
      event: 'listening',
      origin: expect.stringMatching(/^http:\/\/localhost:\d/),
    });
    expect(code).toBe(0);
  });

  it('says when its port is taken', async () => {
    writeFileSync(join(directory, 'index.html'), '<!doctype html>');
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const args = ['--port', String(port), '--data', join(directory, 'data'), '--pages', directory];
    expect(await run(args)).toMatchObject({
      code: 2,
      err: `Port ${port} is taken. Choose another with --port.\n`,
    });
    await new Promise((resolve) => other.close(resolve));
  });

  it('says when it has no pages or cannot store, and helps', async () => {
    const missing = await run(['--pages', directory]);
    writeFileSync(join(directory, 'index.html'), '<!doctype html>');
    const nowhere = await run(['--port', '0', '--pages', directory, '--data', '/proc/nope']);
    expect(nowhere).toMatchObject({ code: 2, err: expect.stringMatching(/^Cannot store there: E.* --data\.\n$/) });
    expect(missing).toMatchObject({ code: 2, err: expect.stringContaining('npm run build') });
    expect(await run(['--help'])).toMatchObject({ code: 0, out: expect.stringContaining('--phone-origin') });
  });
});
