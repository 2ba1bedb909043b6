import { type Latency, Load, type Throughput } from './measure.ts';
import { inBatches, type Lane } from './system.ts';
import { bareWs } from './systems/bare-ws.ts';
import { joinedChannel, laneOver, startTandem, TandemSocket } from './systems/tandem.ts';
import { residentBytes } from './usage.ts';

/** Messages in flight, whatever the number of channels, so that batches are the same. */
const inFlight = 50;

/** Long enough that each channel has had a message: what a mailbox needs is made when it is first used. */
const firstUseSeconds = 3;
/** A process may have 20,000 open files on many systems: browsers share one connection for two phones. */
const connectionsPerChannel = 1.5;

export interface Growth extends Throughput, Latency {
  channels: number;
  megabytes: number;
}

/** Lanes that each send over the next of their channels: all are attached, all are used in turn. */
function inTurn(lanes: readonly Lane[], count: number): Lane[] {
  const share = lanes.length / count;
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

/** The relay with so many channels, both sides of each attached. */
export async function growth(channels: number, seconds: number): Promise<Growth> {
  const relay = await startTandem();
  const pairs = await inBatches(
    channels / 2,
    async () => {
      const browser = await TandemSocket.connect(relay.port);
      const phones = await inBatches(
        2,
        async () => {
          const { channel, phone } = await joinedChannel(relay.port);
          await browser.attach(channel.id, channel.creator);
          return { channel: channel.id, phone };
        },
        1,
      );
      // Of two lanes that share a sender the second hears of both: they are used as one (`inTurn`).
      return phones.map(({ channel, phone }) => laneOver(channel, browser.socket, phone.socket));
    },
    25,
  );
  const load = new Load(relay, inTurn(pairs.flat(), inFlight));
  await load.throughput(1, firstUseSeconds);
  const result = {
    channels,
    ...(await load.throughput(1, seconds)),
    ...(await load.latency(1_000, seconds)),
    megabytes: residentBytes(relay.processes.relay) / 2 ** 20,
  };
  await relay.stop();
  return result;
}

/** Bare `ws` with as many connections as the relay has for so many channels. */
export async function bareGrowth(channels: number, seconds: number): Promise<Throughput> {
  const bare = await bareWs.start();
  const lanes = await bare.lanes((channels * connectionsPerChannel) / 2);
  const load = new Load(bare, inTurn(lanes, inFlight));
  await load.throughput(1, firstUseSeconds);
  const result = await load.throughput(1, seconds);
  await bare.stop();
  return result;
}
