import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { bytesPerConnection, connectionRates } from './connections.ts';
import { hasCoreForEach } from './cores.ts';
import { bareGrowth, growth } from './growth.ts';
import { losses } from './kills.ts';
import type { Latency, Load, Throughput } from './measure.ts';
import { growthPlot } from './plot.ts';
import { atLeast, atMost, type Comparison, type Row, reported } from './rows.ts';
import { type Measured, sideBySide } from './side-by-side.ts';
import { slowDisk } from './slow-disk.ts';
import type { System } from './system.ts';
import { bareWs, bareWsPerTurn } from './systems/bare-ws.ts';
import { mosquitto } from './systems/mosquitto.ts';
import { tandem } from './systems/tandem.ts';
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
const thousands = (rate: number) => `${(rate / 1_000).toFixed(1)}k/s`;
const micros = (value: number) => `${value.toFixed(0)} µs`;

const rateOf = ({ perSecond }: Throughput) => perSecond;
const processorOf = ({ cpuMicroseconds }: Throughput) => cpuMicroseconds;
const throughputOf = (window: number) => (load: Load, seconds: number) => load.throughput(window, seconds);
const latencyOf = (load: Load, seconds: number) => load.latency(perSecond, seconds);

const beside = (left: Measured<Throughput>, right: Measured<Throughput>) =>
  `${thousands(left.median(rateOf))} beside ${thousands(right.median(rateOf))}; ${left.median(processorOf).toFixed(1)} beside ${right.median(processorOf).toFixed(1)} µs of processor for each message`;

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
      const of = await sideBySide([relay, bareWs, ...others], options, throughputOf(window));
      const compared = (to: System): Comparison => ({
        what: `durable throughput, window ${window}`,
        reference: to.name,
        ratio: of(relay).ratio(of(to), rateOf),
        detail: beside(of(relay), of(to)),
      });
      rows.push(atLeast(compared(bareWs), bar), ...others.map((other) => reported(compared(other))));
    }
    return rows;
  },

  async latency({ short, say }) {
    const peers = present([mosquitto], say);
    const of = await sideBySide([relay, bareWs, ...peers], { lanes, seconds: secondsOf(short) }, latencyOf);
    const row = (what: string, reference: System, figure: (latency: Latency) => number, bar: number) => {
      const compared = {
        what: `${what} at 1,000 msg/s`,
        reference: reference.name,
        ratio: of(relay).ratio(of(reference), figure),
        detail: `${micros(of(relay).median(figure))} beside ${micros(of(reference).median(figure))}`,
      };
      return atMost(compared, bar);
    };
    return [
      row('deliver p50', bareWs, ({ deliverP50 }) => deliverP50, 1.4),
      row('deliver p99', bareWs, ({ deliverP99 }) => deliverP99, 5),
      ...peers.map((peer) => row('acknowledge p99', peer, ({ acknowledgeP99 }) => acknowledgeP99, 0.5)),
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
    const deliverOf = ({ deliverP50 }: Latency) => deliverP50;
    const medians = (figure: (latency: Latency) => number) =>
      `${micros(of(onSlowDisk).median(figure))} beside ${micros(of(relay).median(figure))}`;
    return [
      atMost(
        {
          what: 'deliver p50, 2 ms added to every sync',
          reference: 'the same without',
          ratio: of(onSlowDisk).ratio(of(relay), deliverOf),
          detail: `${medians(deliverOf)}; acknowledge p50 ${medians(({ acknowledgeP50 }) => acknowledgeP50)}`,
        },
        1.5,
      ),
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
    const measured = [];
    for (const channels of short ? [100, 1_000] : [100, 1_000, 10_000]) {
      const one = await growth(channels, seconds);
      say(
        `${channels} channels: ${thousands(one.perSecond)}, ${one.cpuMicroseconds.toFixed(1)} µs of processor for each message, deliver p50 ${micros(one.deliverP50)}, p99 ${micros(one.deliverP99)}, ${one.megabytes.toFixed(0)} MiB`,
      );
      measured.push(one);
    }
    const [first, last] = [measured[0], measured.at(-1)] as [(typeof measured)[0], (typeof measured)[0]];
    const [bareFirst, bareLast] = [await bareGrowth(first.channels, seconds), await bareGrowth(last.channels, seconds)];
    const points = measured.map(({ channels, cpuMicroseconds, deliverP50, megabytes }) => ({
      channels,
      values: { 'processor per message': cpuMicroseconds, 'deliver p50': deliverP50, 'resident memory': megabytes },
    }));
    mkdirSync(dirname(plot), { recursive: true });
    writeFileSync(plot, growthPlot(points, 1.25));
    say(`plot: ${plot}`);
    const compared = (what: string, to: Throughput, from: Throughput): Comparison => ({
      what,
      reference: `at ${first.channels}`,
      ratio: processorOf(to) / processorOf(from),
      detail: `${processorOf(to).toFixed(1)} beside ${processorOf(from).toFixed(1)} µs of processor for each message`,
    });
    return [
      atMost(compared(`cost per message at ${last.channels} channels`, last, first), 1.25),
      reported(compared('the same of bare `ws` with as many connections', bareLast, bareFirst)),
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
