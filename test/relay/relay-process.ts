import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Rolldown } from 'vite';
import { root } from '../house/source.ts';

/**
 * The relay as one file: through tsx, as people start it, each start takes twice the processor time. It lies where packages are
 * found; each worker makes it anew, in one step, as others may be starting theirs.
 */
const program = join(root, 'node_modules', '.relay-under-test.mjs');
const { output } = (await build({
  configFile: false,
  root,
  logLevel: 'error',
  build: {
    ...{ ssr: 'src/relay/main.ts', target: 'node20', minify: false, write: false },
    rolldownOptions: { output: { codeSplitting: false } },
  },
})) as Rolldown.RolldownOutput;
const fresh = `${program}.${randomUUID()}`;
writeFileSync(fresh, output[0].code);
renameSync(fresh, program);

export interface RelayProcess {
  child: ChildProcess;
  origin: string;
  port: number;
  /** Where it is reached, whatever its origin is. */
  at: string;
  /** What it has logged so far. */
  log(): string;
}

/** The relay's command line with these arguments. */
export function spawnRelay(args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  const options = { stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } };
  return spawn(process.execPath, [program, ...args], options);
}

/** The real relay in a process of its own, once it listens. */
export async function relayProcess(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<RelayProcess> {
  const child = spawnRelay(args, env);
  let log = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  const said = await new Promise<RegExpExecArray>((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      const found = /Tandem relay: (\S+) \(port (\d+)\)/.exec(chunk.toString());
      if (found) resolve(found);
    });
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${log}`)));
  });
  const [, origin = '', port] = said;
  return { child, origin, port: Number(port), at: `http://localhost:${port}`, log: () => log };
}

/** Exit code, null when the signal ended it; at once for one that has ended. */
export async function end({ child }: RelayProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  child.kill(signal);
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
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
