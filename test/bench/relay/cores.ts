import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpus } from 'node:os';

/** The server has a core of its own, and the load another. */
const serverCore = 0;
const loadCore = 1;

/** Whether a server of several processes can have a core for each of its three. */
export const hasCoreForEach = cpus().length >= 4;

function hasTaskset(): boolean {
  return cpus().length > 1 && spawnSync('taskset', ['--version']).status === 0;
}

/** Keeps this process on the load's core. False where there is no `taskset`, or only one core. */
export function pinLoad(): boolean {
  if (!hasTaskset()) return false;
  return (
    spawnSync('taskset', ['--all-tasks', '--cpu-list', '--pid', String(loadCore), String(process.pid)]).status === 0
  );
}

/**
 * Starts a program, with its threads, on the server's core, or the `beside`-th process of a server on one of its own
 * where there are so many. What it prints on stderr is this process's.
 */
export function spawnServer(
  command: readonly [string, ...string[]],
  { env = {}, beside = 0 }: { env?: NodeJS.ProcessEnv; beside?: number } = {},
): ChildProcess {
  const core = beside > 0 && hasCoreForEach ? loadCore + beside : serverCore;
  const pinned = hasTaskset() ? ['taskset', '--cpu-list', String(core), ...command] : [...command];
  const [program, ...args] = pinned as [string, ...string[]];
  return spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env } });
}
