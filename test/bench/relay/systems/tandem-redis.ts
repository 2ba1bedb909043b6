import { type ChildProcess, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { spawnServer } from '../cores.ts';
import { answers, freePort } from '../port.ts';
import { ended, inBatches, type RunningSystem, type System } from '../system.ts';
import { lane, startServer } from './tandem.ts';

const program = process.env.REDIS_SERVER_PATH ?? 'redis-server';

async function startRedis(): Promise<{ url: string; child: ChildProcess; stop(): Promise<void> }> {
  const directory = mkdtempSync(join(tmpdir(), 'tandem-bench-'));
  const port = await freePort();
  const durable = ['--appendonly', 'yes', '--appendfsync', 'everysec', '--save', ''];
  const address = ['--port', String(port), '--bind', '127.0.0.1'];
  const child = spawnServer([program, ...address, '--dir', directory, ...durable], { beside: 1 });
  // Unread, its log would fill the pipe and stop it.
  child.stdout?.resume();
  while (!(await answers(port))) await after(50);
  return {
    url: `redis://127.0.0.1:${port}`,
    child,
    async stop() {
      await ended(child, 'SIGKILL');
      rmSync(directory, { recursive: true });
    },
  };
}

/** So many relays over one Redis with an append-only file; senders and receivers on different ones where there are two. */
export function tandemOverRedis(relays: 1 | 2): System {
  return {
    name: relays === 1 ? 'tandem over Redis' : 'two processes over Redis',
    missing: () =>
      spawnSync(program, ['--version']).status === 0
        ? null
        : 'Redis is left out: redis-server is not installed (Debian: apt install redis-server).',
    async start(): Promise<RunningSystem> {
      const redis = await startRedis();
      const servers = await inBatches(relays, (at) => startServer(redis.url, 0, { beside: at * 2 }));
      const ports = servers.map(({ port }) => port);
      return {
        processes: {
          Redis: redis.child.pid as number,
          ...Object.fromEntries(servers.map(({ child }, at) => [`relay ${at + 1}`, child.pid as number])),
        },
        lanes: (count) =>
          inBatches(count, (at) => lane(ports[at % relays] as number, ports[(at + 1) % relays] as number)),
        async stop() {
          for (const { child } of servers) await ended(child, 'SIGKILL');
          await redis.stop();
        },
      };
    },
  };
}
