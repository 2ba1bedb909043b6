import { setTimeout as after } from 'node:timers/promises';
import { decodeRelayFrame, encodeFrame } from '../../../src/core/frames.ts';
import type { TestChannel } from '../../relay/raw-client.ts';
import { inBatches } from './system.ts';
import { madeChannel, type RunningTandem, startTandem, TandemSocket } from './systems/tandem.ts';

const channels = 16;
const window = 8;

/** One conversation that goes on over all rounds: what an application would have sent, and been given. */
interface Talk {
  channel: TestChannel;
  next: number;
  acknowledged: Set<number>;
  given: number[];
  /** What its client took out, as it had the id (docs/protocol.md §2.6). */
  repeats: number;
  since: number;
}

export interface Losses {
  acknowledged: number;
  lost: number;
  /** To the application behind a client that knows repeats by their id, as docs/protocol.md §2.6 has it. */
  twice: number;
  /** That such a client took out. */
  repeats: number;
  outOfOrder: number;
}

const numbered = (value: number) => {
  const id = Buffer.alloc(16);
  id.writeUInt32BE(value);
  return new Uint8Array(id);
};
const numberOf = (id: Uint8Array) => Buffer.from(id).readUInt32BE(0);

/** Both sides attach again; the sender says again what it has not heard to be stored, and goes on while `going`. */
async function talkOver(relay: RunningTandem, talk: Talk, going: () => boolean): Promise<[TandemSocket, TandemSocket]> {
  const { channel } = talk;
  const [sender, receiver] = [await TandemSocket.connect(relay.port), await TandemSocket.connect(relay.port)];
  const take = (message: Uint8Array) => {
    const frame = decodeRelayFrame(message);
    if (frame.frame !== 'deliver') return;
    talk.since = frame.seq;
    const value = numberOf(frame.id);
    if (talk.given.includes(value)) talk.repeats++;
    else talk.given.push(value);
    receiver.socket.send(encodeFrame({ frame: 'ack', channel: channel.id, seq: frame.seq }));
  };
  await receiver.attach(channel.id, channel.joiner, talk.since, take);
  receiver.socket.onClose = () => undefined;
  await sender.attach(channel.id, channel.creator);
  sender.socket.onClose = () => undefined;
  const put = (value: number) => {
    const body = new Uint8Array(512);
    const frame = { frame: 'put', channel: channel.id, id: numbered(value), lifeMs: 3_600_000 } as const;
    sender.socket.send(encodeFrame({ ...frame, collapse: null, body }));
  };
  sender.socket.onMessage = (message) => {
    const frame = decodeRelayFrame(message);
    if (frame.frame === 'rejected') throw new Error(frame.code);
    if (frame.frame !== 'stored' && frame.frame !== 'received') return;
    const value = numberOf(frame.id);
    if (talk.acknowledged.has(value)) return;
    talk.acknowledged.add(value);
    if (going()) put(talk.next++);
  };
  for (let value = 0; value < talk.next; value++) if (!talk.acknowledged.has(value)) put(value);
  while (going() && talk.next - talk.acknowledged.size < window) put(talk.next++);
  return [sender, receiver];
}

/** What is lost, given twice or out of order when the relay is killed (SIGKILL) under load, again and again. */
export async function losses(rounds: number): Promise<Losses> {
  let relay = await startTandem();
  const talks: Talk[] = await inBatches(channels, async () => ({
    channel: await madeChannel(relay.port),
    next: 0,
    acknowledged: new Set<number>(),
    given: [],
    repeats: 0,
    since: 0,
  }));
  for (let round = 0; round < rounds; round++) {
    const enough = talks.map(({ acknowledged }) => acknowledged.size + 50 + round * 7);
    const clients = await inBatches(channels, (at) => talkOver(relay, talks[at] as Talk, () => true));
    while (talks.some(({ acknowledged }, at) => acknowledged.size < (enough[at] as number))) await after(1);
    // Every fourth receiver goes first, so that something waits for it at the next start.
    for (const [at, [, receiver]] of clients.entries()) if (at % 4 === 0) receiver.socket.destroy();
    await after(3);
    await relay.kill();
    relay = await relay.again();
  }
  await inBatches(channels, (at) => talkOver(relay, talks[at] as Talk, () => false));
  while (talks.some(({ acknowledged, next }) => acknowledged.size < next)) await after(10);
  // Whatever still comes was put before: a ping behind it fences it.
  await after(500);
  await relay.stop();
  const sum = (of: (talk: Talk) => number) => talks.reduce((total, talk) => total + of(talk), 0);
  return {
    acknowledged: sum(({ acknowledged }) => acknowledged.size),
    lost: sum(({ acknowledged, given }) => acknowledged.size - new Set(given).size),
    twice: sum(({ given }) => given.length - new Set(given).size),
    repeats: sum(({ repeats }) => repeats),
    outOfOrder: sum(({ given }) => given.filter((value, at) => at > 0 && value < (given[at - 1] as number)).length),
  };
}
