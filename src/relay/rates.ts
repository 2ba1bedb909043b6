import { RateLimit } from '../core/rate-limit.ts';
import type { RelayLimits } from './limits.ts';

const hourMs = 3_600_000;
const minuteMs = 60_000;
const dayMs = 24 * hourMs;

/** What may happen so often in a time, each by its key; how often is in `limits.ts`. Counted by each process for itself. */
export function ratesOf(limits: RelayLimits) {
  const limit = (most: number, spanMs: number) => new RateLimit(most, spanMs, limits.keysPerRate);
  const creationsAtOnce = Math.min(limits.creationsAtOnce, limits.creationsPerAddressHour);
  return {
    /** By address. */
    creations: limit(creationsAtOnce, (hourMs * creationsAtOnce) / limits.creationsPerAddressHour),
    /** By address. */
    attachFailures: limit(limits.attachFailuresPerAddressMinute, minuteMs),
    /** By connection. */
    requests: limit(limits.requestsPerSocketMinute, minuteMs),
    /** By channel; one that is larger than `bytesPerPut` counts as several. */
    puts: limit(limits.putsPerChannelMinute, minuteMs),
    /** By channel: from its creator, the browser, to its joiner, the phone. */
    putsToPhone: limit(limits.putsToPhoneMinute, minuteMs),
    /** By channel: bytes for a day. */
    heldByChannel: limit(limits.heldBytesPerChannel, dayMs),
    /** By address: bytes for a day, beyond what their channels may have. */
    heldByAddress: limit(limits.heldBytesPerAddress, dayMs),
    /** By channel. */
    subscriptions: limit(limits.subscriptionsPerChannelHour, hourMs),
    /** By endpoint of a push service. */
    pushes: limit(limits.pushesPerPhoneMinute, minuteMs),
  } as const;
}

export type Rates = ReturnType<typeof ratesOf>;

/** What a message takes of `heldByChannel` or `heldByAddress`. */
export function heldBytes(bytes: number, lifeMs: number): number {
  return (bytes * lifeMs) / dayMs;
}

export interface PutToRate {
  /** As a name. */
  readonly channel: string;
  /** Of the connection that it came by. */
  readonly address: string;
  readonly to: 'phone' | 'browser';
  readonly bytes: number;
  readonly lifeMs: number;
}

/** In how many ms this may be put; 0 for now, and then it counts. */
export function takePut(
  rates: Rates,
  { bytesPerPut }: Pick<RelayLimits, 'bytesPerPut'>,
  { channel, address, to, bytes, lifeMs }: PutToRate,
  nowMs: number,
): number {
  const phoneWaitMs = to === 'phone' ? rates.putsToPhone.wait(channel, nowMs) : 0;
  if (phoneWaitMs > 0) return phoneWaitMs;
  const waitMs = rates.puts.take(channel, nowMs, Math.max(1, bytes / bytesPerPut));
  if (waitMs > 0) return waitMs;
  if (to === 'phone') rates.putsToPhone.take(channel, nowMs);
  const held = heldBytes(bytes, lifeMs);
  if (rates.heldByChannel.take(channel, nowMs, held) === 0) return 0;
  return rates.heldByAddress.take(address, nowMs, held);
}
