import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { openLmdbStore } from '../identity-provider/lmdb-store.ts';
import { startIdentityProvider } from '../identity-provider/server.ts';
import { structuredLog } from '../relay/log.ts';
import { startRelay } from '../relay/server.ts';
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

/** The relay with the phone app, and the identity provider. Rejects with Node's own error when a port is taken. */
export async function startServers(options: ServersOptions): Promise<Servers> {
  const clock = { now: () => Date.now() };
  const random = (length: number) => new Uint8Array(randomBytes(length));
  const relayStore = await lmdbStore(join(options.data, 'relay'), clock);
  const relay = await startRelay({
    port: options.relayPort,
    ...(options.publicUrl === null ? {} : { origin: options.publicUrl }),
    store: relayStore,
    phoneApp: join(options.dist, 'phone'),
    clock,
    random,
    log: structuredLog({ destination: { write: options.write }, level: 'info', clock, random }),
  });
  const accounts = openLmdbStore(join(options.data, 'identity-provider'));
  const provider = await startIdentityProvider({
    port: options.providerPort,
    phoneOrigins: [relay.origin],
    store: accounts,
    clock,
    random,
    pages: join(options.dist, 'identity-provider'),
    log: (event, facts) => options.write(`${JSON.stringify({ event, ...facts })}\n`),
  });
  return {
    relay: relay.origin,
    provider: provider.origin,
    async stop() {
      await Promise.all([relay.stop(), provider.stop()]);
      await Promise.all([relayStore.close(), accounts.close()]);
    },
  };
}
