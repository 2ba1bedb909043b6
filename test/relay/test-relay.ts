import type { Log } from '../../src/relay/log.ts';
import { type RelayOptions, startRelay } from '../../src/relay/server.ts';
import { memoryStore } from '../../src/relay/stores/memory.ts';
import { bytes } from './raw-client.ts';

/** A log that nobody reads. */
export const quietLog: Log = { info: () => undefined, warn: () => undefined, channel: () => 'hashed' };

/** A relay in this process whose clock the test moves; sweeps come quickly. */
export async function startTestRelay(options: Partial<RelayOptions> = {}) {
  const clock = {
    nowMs: 1_700_000_000_000,
    now: () => clock.nowMs,
  };
  const lines: { level: string; event: string; fields: unknown }[] = [];
  const relay = await startRelay({
    port: 0,
    store: await memoryStore(clock),
    phoneApp: null,
    clock,
    random: (length) => new Uint8Array(bytes(length)),
    log: {
      info: (event, fields) => void lines.push({ level: 'info', event, fields }),
      warn: (event, fields) => void lines.push({ level: 'warn', event, fields }),
      channel: () => 'hashed',
    },
    ...options,
    limits: { sweepMs: 10, ...options.limits },
  });
  return { ...relay, clock, lines };
}

export type TestRelay = Awaited<ReturnType<typeof startTestRelay>>;
