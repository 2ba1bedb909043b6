/** The value below which a share of the samples lies (nearest rank). `share`: from 0 to 1. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((left, right) => left - right);
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (value === undefined) throw new RangeError('no samples');
  return value;
}

/** Median and 95th percentile, ms, as a table's cells. */
export function cells(samples: readonly number[]): string {
  return `${quantile(samples, 0.5).toFixed(0)} | ${quantile(samples, 0.95).toFixed(0)}`;
}

/**
 * The median, and within what it lies 95 times of a hundred: of the order statistics, by the binomial distribution's
 * normal approximation, whatever the samples' own distribution is.
 */
export function medianWithin(samples: readonly number[]): { median: number; from: number; to: number } {
  const reach = 0.98 / Math.sqrt(samples.length);
  return {
    median: quantile(samples, 0.5),
    from: quantile(samples, Math.max(0, 0.5 - reach)),
    to: quantile(samples, Math.min(1, 0.5 + reach)),
  };
}
