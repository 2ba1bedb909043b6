import type { Latency, Throughput } from './measure.ts';
import { type Measured, sideBySide } from './side-by-side.ts';
import { inBatches, type Lane, type System } from './system.ts';
import { bareWs } from './systems/bare-ws.ts';
import { joinedChannel, laneOver, startTandem, TandemSocket } from './systems/tandem.ts';

/** Messages in flight, whatever the number of channels, so that batches are the same. */
const inFlight = 50;

/** A process may have 20,000 open files on many systems: browsers share one connection for two phones. */
const connectionsPerChannel = 1.5;

export interface Growth {
  /** With `inFlight` messages under way. */
  full: Throughput;
  /** At 1,000 messages per second. */
  steady: Latency;
}

/** Lanes that each send over the next of their channels: all are attached, all are used in turn. */
function inTurn(lanes: readonly Lane[], count: number): Lane[] {
  const share = Math.floor(lanes.length / count);
  return Array.from({ length: count }, (_, at) => {
    const own = lanes.slice(at * share, (at + 1) * share);
    let next = 0;
    const lane: Lane = {
      send: (number) => own[next++ % own.length]?.send(number),
      onAcknowledged: () => undefined,
      onDelivered: () => undefined,
    };
    for (const each of own) {
      each.onAcknowledged = (number) => lane.onAcknowledged(number);
      each.onDelivered = (number) => lane.onDelivered(number);
    }
    return lane;
  });
}

async function attachedLanes(port: number, channels: number): Promise<Lane[]> {
  const pairs = await inBatches(
    channels / 2,
    async () => {
      const browser = await TandemSocket.connect(port);
      const phones = await inBatches(
        2,
        async () => {
          const { channel, phone } = await joinedChannel(port);
          await browser.attach(channel.id, channel.creator);
          return { channel: channel.id, phone };
        },
        1,
      );
      // Of two lanes that share a sender the second hears of both: they are used as one (`inTurn`).
      const unanswered = new Set<number>();
      return phones.map(({ channel, phone }) => laneOver(channel, browser.socket, phone.socket, { unanswered }));
    },
    25,
  );
  return pairs.flat();
}

/** The relay with so many channels, both sides of each attached. */
export function grownTandem(channels: number): System {
  return {
    name: `${channels} channels`,
    missing: () => null,
    async start() {
      const relay = await startTandem();
      return { ...relay, lanes: async (count) => inTurn(await attachedLanes(relay.port, channels), count) };
    },
  };
}

/** Bare `ws` with as many connections as the relay has for so many channels. */
export function grownBareWs(channels: number): System {
  return {
    name: `bare \`ws\` with the connections of ${channels} channels`,
    missing: () => null,
    async start() {
      const bare = await bareWs.start();
      const lanes = (channels * connectionsPerChannel) / 2;
      return { ...bare, lanes: async (count) => inTurn(await bare.lanes(lanes), count) };
    },
  };
}

/** Measures systems that differ in how many channels they have. */
export function grown(systems: readonly System[], seconds: number): Promise<(system: System) => Measured<Growth>> {
  return sideBySide(systems, { lanes: inFlight, seconds }, async (load, share) => ({
    full: await load.throughput(1, share),
    steady: await load.latency(1_000, share),
  }));
}
