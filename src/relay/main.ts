import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import pino from 'pino';
import { AppError } from '../core/errors.ts';
import { readCertificate } from './certificate.ts';
import { keepShortLivedYoung } from './collector.ts';
import { help, parseConfig, type RelayConfig } from './config.ts';
import { doctor } from './doctor/doctor.ts';
import { relayLimits } from './limits.ts';
import { type Log, structuredLog } from './log.ts';
import { prometheusMetrics } from './metrics.ts';
import { serveMetrics } from './metrics-server.ts';
import { startRelay } from './server.ts';
import { soleUse } from './stores/lmdb/sole-use.ts';
import { lmdbStore } from './stores/lmdb.ts';
import type { MailboxStore } from './stores/mailbox-store.ts';
import { version } from './version.ts';

const clock = { now: () => Date.now() };
const random = (length: number) => new Uint8Array(randomBytes(length));

async function run(config: RelayConfig): Promise<void> {
  const metrics = prometheusMetrics(clock);
  const destination = pino.destination({ fd: 2, sync: true });
  const log = metrics.counting(structuredLog({ destination, level: config.logLevel, clock, random }));
  const release = config.redis.length === 0 ? await soleUse(config.data) : async () => undefined;
  const store = await openStore(config, log, metrics.expired);
  if (!existsSync(join(config.phoneApp, 'index.html')))
    log.warn('no-phone-app', {
      error: `none in ${config.phoneApp}: "npm run build" makes it, --phone-app says where it is`,
    });
  const { origin, tls, port, host, phoneApp, trustedProxies, proxyHeader } = config;
  const relay = await startRelay({
    ...{ port, host, phoneApp, trustedProxies, proxyHeader, store, clock, random, log, metrics },
    ...(origin !== null && { origin }),
    ...(tls && { certificate: readCertificate(tls) }),
  });
  const figures =
    config.metricsPort === null
      ? null
      : await serveMetrics({
          host: config.metricsHost,
          port: config.metricsPort,
          relay,
          metrics,
          log,
          limits: relayLimits,
        });
  process.on('SIGHUP', () => {
    if (tls) renewed(relay, tls, log);
  });
  const stop = async () => {
    await relay.stop();
    await figures?.stop();
    await store.close();
    await release();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop());
  // Whoever reads it may send a signal at once.
  printLine(`Tandem relay: ${relay.origin} (port ${relay.port})`);
  if (figures) printLine(`Metrics: http://${config.metricsHost}:${figures.port}/metrics`);
}

async function openStore(
  { data, redis, redisMayLose }: RelayConfig,
  log: Log,
  expired: (count: number) => void,
): Promise<MailboxStore> {
  const trouble = (thrown: unknown) => log.warn('store', { error: String(thrown) });
  if (redis.length === 0) return lmdbStore(data, clock, { expired, trouble });
  const { redisStore } = await import('./stores/redis.ts');
  return redisStore({ urls: redis, allowLoss: redisMayLose }, { clock, random, log, expired });
}

/** A certificate that cannot be used leaves the one before in use. */
function renewed(relay: Awaited<ReturnType<typeof startRelay>>, tls: NonNullable<RelayConfig['tls']>, log: Log): void {
  try {
    relay.renew(readCertificate(tls));
    log.info('certificate-renewed');
  } catch (thrown) {
    log.warn('certificate-refused', { error: String(thrown) });
  }
}

/** Codes of a directory in which it cannot store. */
const unusable: ReadonlySet<string> = new Set([
  ...['EACCES', 'EDQUOT', 'EEXIST', 'EINVAL', 'EISDIR', 'ELOOP', 'ENAMETOOLONG', 'ENOENT', 'ENOSPC', 'ENOTDIR'],
  // Some file systems hold no sockets.
  ...['EOPNOTSUPP', 'EPERM', 'EROFS'],
]);

/** One line for whoever started it; what is not foreseen keeps its stack. */
function explain(thrown: unknown): string {
  const { code, port, syscall, address } = thrown as NodeJS.ErrnoException & { port?: number; address?: string };
  if (code === 'EADDRINUSE') {
    return `Port ${port} is taken. Choose another with --port (or --metrics-port), or stop what uses it.`;
  }
  const { message } = thrown as Error;
  // The socket in its directory has a path for its address.
  if (syscall === 'getaddrinfo' || (syscall === 'listen' && !address?.includes('/'))) {
    return code === 'EACCES'
      ? `Not allowed to listen at port ${port}. Choose one from 1024 on with --port and put a proxy before it, or give it CAP_NET_BIND_SERVICE.`
      : `Cannot listen there: ${message}. Choose an address of this computer with --host (or --metrics-host).`;
  }
  if (code !== undefined && unusable.has(code))
    return `Cannot store there: ${message}. Choose a directory that this user may write to with --data.`;
  if (code?.startsWith('ERR_OSSL')) return `The certificate and its key cannot be used: ${message}`;
  if (thrown instanceof AppError) return thrown.message.replace(`${thrown.code}: `, '');
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}

const args = process.argv.slice(2);
const isDoctor = args[0] === 'doctor';
/** As a shell reports a program that SIGPIPE ended. */
const brokenPipeExit = 128 + 13;
process.stdout.on('error', (thrown: NodeJS.ErrnoException) => {
  if (thrown.code !== 'EPIPE') fail(new AppError('unexpected', `Nothing can be printed: ${thrown.message}`));
  // Whoever read it has enough (`| head -1`). The doctor has nothing else to do; whoever serves goes on.
  if (isDoctor) process.exit(brokenPipeExit);
});
// What it stores is nobody else's to read, whatever the directory allows.
process.umask(0o077);
keepShortLivedYoung();
try {
  if (isDoctor) process.exit(await doctor(args.slice(1), { clock, random, print: printLine }));
  const config = parseConfig(args, process.env);
  if (config === 'help') process.stdout.write(help);
  else if (config === 'version') printLine(version);
  else await run(config);
} catch (thrown) {
  fail(thrown);
}

function fail(thrown: unknown): never {
  process.stderr.write(`${explain(thrown)}\n`);
  process.exit(1);
}

function printLine(line: string): void {
  process.stdout.write(`${line}\n`);
}
