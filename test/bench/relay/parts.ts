import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { bytesPerConnection, connectionRates } from './connections.ts';
import { hasCoreForEach } from './cores.ts';
import { type Growth, grown, grownBareWs, grownTandem } from './growth.ts';
import { losses } from './kills.ts';
import { Latency, type Load, type Throughput } from './measure.ts';
import { growthPlot } from './plot.ts';
import { atLeast, atMost, type Comparison, type Row, reported } from './rows.ts';
import { type Measured, sideBySide } from './side-by-side.ts';
import { slowDisk } from './slow-disk.ts';
import type { System } from './system.ts';
import { bareWs, bareWsPerTurn } from './systems/bare-ws.ts';
import { mosquitto } from './systems/mosquitto.ts';
import { tandem, tandemHandling } from './systems/tandem.ts';
import { tandemOverRedis } from './systems/tandem-redis.ts';

export interface BenchOptions {
  /** Fewer seconds, connections and rounds: to see whether something changed much. */
  short: boolean;
  /** Where the plot of the growth is written. */
  plot: string;
  say(line: string): void;
}

type Part = (options: BenchOptions) => Promise<Row[]>;

const lanes = 200;
const perSecond = 1_000;
const secondsOf = (short: boolean) => (short ? 2 : 8);
const relay = tandem('tandem');
const handling = tandemHandling(20);
const thousands = (rate: number) => `${(rate / 1_000).toFixed(1)}k/s`;
const micros = (value: number) => `${value.toFixed(0)} µs`;

const rateOf = ({ perSecond }: Throughput) => perSecond;
const processorOf = ({ cpuMicroseconds }: Throughput) => cpuMicroseconds;
const throughputOf = (window: number) => (load: Load, seconds: number) => load.throughput(window, seconds);
const latencyOf = (load: Load, seconds: number) => load.latency(perSecond, seconds);

const beside = (left: Measured<Throughput>, right: Measured<Throughput>) =>
  `${thousands(left.median(rateOf))} beside ${thousands(right.median(rateOf))}; ${left.median(processorOf).toFixed(1)} beside ${right.median(processorOf).toFixed(1)} µs of processor for each message`;

/** By all that was measured of each: a percentile of a part says little about what is seldom. */
function compareLatency(
  what: string,
  reference: string,
  left: Measured<Latency>,
  right: Measured<Latency>,
  figure: (latency: Latency) => number,
): Comparison {
  const [one, other] = [figure(Latency.ofAll(left.rounds)), figure(Latency.ofAll(right.rounds))];
  return { what, reference, ratio: one / other, detail: `${micros(one)} beside ${micros(other)}` };
}

const busiestOf = ({ shares }: Throughput) => Math.max(...Object.values(shares));
const sharesOf = (measured: Measured<Throughput>) =>
  Object.keys(measured.rounds[0]?.shares ?? {})
    .map((name) => `${name} ${measured.median(({ shares }) => shares[name] as number).toFixed(1)}`)
    .join(', ');

/** Those that can be measured here; of the others it says why not. */
function present(systems: readonly System[], say: (line: string) => void): System[] {
  return systems.filter((system) => {
    const missing = system.missing();
    if (missing) say(missing);
    return !missing;
  });
}

const parts = {
  async throughput({ short, say }) {
    const options = { lanes, seconds: secondsOf(short) };
    const others = present([bareWsPerTurn, mosquitto], say);
    const rows: Row[] = [];
    for (const { window, bar } of [
      { window: 1, bar: 0.42 },
      { window: 8, bar: 0.6 },
    ]) {
      const of = await sideBySide([relay, handling, bareWs, ...others], options, throughputOf(window));
      const compared = (what: string, system: System, to: System): Comparison => ({
        what,
        reference: to.name,
        ratio: of(system).ratio(of(to), rateOf),
        detail: beside(of(system), of(to)),
      });
      const what = `durable throughput, window ${window}`;
      rows.push(
        atLeast(compared(what, relay, bareWs), bar),
        atLeast(compared(`${what}, ${handling.name}`, handling, bareWs), bar),
        ...others.map((other) => reported(compared(what, relay, other))),
      );
    }
    return rows;
  },

  async latency({ short, say }) {
    const peers = present([mosquitto], say);
    const of = await sideBySide(
      [relay, handling, bareWs, ...peers],
      { lanes, seconds: 2 * secondsOf(short) },
      latencyOf,
    );
    const compared = (what: string, system: System, to: System, figure: (latency: Latency) => number) =>
      compareLatency(`${what} at 1,000 msg/s`, to.name, of(system), of(to), figure);
    const acknowledge = (latency: Latency) => latency.acknowledge(0.99);
    return [
      atMost(
        compared('deliver p50', relay, bareWs, (latency) => latency.deliver(0.5)),
        1.4,
      ),
      atMost(
        compared('deliver p99', relay, bareWs, (latency) => latency.deliver(0.99)),
        5,
      ),
      ...peers.flatMap((peer) => [
        atMost(compared('acknowledge p99', relay, peer, acknowledge), 0.5),
        reported(compared(`acknowledge p99, ${handling.name},`, handling, peer, acknowledge)),
      ]),
    ];
  },

  async 'slow-disk'({ short, say }) {
    const env = slowDisk(2_000);
    if (!env) {
      say('slow-disk is left out: it needs a C compiler (cc).');
      return [];
    }
    const onSlowDisk = tandem('tandem, slow disk', env);
    const of = await sideBySide([relay, onSlowDisk], { lanes, seconds: secondsOf(short) }, latencyOf);
    const p50 = (latency: Latency) => latency.deliver(0.5);
    const what = 'deliver p50, 2 ms added to every sync';
    const compared = compareLatency(what, 'the same without', of(onSlowDisk), of(relay), p50);
    const acknowledged = [onSlowDisk, relay].map((system) => micros(Latency.ofAll(of(system).rounds).acknowledge(0.5)));
    return [
      atMost({ ...compared, detail: `${compared.detail}; acknowledge p50 ${acknowledged.join(' beside ')}` }, 1.5),
    ];
  },

  async connections({ short }) {
    const { attaching, greeted } = await connectionRates(short ? 2_000 : 10_000);
    const detail = `${attaching.toFixed(0)}/s beside ${greeted.toFixed(0)}/s`;
    const ratio = attaching / greeted;
    return [atLeast({ what: 'new connections with signature check', reference: 'without', ratio, detail }, 0.4)];
  },

  async memory({ short }) {
    const count = short ? 4_000 : 10_000;
    const kibibytes = (await bytesPerConnection(count)) / 1_024;
    const what = `KiB resident for each of ${count} idle attached connections`;
    return [atMost({ what, reference: '–', ratio: kibibytes, detail: 'KiB' }, 8)];
  },

  async growth({ short, plot, say }) {
    const seconds = secondsOf(short);
    const counts = short ? [100, 1_000] : [100, 1_000, 10_000];
    const systems = counts.map(grownTandem);
    const of = await grown(systems, seconds);
    const fullOf = ({ full }: Growth) => full.cpuMicroseconds;
    const steadyOf = ({ steady }: Growth) => steady.cpuMicroseconds;
    const deliverOf = ({ steady }: Growth) => steady.deliver(0.5);
    const points = systems.map((system, at) => ({
      channels: counts[at] as number,
      values: {
        'processor per message at 1,000/s': of(system).median(steadyOf),
        'processor per message at full load': of(system).median(fullOf),
        'deliver p50 at 1,000/s': of(system).median(deliverOf),
      },
    }));
    for (const system of systems) {
      const measured = of(system);
      say(
        `${system.name}: ${thousands(measured.median(({ full }) => full.perSecond))} at full load; at 1,000/s deliver p50 ${micros(measured.median(deliverOf))}, p99 ${micros(measured.median(({ steady }) => steady.deliver(0.99)))}, acknowledge p99 ${micros(measured.median(({ steady }) => steady.acknowledge(0.99)))}`,
      );
    }
    mkdirSync(dirname(plot), { recursive: true });
    writeFileSync(plot, growthPlot(points, 1.25));
    say(`plot: ${plot}`);
    const [fewest, most] = [counts[0] as number, counts.at(-1) as number];
    const compared = (
      what: string,
      to: Measured<Growth>,
      from: Measured<Growth>,
      figure: typeof fullOf,
    ): Comparison => ({
      what,
      reference: `at ${fewest}`,
      ratio: to.ratio(from, figure),
      detail: `${to.median(figure).toFixed(1)} beside ${from.median(figure).toFixed(1)} µs of processor for each message`,
    });
    const [few, many] = [of(systems[0] as System), of(systems.at(-1) as System)];
    const bare = [grownBareWs(fewest), grownBareWs(most)] as const;
    const ofBare = await grown(bare, seconds);
    const [bareFew, bareMany] = [ofBare(bare[0]), ofBare(bare[1])];
    const what = `cost per message at ${most} channels`;
    return [
      atMost(compared(`${what}, 1,000 msg/s`, many, few, steadyOf), 1.25),
      atMost(compared(`${what}, full load`, many, few, fullOf), 1.25),
      reported(compared('bare `ws` with as many connections, 1,000 msg/s', bareMany, bareFew, steadyOf)),
      reported(compared('bare `ws` with as many connections, full load', bareMany, bareFew, fullOf)),
    ];
  },

  async redis({ short, say }) {
    const [one, two] = [tandemOverRedis(1), tandemOverRedis(2)];
    const missing = one.missing();
    if (missing) {
      say(missing);
      return [];
    }
    const options = { lanes, seconds: secondsOf(short) };
    const of = await sideBySide([relay, one, two], options, throughputOf(1));
    const over = {
      what: 'over Redis, one process, window 1',
      reference: 'embedded store',
      ratio: of(one).ratio(of(relay), rateOf),
      detail: beside(of(one), of(relay)),
    };
    const busy = await sideBySide([one, two], options, throughputOf(8));
    if (!hasCoreForEach) {
      say(
        'Redis and the relays share one core here, so that two of them cannot do more than one: what the busiest process needs for a message says how much they could do with a core for each.',
      );
    }
    const gain = (measured: typeof of, window: number): Comparison => {
      const [both, alone] = [measured(two), measured(one)];
      const what = `two processes over Redis, window ${window}`;
      const reference = 'one process over Redis';
      if (hasCoreForEach) return { what, reference, ratio: both.ratio(alone, rateOf), detail: beside(both, alone) };
      return {
        what: `${what}, by processor time`,
        reference,
        ratio: alone.ratio(both, busiestOf),
        detail: `${sharesOf(both)} beside ${sharesOf(alone)} µs of processor for each message; on the shared core ${thousands(both.median(rateOf))} beside ${thousands(alone.median(rateOf))}`,
      };
    };
    return [atLeast(over, 0.35), atLeast(gain(of, 1), 1.3), reported(gain(busy, 8))];
  },

  async kills({ short }) {
    const rounds = short ? 3 : 20;
    const { acknowledged, lost, twice, outOfOrder, repeats } = await losses(rounds);
    return [
      {
        what: `lost / twice / out of order, kill -9 under load, ${rounds} rounds`,
        reference: '–',
        value: `${lost} / ${twice} / ${outOfOrder} of ${acknowledged} acknowledged; ${repeats} repeats known by their id`,
        bar: '0 / 0 / 0',
        met: lost === 0 && twice === 0 && outOfOrder === 0,
      },
    ];
  },
} satisfies Record<string, Part>;

export type PartName = keyof typeof parts;
export const partNames = Object.keys(parts) as PartName[];

export function runPart(name: PartName, options: BenchOptions): Promise<Row[]> {
  return parts[name](options);
}
