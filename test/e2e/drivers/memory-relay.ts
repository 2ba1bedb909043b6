import { type Relay, startRelay } from '../../../src/relay/server.ts';
import { memoryStore } from '../../../src/relay/stores/memory.ts';

const clock = { now: () => Date.now() };
const quiet = { info: () => undefined, warn: () => undefined, channel: () => '' };

/** A relay within this process that forgets everything at its end, and serves no phone app. */
export async function startMemoryRelay(): Promise<Relay> {
  return startRelay({
    port: 0,
    store: await memoryStore(clock),
    phoneApp: null,
    clock,
    random: (length) => crypto.getRandomValues(new Uint8Array(length)),
    log: quiet,
  });
}
