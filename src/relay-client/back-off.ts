const firstMs = 250;
const longestMs = 30_000;

/**
 * How long to wait before attempt number `attempt` (from 0), ms: doubling, and a random half of it off, so that
 * clients which lost a relay together do not come back together. `random`: from 0 up to 1.
 */
export function backOffMs(attempt: number, random: number): number {
  const whole = Math.min(longestMs, firstMs * 2 ** Math.min(attempt, 16));
  return whole / 2 + (whole / 2) * random;
}
