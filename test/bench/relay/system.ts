import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Bytes of each message's body: about a sealed request. */
export const bodyBytes = 512;

/** One sender and one receiver, each on a connection of its own. */
export interface Lane {
  /** Numbers are below 2^32 and used once. */
  send(number: number): void;
  /** Its sender need not say it again: the server has it, durably where it stores, or the receiver does. Once for each. */
  onAcknowledged(number: number): void;
  onDelivered(number: number): void;
}

/** A server under load. */
export interface RunningSystem {
  /** Ids of its processes, each with what it is. */
  readonly processes: Readonly<Record<string, number>>;
  lanes(count: number): Promise<Lane[]>;
  stop(): Promise<void>;
}

export interface System {
  readonly name: string;
  /** Why it cannot be measured here; null when it can. */
  missing(): string | null;
  start(): Promise<RunningSystem>;
}

/** `make` for each number below `count`, so many at once; in order. */
export async function inBatches<Made>(
  count: number,
  make: (at: number) => Promise<Made>,
  atOnce = 50,
): Promise<Made[]> {
  const made: Made[] = [];
  for (let from = 0; from < count; from += atOnce) {
    const batch = Array.from({ length: Math.min(atOnce, count - from) }, (_, at) => make(from + at));
    made.push(...(await Promise.all(batch)));
  }
  return made;
}

/** The port that a server of ours prints when it listens. */
export async function printedPort(child: ChildProcess): Promise<number> {
  const [chunk] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  return Number(/port (\d+)/.exec(chunk.toString())?.[1]);
}

export async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill(signal);
  await exit;
}
