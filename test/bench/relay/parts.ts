import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { bytesPerConnection, connectionRates } from './connections.ts';
import { hasCoreForEach } from './cores.ts';
import { growth } from './growth.ts';
import { losses } from './kills.ts';
import { type Latency, Load, type Throughput } from './measure.ts';
import { growthPlot } from './plot.ts';
import { atLeast, atMost, type Row, reported } from './rows.ts';
import { slowDisk } from './slow-disk.ts';
import type { System } from './system.ts';
import { bareWs } from './systems/bare-ws.ts';
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

async function running<Result>(system: System, use: (system: Awaited<ReturnType<System['start']>>) => Promise<Result>) {
  const started = await system.start();
  try {
    return await use(started);
  } finally {
    await started.stop();
  }
}

/** With each of these windows. */
const rates = <const Windows extends readonly number[]>(system: System, seconds: number, windows: Windows) =>
  running(system, async (started) => {
    const load = new Load(started, await started.lanes(lanes));
    const measured: Throughput[] = [];
    for (const window of windows) measured.push(await load.throughput(window, seconds));
    return measured as { [At in keyof Windows]: Throughput };
  });

const delays = (system: System, seconds: number): Promise<Latency> =>
  running(system, async (started) => new Load(started, await started.lanes(lanes)).latency(perSecond, seconds));

const ratio = (left: Throughput, right: Throughput) => left.perSecond / right.perSecond;
const beside = (left: Throughput, right: Throughput) =>
  `${thousands(left.perSecond)} beside ${thousands(right.perSecond)}; ${left.cpuMicroseconds.toFixed(1)} beside ${right.cpuMicroseconds.toFixed(1)} µs of processor for each message`;

const busiest = ({ shares }: Throughput) => Math.max(...Object.values(shares));
const sharesOf = ({ shares }: Throughput) =>
  Object.entries(shares)
    .map(([name, share]) => `${name} ${share.toFixed(1)}`)
    .join(', ');

const parts = {
  async throughput({ short, say }) {
    const seconds = secondsOf(short);
    const [bareOne, bareEight] = await rates(bareWs, seconds, [1, 8]);
    const [one, eight] = await rates(relay, seconds, [1, 8]);
    const rows = [
      atLeast('durable throughput, window 1', bareWs.name, ratio(one, bareOne), 0.42, beside(one, bareOne)),
      atLeast('durable throughput, window 8', bareWs.name, ratio(eight, bareEight), 0.6, beside(eight, bareEight)),
    ];
    const missing = mosquitto.missing();
    if (missing) say(missing);
    else {
      const [peer] = await rates(mosquitto, seconds, [1]);
      rows.push(reported('durable throughput, window 1', mosquitto.name, ratio(one, peer), beside(one, peer)));
    }
    return rows;
  },

  async latency({ short, say }) {
    const seconds = secondsOf(short);
    const [bare, ours] = [await delays(bareWs, seconds), await delays(relay, seconds)];
    const row = (what: string, reference: System, left: number, right: number, bar: number) =>
      atMost(`${what} at 1,000 msg/s`, reference.name, left / right, bar, `${micros(left)} beside ${micros(right)}`);
    const rows = [
      row('deliver p50', bareWs, ours.deliverP50, bare.deliverP50, 1.4),
      row('deliver p99', bareWs, ours.deliverP99, bare.deliverP99, 5),
    ];
    const missing = mosquitto.missing();
    if (missing) say(missing);
    else {
      const peer = await delays(mosquitto, seconds);
      rows.push(row('acknowledge p99', mosquitto, ours.acknowledgeP99, peer.acknowledgeP99, 0.5));
    }
    return rows;
  },

  async 'slow-disk'({ short, say }) {
    const seconds = secondsOf(short);
    const env = slowDisk(2_000);
    if (!env) {
      say('slow-disk is left out: it needs a C compiler (cc).');
      return [];
    }
    const [fast, slow] = [await delays(relay, seconds), await delays(tandem('tandem, slow disk', env), seconds)];
    const detail = `${micros(slow.deliverP50)} beside ${micros(fast.deliverP50)}; acknowledge p50 ${micros(slow.acknowledgeP50)} beside ${micros(fast.acknowledgeP50)}`;
    return [
      atMost(
        'deliver p50, 2 ms added to every sync',
        'the same without',
        slow.deliverP50 / fast.deliverP50,
        1.5,
        detail,
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
    const points = measured.map(({ channels, cpuMicroseconds, deliverP50, megabytes }) => ({
      channels,
      values: { 'processor per message': cpuMicroseconds, 'deliver p50': deliverP50, 'resident memory': megabytes },
    }));
    mkdirSync(dirname(plot), { recursive: true });
    writeFileSync(plot, growthPlot(points, 1.25));
    say(`plot: ${plot}`);
    const detail = `${last.cpuMicroseconds.toFixed(1)} beside ${first.cpuMicroseconds.toFixed(1)} µs`;
    return [
      atMost(
        `cost per message at ${last.channels} channels`,
        `at ${first.channels}`,
        last.cpuMicroseconds / first.cpuMicroseconds,
        1.25,
        detail,
      ),
    ];
  },

  async redis({ short, say }) {
    const [one, two] = [tandemOverRedis(1), tandemOverRedis(2)];
    const missing = one.missing();
    if (missing) {
      say(missing);
      return [];
    }
    const seconds = secondsOf(short);
    const [ours] = await rates(relay, seconds, [1]);
    const [singleOne, single] = await rates(one, seconds, [1, 8]);
    const [double] = await rates(two, seconds, [8]);
    const over = atLeast(
      'over Redis, one process, window 1',
      'embedded store',
      ratio(singleOne, ours),
      0.35,
      beside(singleOne, ours),
    );
    const what = 'two processes over Redis, window 8';
    if (hasCoreForEach) {
      return [over, atLeast(what, 'one process over Redis', ratio(double, single), 1.3, beside(double, single))];
    }
    say(
      'Redis and the relays share one core here, so that two of them cannot do more than one: what the busiest process needs for a message says how much they could do with a core for each.',
    );
    const detail = `${sharesOf(double)} beside ${sharesOf(single)} µs of processor for each message; on the shared core ${thousands(double.perSecond)} beside ${thousands(single.perSecond)}`;
    const gain = busiest(single) / busiest(double);
    return [over, atLeast(`${what}, by processor time`, 'one process over Redis', gain, 1.3, detail)];
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
