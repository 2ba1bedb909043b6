import { AppError } from '../core/errors.ts';
import { type ClientFrame, decodeClientFrame, encodeFrame, type FrameOf, type RelayFrame } from '../core/frames.ts';
import { limits } from '../core/limits.ts';
import { nameAt, writeName } from './name.ts';

// Five frames are nearly all that a relay reads and writes. They are coded by hand here, at places that
// docs/protocol.md §2 gives: by `core/frames.ts`, which says the same and more, each would cost five times as much.

/** A `put` of which channel and id are names (`name.ts`), as they are looked up and no more. */
export type NamedPut = Omit<FrameOf<'put'>, 'channel' | 'id'> & { channel: string; id: string };
export type NamedAck = Omit<FrameOf<'ack'>, 'channel'> & { channel: string };
export type ReceivedFrame = Exclude<ClientFrame, FrameOf<'put'> | FrameOf<'ack'>> | NamedPut | NamedAck;

type WithNamedId<Frame> = Omit<Frame, 'id'> & { id: string };
type ByHand = 'stored' | 'received' | 'deliver';
/** One of the three that are written by hand: its id is a name. */
export type NamedFrame = { [Name in ByHand]: WithNamedId<FrameOf<Name>> }[ByHand];
/** What the relay sends. */
export type SentFrame = Exclude<RelayFrame, { frame: ByHand }> | NamedFrame;

const types = { stored: 0x04, deliver: 0x06, received: 0x07, put: 0x43, ack: 0x44 } as const;
const idAt = 17;
const channelBytes = 16;
const ackBytes = 23;
const lifeAt = 33;
const collapseAt = 38;
/** Of a `put` without a collapse key: the least that there is. */
const putHeadBytes = 40;

/** A frame that a client may send. Throws as `decodeClientFrame` does. */
export function decodeReceived(data: Buffer): ReceivedFrame {
  if (data[0] === types.put && data.length >= putHeadBytes && data[collapseAt - 1] === 0) return decodePut(data);
  if (data[0] === types.ack && data.length === ackBytes) {
    return { frame: 'ack', channel: nameAt(data, 1), seq: data.readUIntBE(idAt, 6) };
  }
  const frame = decodeClientFrame(data);
  if (frame.frame === 'put') return { ...frame, channel: nameAt(data, 1), id: nameAt(data, idAt) };
  return frame.frame === 'ack' ? { ...frame, channel: nameAt(data, 1) } : frame;
}

function decodePut(data: Buffer): NamedPut {
  const length = data.readUInt16BE(collapseAt);
  if (length > limits.bodyBytes) throw new AppError('too-large', `${length} bytes, ${limits.bodyBytes} at most`);
  if (length !== data.length - putHeadBytes) throw new AppError('malformed-frame', 'another length than it says');
  // Copies: a view would keep the whole of what was read with it.
  const body = Buffer.allocUnsafe(length);
  data.copy(body, 0, putHeadBytes);
  const [channel, id] = [nameAt(data, 1), nameAt(data, idAt)];
  return { frame: 'put', channel, id, lifeMs: data.readUInt32BE(lifeAt), collapse: null, body };
}

const sizes = { stored: 39, received: 33, deliver: 47 } as const;

/** A frame as it is sent: itself while it can be written where it is to go, or else its bytes. */
export type Outgoing = NamedFrame | Uint8Array;

function isNamed(frame: SentFrame): frame is NamedFrame {
  return frame.frame in sizes;
}

export function outgoing(frame: SentFrame): Outgoing {
  return isNamed(frame) ? frame : encodeFrame(frame);
}

/** How many bytes it has. */
export function sizeOf(frame: Outgoing): number {
  if (frame instanceof Uint8Array) return frame.length;
  return sizes[frame.frame] + (frame.frame === 'deliver' ? frame.body.length : 0);
}

/** Writes it from `at` on. */
export function write(frame: Outgoing, into: Buffer, at: number): void {
  if (frame instanceof Uint8Array) {
    into.set(frame, at);
    return;
  }
  copyChannel(frame.channel, into, at + 1);
  into[at] = types[frame.frame];
  if (frame.frame === 'deliver') {
    into.writeUIntBE(frame.seq, at + 17, 6);
    writeName(frame.id, into, at + 23);
    into.writeUIntBE(frame.expiresMs, at + 39, 6);
    into.writeUInt16BE(frame.body.length, at + 45);
    into.set(frame.body, at + 47);
    return;
  }
  writeName(frame.id, into, at + 17);
  if (frame.frame === 'stored') into.writeUIntBE(frame.seq, at + 33, 6);
}

function copyChannel(channel: Uint8Array, into: Uint8Array, at: number): void {
  for (let byte = 0; byte < channelBytes; byte++) into[at + byte] = channel[byte] as number;
}
