import type { RelayLimits } from './limits.ts';
import { RateLimit } from './rate-limit.ts';

const hourMs = 3_600_000;
const minuteMs = 60_000;

/** What may happen so often in a time, each by its key; how often is in `limits.ts`. Counted by each process for itself. */
export function ratesOf(limits: RelayLimits) {
  return {
    /** By address. */
    creations: new RateLimit(limits.creationsPerAddressHour, hourMs),
    /** By address. */
    attachFailures: new RateLimit(limits.attachFailuresPerAddressMinute, minuteMs),
    /** By connection. */
    requests: new RateLimit(limits.requestsPerSocketMinute, minuteMs),
    /** By channel; one that is larger than `bytesPerPut` counts as several. */
    puts: new RateLimit(limits.putsPerChannelMinute, minuteMs),
    /** By channel: from its creator, the browser, to its joiner, the phone. */
    putsToPhone: new RateLimit(limits.putsToPhoneMinute, minuteMs),
    /** By channel. */
    subscriptions: new RateLimit(limits.subscriptionsPerChannelHour, hourMs),
    /** By endpoint of a push service. */
    pushes: new RateLimit(limits.pushesPerPhoneMinute, minuteMs),
  } as const;
}

export type Rates = ReturnType<typeof ratesOf>;
