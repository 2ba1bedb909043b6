// The relay as it is, on its embedded store in the directory given, with limits for a load that comes from one address.
import { randomBytes } from 'node:crypto';
import { startRelay } from '../../../../src/relay/server.ts';
import { lmdbStore } from '../../../../src/relay/stores/lmdb.ts';

const [directory = '', port = '0'] = process.argv.slice(2);
const clock = { now: () => Date.now() };
const silent = { info: () => undefined, warn: () => undefined, channel: () => '' };
const most = 1e9;

const store = await lmdbStore(directory, clock);
const relay = await startRelay({
  port: Number(port),
  host: '127.0.0.1',
  origin: 'http://localhost',
  store,
  phoneApp: null,
  clock,
  random: (length) => new Uint8Array(randomBytes(length)),
  log: silent,
  limits: {
    socketsPerAddress: most,
    creationsPerAddressHour: most,
    attachFailuresPerAddressMinute: most,
    putsPerChannelMinute: most,
  },
});
process.stdout.write(`port ${relay.port}\n`);
