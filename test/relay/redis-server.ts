import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Redis } from 'ioredis';
import { vi } from 'vitest';
import { read } from '../house/source.ts';

/** Where a redis-server of 7 or newer is; null where none is, and then `reason` says so. */
export const redisProgram = process.env.REDIS_SERVER_PATH ?? 'redis-server';
export const hasRedis = spawnSync(redisProgram, ['--version'], { stdio: 'ignore' }).status === 0;
if (!hasRedis)
  process.stderr.write('Redis is not tested: redis-server is missing (on Debian: apt-get install redis-server).\n');

const children = new Set<ChildProcess>();
// A worker that is ended in the middle of a test leaves nothing behind.
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

/**
 * Ports that are free, below those that systems give to outgoing connections (Linux: from 32768 on): one of which the server is
 * away for a while is still free when it comes back.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = randomInt(20_000, 32_000);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw thrown;
  }
  await once(server.close(), 'close');
  return true;
}

export interface RedisServer {
  url: string;
  port: number;
  /** A client for the test's own use. */
  client: Redis;
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Starts it again, at the same port and with the same files. */
  again(): Promise<void>;
  end(): Promise<void>;
}

/** The real Redis, on loopback and in a directory of its own, with an append-only file unless `args` say otherwise. */
export async function startRedis(args: readonly string[] = []): Promise<RedisServer> {
  const directory = await mkdtemp(join(tmpdir(), 'tandem-redis-'));
  let child: ChildProcess;
  const launch = async (port: number, busPort: number) => {
    child = spawn(
      redisProgram,
      ['--port', String(port), '--cluster-port', String(busPort), '--bind', '127.0.0.1', '--dir', directory].concat(
        ['--save', '', '--appendonly', 'yes', '--loglevel', 'warning'],
        args,
      ),
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    await once(child, 'spawn');
    children.add(child);
  };
  const kill = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
    children.delete(child);
  };
  /** Whether it is what answers there: it has ended where somebody had one of its ports first, who may be a Redis too. */
  const isUp = async (client: Redis) => {
    const ended = once(child, 'exit').then(() => []);
    const [, its] = (await Promise.race([client.config('GET', 'dir'), ended])) as string[];
    return its?.endsWith(basename(directory)) ?? false;
  };
  const begin = async () => {
    for (;;) {
      const [port = 0, busPort = 0] = await freePorts(2);
      await launch(port, busPort);
      const client = new Redis(port, '127.0.0.1', { retryStrategy: () => 20, maxRetriesPerRequest: null });
      client.on('error', () => undefined);
      if (await isUp(client)) return { port, busPort, client };
      client.disconnect();
    }
  };
  const { port, busPort, client } = await begin();
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    client,
    kill,
    async again() {
      await launch(port, busPort);
      if (!(await isUp(client))) throw new Error(`somebody else has port ${port} or ${busPort} now`);
    },
    async end() {
      client.disconnect();
      await kill('SIGKILL');
      await rm(directory, { recursive: true });
    },
  };
}

/**
 * A node of a cluster, for which the others are gone when they are silent for a second. A replica takes its primary's place
 * however long that has been away: for a machine with much to do it may be longer than a replica waits by itself.
 */
export function startClusterNode(): Promise<RedisServer> {
  return startRedis([
    ...['--cluster-enabled', 'yes', '--cluster-node-timeout', '1000', '--cluster-replica-validity-factor', '0'],
  ]);
}

/** A cluster of three, each with a third of the slots. */
export async function startRedisCluster(): Promise<RedisServer[]> {
  const nodes = await Promise.all([0, 1, 2].map(() => startClusterNode()));
  const [first, ...others] = nodes as [RedisServer, RedisServer, RedisServer];
  const share = Math.ceil(16_384 / nodes.length);
  for (const [at, { client }] of nodes.entries()) {
    await client.call('cluster', 'addslotsrange', at * share, Math.min((at + 1) * share, 16_384) - 1);
  }
  for (const { client, port } of others) {
    const info = (await client.call('config', 'get', 'cluster-port')) as [string, string];
    await first.client.call('cluster', 'meet', '127.0.0.1', port, info[1]);
  }
  await vi.waitFor(
    async () => {
      const infos = await Promise.all(nodes.map(({ client }) => client.call('cluster', 'info') as Promise<string>));
      const isWhole = (info: string) => info.includes('cluster_state:ok') && info.includes('cluster_known_nodes:3');
      if (!infos.every(isWhole)) throw new Error(`not whole: ${infos.join('\n')}`);
    },
    { timeout: 20_000 },
  );
  return nodes;
}

/** Has it know a user with the rights that docs/operate.md gives to relays; gives the URL of that user. */
export async function userOf({ client, port }: RedisServer): Promise<string> {
  const [, rights = ''] = /ACL SETUSER tandem on >PASSWORD (.+)/.exec(read('docs/operate.md')) ?? [];
  await client.call('ACL', 'SETUSER', 'tandem', 'on', '>secret', ...rights.split(' '));
  return `redis://tandem:secret@127.0.0.1:${port}`;
}

/** What that user was not allowed to do. */
export async function forbidden({ client }: RedisServer): Promise<unknown[]> {
  const entries = (await client.call('ACL', 'LOG')) as unknown[][];
  return entries.filter((entry) => entry.includes('tandem'));
}
