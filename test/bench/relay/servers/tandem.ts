// The relay as it is, on its embedded store in the directory given, or over the Redis whose URL is given, with limits for a load that comes from one address.
import { randomBytes } from 'node:crypto';
import { keepShortLivedYoung } from '../../../../src/relay/collector.ts';
import { prometheusMetrics } from '../../../../src/relay/metrics.ts';
import { startRelay } from '../../../../src/relay/server.ts';
import { lmdbStore } from '../../../../src/relay/stores/lmdb.ts';
import { redisStore } from '../../../../src/relay/stores/redis.ts';

keepShortLivedYoung();
const [storage = '', port = '0'] = process.argv.slice(2);
const clock = { now: () => Date.now() };
const random = (length: number) => new Uint8Array(randomBytes(length));
const silent = { info: () => undefined, warn: () => undefined, channel: () => '' };
const most = 1e9;

const store = storage.startsWith('redis:')
  ? await redisStore({ urls: [storage], allowLoss: false }, { clock, random, log: silent })
  : await lmdbStore(storage, clock);
const relay = await startRelay({
  port: Number(port),
  host: '127.0.0.1',
  origin: 'http://localhost',
  store,
  phoneApp: null,
  clock,
  random,
  log: silent,
  metrics: prometheusMetrics(clock),
  limits: {
    socketsPerAddress: most,
    connectionsPerAddress: most,
    creationsPerAddressHour: most,
    creationsAtOnce: most,
    heldBytesPerAddress: most,
    attachFailuresPerAddressMinute: most,
    putsPerChannelMinute: most,
    putsToPhoneMinute: most,
    requestsPerSocketMinute: most,
  },
});
process.stdout.write(`port ${relay.port}\n`);
// Garbage is the collector's to take away when it likes; what is asked is what has to stay.
process.on('SIGUSR2', () => globalThis.gc?.());
