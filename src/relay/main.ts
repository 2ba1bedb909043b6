import { randomBytes } from 'node:crypto';
import { AppError } from '../core/errors.ts';
import { help, parseConfig, type RelayConfig } from './config.ts';
import { jsonLog } from './log.ts';
import { startRelay } from './server.ts';
import { lmdbStore } from './stores/lmdb.ts';

const clock = { now: () => Date.now() };
const random = (length: number) => new Uint8Array(randomBytes(length));

async function run({ origin, data, redis, redisMayLose, ...config }: RelayConfig): Promise<void> {
  const log = jsonLog({ write: (line) => process.stderr.write(line), clock, random });
  const store =
    redis.length === 0
      ? await lmdbStore(data, clock)
      : await (await import('./stores/redis.ts')).redisStore(
          { urls: redis, allowLoss: redisMayLose },
          { clock, random, log },
        );
  const relay = await startRelay({ ...config, ...(origin !== null && { origin }), store, clock, random, log });
  process.stdout.write(`Tandem relay: ${relay.origin} (port ${relay.port})\n`);
  const stop = async () => {
    await relay.stop();
    await store.close();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop());
}

/** One line for whoever started it; what is not foreseen keeps its stack. */
function explain(thrown: unknown): string {
  const { code, port } = thrown as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE') return `Port ${port} is taken. Choose another with --port, or stop what uses it.`;
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL')
    return `Cannot listen or store there: ${(thrown as Error).message}`;
  if (thrown instanceof AppError) return thrown.message.replace(`${thrown.code}: `, '');
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}

try {
  const config = parseConfig(process.argv.slice(2), process.env);
  if (config === 'help') process.stdout.write(help);
  else await run(config);
} catch (thrown) {
  process.stderr.write(`${explain(thrown)}\n`);
  process.exit(1);
}
