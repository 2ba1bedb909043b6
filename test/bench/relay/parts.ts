import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { bytesPerConnection, connectionRates } from './connections.ts';
import { hasCoreForEach } from './cores.ts';
import { bareGrowth, growth } from './growth.ts';
import { losses } from './kills.ts';
import type { Latency, Load, Throughput } from './measure.ts';
import { growthPlot } from './plot.ts';
import { atLeast, atMost, type Row, reported } from './rows.ts';
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
      const compared = (to: System) =>
        [
          `durable throughput, window ${window}`,
          to.name,
          of(relay).ratio(of(to), rateOf),
          beside(of(relay), of(to)),
        ] as const;
      const [what, reference, ratio, detail] = compared(bareWs);
      rows.push(atLeast(what, reference, ratio, bar, detail), ...others.map((other) => reported(...compared(other))));
    }
    return rows;
  },

  async latency({ short, say }) {
    const peers = present([mosquitto], say);
    const of = await sideBySide([relay, bareWs, ...peers], { lanes, seconds: secondsOf(short) }, latencyOf);
    const row = (what: string, reference: System, figure: (latency: Latency) => number, bar: number) => {
      const detail = `${micros(of(relay).median(figure))} beside ${micros(of(reference).median(figure))}`;
      return atMost(`${what} at 1,000 msg/s`, reference.name, of(relay).ratio(of(reference), figure), bar, detail);
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
        'deliver p50, 2 ms added to every sync',
        'the same without',
        of(onSlowDisk).ratio(of(relay), deliverOf),
        1.5,
        `${medians(deliverOf)}; acknowledge p50 ${medians(({ acknowledgeP50 }) => acknowledgeP50)}`,
      ),
    ];
  },

  async connections({ short }) {
    const { attaching, greeted } = await connectionRates(short ? 2_000 : 10_000);
    const detail = `${attaching.toFixed(0)}/s beside ${greeted.toFixed(0)}/s`;
    return [atLeast('new connections with signature check', 'without', attaching / greeted, 0.4, detail)];
  },

  async memory({ short }) {
    const count = short ? 4_000 : 10_000;
    const kibibytes = (await bytesPerConnection(count)) / 1_024;
    return [atMost(`KiB resident for each of ${count} idle attached connections`, '–', kibibytes, 8, 'KiB')];
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
    const row = [`cost per message at ${last.channels} channels`, `at ${first.channels}`] as const;
    const costs = (to: Throughput, from: Throughput) => {
      const detail = `${processorOf(to).toFixed(1)} beside ${processorOf(from).toFixed(1)} µs of processor for each message`;
      return [processorOf(to) / processorOf(from), detail] as const;
    };
    const [ratio, detail] = costs(last, first);
    return [
      atMost(...row, ratio, 1.25, detail),
      reported(`the same of bare \`ws\` with as many connections`, row[1], ...costs(bareLast, bareFirst)),
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
    const each = await sideBySide([relay, one], options, throughputOf(1));
    const over = atLeast(
      'over Redis, one process, window 1',
      'embedded store',
      each(one).ratio(each(relay), rateOf),
      0.35,
      beside(each(one), each(relay)),
    );
    const of = await sideBySide([one, two], options, throughputOf(8));
    const what = 'two processes over Redis, window 8';
    if (hasCoreForEach) {
      const ratio = of(two).ratio(of(one), rateOf);
      return [over, atLeast(what, 'one process over Redis', ratio, 1.3, beside(of(two), of(one)))];
    }
    say(
      'Redis and the relays share one core here, so that two of them cannot do more than one: what the busiest process needs for a message says how much they could do with a core for each.',
    );
    const detail = `${sharesOf(of(two))} beside ${sharesOf(of(one))} µs of processor for each message; on the shared core ${thousands(of(two).median(rateOf))} beside ${thousands(of(one).median(rateOf))}`;
    return [
      over,
      atLeast(`${what}, by processor time`, 'one process over Redis', of(one).ratio(of(two), busiestOf), 1.3, detail),
    ];
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
