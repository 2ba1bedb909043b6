import { quantile } from '../statistics.ts';
import { Load } from './measure.ts';
import type { RunningSystem, System } from './system.ts';

/** So many measurements of each system, of which the median counts, after one that does not count. */
const rounds = 5;

/** Before the first of them, s: what a virtual machine compiles while it runs is compiled by then, as in a relay that has run for a while. */
const firstUseSeconds = 3;

/** What one system gave in each of the rounds. */
export class Measured<Result> {
  readonly rounds: readonly Result[];

  constructor(rounds: readonly Result[]) {
    this.rounds = rounds;
  }

  median(figure: (result: Result) => number): number {
    return quantile(this.rounds.map(figure), 0.5);
  }

  /** The median of the ratios to what another gave in the same round. */
  ratio(to: Measured<Result>, figure: (result: Result) => number): number {
    const ratios = this.rounds.map((result, round) => figure(result) / figure(to.rounds[round] as Result));
    return quantile(ratios, 0.5);
  }
}

async function runningAll<Result>(
  systems: readonly System[],
  use: (running: readonly RunningSystem[]) => Promise<Result>,
): Promise<Result> {
  const running: RunningSystem[] = [];
  try {
    for (const system of systems) running.push(await system.start());
    return await use(running);
  } finally {
    for (const system of running) await system.stop();
  }
}

/**
 * Measures systems that run at the same time, one after the other in each round while the rest is idle: the speed of a
 * computer, and of its disk, changes more within minutes than systems differ. `measure` is given `seconds` in all for each
 * system. Gives what was measured of each.
 */
export function sideBySide<Result>(
  systems: readonly System[],
  { lanes, seconds }: { lanes: number; seconds: number },
  measure: (load: Load, seconds: number) => Promise<Result>,
): Promise<(system: System) => Measured<Result>> {
  return runningAll(systems, async (running) => {
    const loads: Load[] = [];
    for (const system of running) {
      const load = new Load(system, await system.lanes(lanes));
      await load.throughput(1, firstUseSeconds);
      loads.push(load);
    }
    const results = new Map(systems.map((system) => [system, [] as Result[]]));
    for (let round = 0; round <= rounds; round++) {
      for (const [at, system] of systems.entries()) {
        const result = await measure(loads[at] as Load, seconds / rounds);
        // By then the garbage of the beginning is collected too.
        if (round > 0) results.get(system)?.push(result);
      }
    }
    return (system) => new Measured(results.get(system) ?? []);
  });
}
