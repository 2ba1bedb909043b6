import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { openLmdbStore } from '../identity-provider/lmdb-store.ts';
import { startIdentityProvider } from '../identity-provider/server.ts';
import { structuredLog } from '../relay/log.ts';
import { startRelay } from '../relay/server.ts';
import { soleUse } from '../relay/stores/lmdb/sole-use.ts';
import { lmdbStore } from '../relay/stores/lmdb.ts';

export interface ServersOptions {
  relayPort: number;
  providerPort: number;
  /** Where phones on other devices find the relay; null: on this computer. */
  publicUrl: string | null;
  /** Directory of what both keep. */
  data: string;
  /** Directory of what was built. */
  dist: string;
  /** Takes each line that the relay logs. */
  write: (line: string) => void;
}

export interface Servers {
  relay: string;
  provider: string;
  stop(): Promise<void>;
}

/**
 * The relay with the phone app, and the identity provider: both or none. Rejects with Node's own error when a port is taken, with
 * `not-allowed` when another process has the data.
 */
export async function startServers(options: ServersOptions): Promise<Servers> {
  const ends: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  try {
    return { ...(await start(options, ends)), stop };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

/** `ends` takes how each that was started is ended, in this order. */
async function start(options: ServersOptions, ends: (() => Promise<void>)[]): Promise<Omit<Servers, 'stop'>> {
  const clock = { now: () => Date.now() };
  const random = (length: number) => new Uint8Array(randomBytes(length));
  // Before anything of another `npm start` is touched.
  ends.push(await soleUse(join(options.data, 'relay')));
  const relayStore = await lmdbStore(join(options.data, 'relay'), clock);
  ends.push(() => relayStore.close());
  const relay = await startRelay({
    port: options.relayPort,
    ...(options.publicUrl === null ? {} : { origin: options.publicUrl }),
    store: relayStore,
    phoneApp: join(options.dist, 'phone'),
    clock,
    random,
    log: structuredLog({ destination: { write: options.write }, level: 'info', clock, random }),
  });
  ends.push(() => relay.stop());
  const accounts = openLmdbStore(join(options.data, 'identity-provider'));
  ends.push(() => accounts.close());
  const provider = await startIdentityProvider({
    port: options.providerPort,
    phoneOrigins: [relay.origin],
    store: accounts,
    clock,
    random,
    pages: join(options.dist, 'identity-provider'),
    log: (event, facts) => options.write(`${JSON.stringify({ event, ...facts })}\n`),
  });
  ends.push(() => provider.stop());
  return { relay: relay.origin, provider: provider.origin };
}
