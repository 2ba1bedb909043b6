import { setTimeout as after } from 'node:timers/promises';
import { quantile } from '../statistics.ts';
import type { Lane, RunningSystem } from './system.ts';
import { cpuMicroseconds } from './usage.ts';

export interface Throughput {
  perSecond: number;
  /** Processor time of the server for each message, µs. */
  cpuMicroseconds: number;
}

/** Acknowledged messages per second with `window` in flight on every lane, after a warm-up. */
export async function throughput(
  { process: { pid } }: RunningSystem,
  lanes: readonly Lane[],
  window: number,
  seconds: number,
): Promise<Throughput> {
  let next = 0;
  let acknowledged = 0;
  let going = true;
  let inFlight = 0;
  const send = (lane: Lane) => {
    inFlight++;
    lane.send(next++);
  };
  for (const lane of lanes) {
    lane.onAcknowledged = () => {
      acknowledged++;
      inFlight--;
      if (going) send(lane);
    };
    for (let count = 0; count < window; count++) send(lane);
  }
  await after(1_000);
  const [from, cpuFrom, countFrom] = [performance.now(), cpuMicroseconds(pid as number), acknowledged];
  await after(seconds * 1_000);
  const [to, cpuTo, count] = [performance.now(), cpuMicroseconds(pid as number), acknowledged - countFrom];
  going = false;
  while (inFlight > 0) await after(10);
  return { perSecond: (count * 1_000) / (to - from), cpuMicroseconds: (cpuTo - cpuFrom) / count };
}

export interface Latency {
  deliverP50: number;
  deliverP99: number;
  acknowledgeP50: number;
  acknowledgeP99: number;
}

/** µs, at `perSecond` messages evenly spread over time and lanes. */
export async function latency(lanes: readonly Lane[], perSecond: number, seconds: number): Promise<Latency> {
  const warmUp = perSecond;
  const count = warmUp + perSecond * seconds;
  const sentAt = new Float64Array(count);
  const deliver: number[] = [];
  const acknowledge: number[] = [];
  const note = (samples: number[]) => (number: number) => {
    if (number >= warmUp) samples.push((performance.now() - (sentAt[number] as number)) * 1_000);
  };
  for (const lane of lanes) {
    lane.onDelivered = note(deliver);
    lane.onAcknowledged = note(acknowledge);
  }
  const from = performance.now();
  for (let number = 0; number < count; ) {
    const due = Math.min(count, Math.floor(((performance.now() - from) * perSecond) / 1_000));
    for (; number < due; number++) {
      sentAt[number] = performance.now();
      lanes[number % lanes.length]?.send(number);
    }
    // A timer would be a millisecond late; the load has its core to itself.
    await new Promise(setImmediate);
  }
  while (deliver.length < count - warmUp || acknowledge.length < count - warmUp) await after(10);
  return {
    deliverP50: quantile(deliver, 0.5),
    deliverP99: quantile(deliver, 0.99),
    acknowledgeP50: quantile(acknowledge, 0.5),
    acknowledgeP99: quantile(acknowledge, 0.99),
  };
}
