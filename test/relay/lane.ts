import type { FrameOf } from '../../src/core/frames.ts';
import { pairedClients, RawClient, type TestChannel } from './raw-client.ts';

/** Numbered messages from the joiner of a channel, who may say more in a minute, to its creator, and how far they have come. */
export interface Lane {
  relayOrigin: string;
  channel: TestChannel;
  /** Bodies in the order in which they were put; the first bytes are their number. */
  next: number;
  /** Or received: what the sender need not say again. */
  stored: Set<number>;
  /** As the sender has heard. */
  received: Set<number>;
  /** By the receiver, in order, without repeats. */
  applied: number[];
  since: number;
}

/** Fewer than may wait in a mailbox: who sends on to somebody who is not there is refused. */
const mostUnread = 48;

/** A body of 512 bytes. */
export const numbered = (value: number) => {
  const body = Buffer.alloc(512);
  body.writeUInt32BE(value);
  return new Uint8Array(body);
};
export const idOf = (value: number) => new Uint8Array(numbered(value).subarray(0, 16));
export const numberOf = (of: Uint8Array) => Buffer.from(of).readUInt32BE(0);

/** A relay that is reached at a place of its own. */
interface Place {
  at: string;
}

export async function newLane(relayOrigin: string, at = relayOrigin): Promise<Lane> {
  const { channel, creator, joiner } = await pairedClients(relayOrigin, at);
  await Promise.all([creator.end(), joiner.end()]);
  return {
    relayOrigin,
    channel,
    next: 0,
    stored: new Set<number>(),
    received: new Set<number>(),
    applied: [],
    since: 0,
  };
}

/** Attaches both sides again, says again what was not stored, and then keeps `window` messages under way. */
export async function drive(lane: Lane, from: Place, window: number, until: () => boolean, to = from) {
  const [sender, receiver] = await Promise.all([
    RawClient.connect(lane.relayOrigin, from.at),
    RawClient.connect(lane.relayOrigin, to.at),
  ]);
  receiver.tap = (frame) => {
    if (frame.frame !== 'deliver') return false;
    take(lane, frame);
    receiver.send({ frame: 'ack', channel: lane.channel.id, seq: frame.seq });
    return true;
  };
  const put = (value: number) => sender.put(lane.channel.id, numbered(value), { id: idOf(value) });
  let isReady = false;
  const hasRoom = () => lane.next - lane.stored.size < window && lane.next - lane.received.size < mostUnread;
  const fill = () => {
    while (isReady && !until() && hasRoom()) put(lane.next++);
  };
  sender.tap = (frame) => {
    if (frame.frame === 'rejected') throw new Error(frame.code);
    if (frame.frame !== 'stored' && frame.frame !== 'received') return false;
    lane.stored.add(numberOf(frame.id));
    if (frame.frame === 'received') lane.received.add(numberOf(frame.id));
    fill();
    return true;
  };
  await receiver.attach(lane.channel.id, lane.channel.creator, lane.since);
  // What was acknowledged to a relay that was killed may not have been heard.
  receiver.send({ frame: 'ack', channel: lane.channel.id, seq: lane.since });
  await receiver.fence();
  await sender.attach(lane.channel.id, lane.channel.joiner);
  const unstored = Array.from({ length: lane.next }, (_, value) => value).filter((value) => !lane.stored.has(value));
  for (const value of unstored) put(value);
  isReady = true;
  fill();
  return { sender, receiver, fill };
}

/** Puts `most` more into each lane, and gives its clients in the middle of it: as soon as `more` of them are stored in each. */
export async function driveToMiddle(lanes: readonly Lane[], more: number, most: number, from: Place, to = from) {
  const enough = lanes.map(({ stored }) => stored.size + more);
  const last = lanes.map(({ next }) => next + most);
  let reached: () => void = () => undefined;
  const middle = new Promise<void>((resolve) => {
    reached = resolve;
  });
  const isOver = (lane: Lane, at: number) => {
    if (lanes.every(({ stored }, each) => stored.size >= (enough[each] as number))) reached();
    return lane.next >= (last[at] as number);
  };
  const clients = await Promise.all(lanes.map((lane, at) => drive(lane, from, 8, () => isOver(lane, at), to)));
  await middle;
  return clients;
}

/** What a client does with a delivery: repeats are known by their number, and the rest has to come in order. */
function take(lane: Lane, { seq, body }: FrameOf<'deliver'>): void {
  const value = numberOf(body);
  lane.since = Math.max(lane.since, seq);
  if (!lane.applied.includes(value)) lane.applied.push(value);
}
