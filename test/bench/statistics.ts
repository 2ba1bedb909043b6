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
