import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../src/relay/main.ts', import.meta.url));

export interface RelayProcess {
  child: ChildProcess;
  origin: string;
  port: number;
  /** What it has logged so far. */
  log(): string;
}

/** The relay's command line with these arguments. */
export function spawnRelay(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** The real relay in a process of its own, once it listens. */
export async function relayProcess(args: readonly string[]): Promise<RelayProcess> {
  const child = spawnRelay(args);
  let log = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  const origin = await new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      const [, found] = /Tandem relay: (\S+)/.exec(chunk.toString()) ?? [];
      if (found) resolve(found);
    });
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${log}`)));
  });
  return { child, origin, port: Number(new URL(origin).port), log: () => log };
}

/** Exit code and everything that was printed. */
export async function finished(child: ChildProcess): Promise<{ code: number | null; out: string; err: string }> {
  const printed = { out: '', err: '' };
  child.stdout?.on('data', (chunk: Buffer) => {
    printed.out += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    printed.err += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...printed };
}
