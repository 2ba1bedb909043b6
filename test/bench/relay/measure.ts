import { setTimeout as after } from 'node:timers/promises';
import { quantile } from '../statistics.ts';
import type { Lane, RunningSystem } from './system.ts';
import { cpuMicroseconds } from './usage.ts';

export interface Throughput {
  perSecond: number;
  /** Processor time of all processes of the server for each message, µs. */
  cpuMicroseconds: number;
  /** The same of each of them, by its name. */
  shares: Readonly<Record<string, number>>;
}

/** How long messages took, µs, each that was measured. */
export class Latency {
  readonly #deliver: readonly number[];
  readonly #acknowledge: readonly number[];
  /** Processor time of all processes of the server for each message, µs. */
  readonly cpuMicroseconds: number;

  constructor(deliver: readonly number[], acknowledge: readonly number[], cpuMicroseconds: number) {
    this.#deliver = deliver;
    this.#acknowledge = acknowledge;
    this.cpuMicroseconds = cpuMicroseconds;
  }

  /** Of several as long as each other, all that they have: what is seldom is in some of them only. */
  static ofAll(parts: readonly Latency[]): Latency {
    return new Latency(
      parts.flatMap((part) => part.#deliver),
      parts.flatMap((part) => part.#acknowledge),
      parts.reduce((sum, { cpuMicroseconds }) => sum + cpuMicroseconds, 0) / parts.length,
    );
  }

  deliver(part: number): number {
    return quantile(this.#deliver, part);
  }

  acknowledge(part: number): number {
    return quantile(this.#acknowledge, part);
  }
}

/** Without anything new for so long, ms, what is missing does not come any more. */
const stalledMs = 20_000;

/** Waits until `left` gives 0. Throws when it stays what it is. */
async function none(left: () => number, what: string): Promise<void> {
  let [before, sinceMs] = [left(), performance.now()];
  while (left() > 0) {
    await after(10);
    if (left() !== before) [before, sinceMs] = [left(), performance.now()];
    if (performance.now() - sinceMs > stalledMs) throw new Error(`${left()} messages were never ${what}`);
  }
}

/** A server under load. Each number is sent once, as a relay takes one that it remembers for a repeat. */
export class Load {
  readonly #system: RunningSystem;
  readonly #lanes: readonly Lane[];
  #next = 0;

  constructor(system: RunningSystem, lanes: readonly Lane[]) {
    this.#system = system;
    this.#lanes = lanes;
  }

  /** Acknowledged messages per second with `window` in flight on every lane, after a warm-up. */
  async throughput(window: number, seconds: number): Promise<Throughput> {
    let acknowledged = 0;
    let going = true;
    let inFlight = 0;
    const send = (lane: Lane) => {
      inFlight++;
      lane.send(this.#next++);
    };
    for (const lane of this.#lanes) {
      lane.onDelivered = () => undefined;
      lane.onAcknowledged = () => {
        acknowledged++;
        inFlight--;
        if (going) send(lane);
      };
      for (let count = 0; count < window; count++) send(lane);
    }
    await after(1_000);
    const before = { atMs: performance.now(), used: this.#used(), acknowledged };
    await after(seconds * 1_000);
    const count = acknowledged - before.acknowledged;
    const perSecond = (count * 1_000) / (performance.now() - before.atMs);
    const used = Object.entries(this.#used());
    going = false;
    await none(() => inFlight, 'acknowledged');
    const shares = Object.fromEntries(used.map(([name, to]) => [name, (to - (before.used[name] as number)) / count]));
    return { perSecond, cpuMicroseconds: Object.values(shares).reduce((sum, share) => sum + share, 0), shares };
  }

  /** At `perSecond` messages evenly spread over time and lanes, after a second of them. */
  async latency(perSecond: number, seconds: number): Promise<Latency> {
    const first = this.#next + perSecond;
    const end = first + perSecond * seconds;
    const sentAt = new Float64Array(end);
    const deliver: number[] = [];
    const acknowledge: number[] = [];
    const note = (samples: number[]) => (number: number) => {
      if (number >= first) samples.push((performance.now() - (sentAt[number] as number)) * 1_000);
    };
    for (const lane of this.#lanes) {
      lane.onDelivered = note(deliver);
      lane.onAcknowledged = note(acknowledge);
    }
    const [from, fromMs, usedBefore] = [this.#next, performance.now(), this.#usedInAll()];
    while (this.#next < end) {
      const due = Math.min(end, from + Math.floor(((performance.now() - fromMs) * perSecond) / 1_000));
      for (; this.#next < due; this.#next++) {
        sentAt[this.#next] = performance.now();
        this.#lanes[this.#next % this.#lanes.length]?.send(this.#next);
      }
      // A timer would be a millisecond late; the load has its core to itself.
      await new Promise(setImmediate);
    }
    const used = this.#usedInAll() - usedBefore;
    await none(() => 2 * (end - first) - deliver.length - acknowledge.length, 'delivered or acknowledged');
    return new Latency(deliver, acknowledge, used / (end - from));
  }

  #usedInAll(): number {
    return Object.values(this.#used()).reduce((sum, used) => sum + used, 0);
  }

  #used(): Record<string, number> {
    return Object.fromEntries(
      Object.entries(this.#system.processes).map(([name, pid]) => [name, cpuMicroseconds(pid)]),
    );
  }
}
