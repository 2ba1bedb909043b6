import { AppError } from '../core/errors.ts';
import { type ClientFrame, decodeClientFrame, encodeFrame, type FrameOf, type RelayFrame } from '../core/frames.ts';
import { limits } from '../core/limits.ts';

// Five frames are nearly all that a relay reads and writes. They are coded by hand here, at places that
// docs/protocol.md §2 gives: by `core/frames.ts`, which says the same and more, each would cost five times as much.

/** A `put` of which the channel is a name (`name.ts`), as it is looked up and no more. */
export type NamedPut = Omit<FrameOf<'put'>, 'channel'> & { channel: string };
export type NamedAck = Omit<FrameOf<'ack'>, 'channel'> & { channel: string };
export type ReceivedFrame = Exclude<ClientFrame, FrameOf<'put'> | FrameOf<'ack'>> | NamedPut | NamedAck;

const types = { stored: 0x04, deliver: 0x06, received: 0x07, put: 0x43, ack: 0x44 } as const;
const idAt = 17;
const idBytes = 16;
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
  if (frame.frame === 'put' || frame.frame === 'ack') return { ...frame, channel: nameAt(data, 1) };
  return frame;
}

function decodePut(data: Buffer): NamedPut {
  const length = data.readUInt16BE(collapseAt);
  if (length > limits.bodyBytes) throw new AppError('too-large', `${length} bytes, ${limits.bodyBytes} at most`);
  if (length !== data.length - putHeadBytes) throw new AppError('malformed-frame', 'another length than it says');
  // Copies: a view would keep the whole of what was read with it.
  const body = Buffer.allocUnsafe(length);
  data.copy(body, 0, putHeadBytes);
  const id = new Uint8Array(idBytes);
  for (let byte = 0; byte < idBytes; byte++) id[byte] = data[idAt + byte] as number;
  return { frame: 'put', channel: nameAt(data, 1), id, lifeMs: data.readUInt32BE(lifeAt), collapse: null, body };
}

function nameAt(data: Buffer, at: number): string {
  return data.toString('latin1', at, at + 16);
}

const sizes: Readonly<Record<string, number>> = { stored: 39, received: 33, deliver: 47 };

/** A frame as it is sent: itself while it can be written where it is to go, or else its bytes. */
export type Outgoing = FrameOf<'stored'> | FrameOf<'received'> | FrameOf<'deliver'> | Uint8Array;

export function outgoing(frame: RelayFrame): Outgoing {
  return frame.frame in sizes ? (frame as Outgoing) : encodeFrame(frame);
}

/** How many bytes it has. */
export function sizeOf(frame: Outgoing): number {
  if (frame instanceof Uint8Array) return frame.length;
  return (sizes[frame.frame] as number) + (frame.frame === 'deliver' ? frame.body.length : 0);
}

/** Writes it from `at` on. */
export function write(frame: Outgoing, into: Buffer, at: number): void {
  if (frame instanceof Uint8Array) {
    into.set(frame, at);
    return;
  }
  copy16(frame.channel, into, at + 1);
  into[at] = types[frame.frame];
  if (frame.frame === 'deliver') {
    into.writeUIntBE(frame.seq, at + 17, 6);
    copy16(frame.id, into, at + 23);
    into.writeUIntBE(frame.expiresMs, at + 39, 6);
    into.writeUInt16BE(frame.body.length, at + 45);
    into.set(frame.body, at + 47);
    return;
  }
  copy16(frame.id, into, at + 17);
  if (frame.frame === 'stored') into.writeUIntBE(frame.seq, at + 33, 6);
}

/** A channel's or a message's id. */
function copy16(bytes: Uint8Array, into: Uint8Array, at: number): void {
  for (let byte = 0; byte < idBytes; byte++) into[at + byte] = bytes[byte] as number;
}
