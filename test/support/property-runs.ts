/** How often fast-check tries a property: `usual` times, or as often as TANDEM_PROPERTY_RUNS says. */
export function propertyRuns(usual: number): { numRuns: number } {
  return { numRuns: Number(process.env.TANDEM_PROPERTY_RUNS ?? usual) };
}
