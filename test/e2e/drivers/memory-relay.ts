import { type Relay, startRelay } from '../../../src/relay/server.ts';
import { memoryStore } from '../../../src/relay/stores/memory.ts';

const clock = { now: () => Date.now() };
const quiet = { info: () => undefined, warn: () => undefined, channel: () => '' };

/** A relay within this process that forgets everything at its end. `phoneApp`: directory of the built app; null: none is served. */
export async function startMemoryRelay(phoneApp: string | null = null): Promise<Relay> {
  return startRelay({
    port: 0,
    store: await memoryStore(clock),
    phoneApp,
    clock,
    random: (length) => crypto.getRandomValues(new Uint8Array(length)),
    log: quiet,
  });
}
