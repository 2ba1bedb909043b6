import { AppError } from '../../../core/errors.ts';
import { limits } from '../../../core/limits.ts';
import { nameAt, writeName } from '../../name.ts';
import type { NewMessage, Side } from '../mailbox-store.ts';

// How channels lie in Redis. Everything of one channel is in one of 256 hash slots, and so is what wakes a process about
// it: a process subscribes to 256 names once, instead of to one for each mailbox that is opened.
//
//   tandem:{ff}:CHANNEL        hash: s state, u until (ms), ck jk pk keys, a once the joiner attached by its own;
//                              for each side: l last number, m how many wait at most,
//                              e until when the mailbox is kept, n when it is marked as due, if it is, o who has it open,
//                              p its push subscription, d one that its push service knows no more
//   tandem:{ff}:CHANNEL:S:w    stream: what waits for side S (c creator, j joiner), by number
//   tandem:{ff}:CHANNEL:S:k    hash: known ids, each with w, or x when it was replaced, number and expiry; c and a collapse key: the id it stands for
//   tandem:{ff}:CHANNEL:S:g    list: ids that are remembered though their messages are gone, the longest known first
//   tandem:{ff}:due            sorted set: mailboxes in which something waits, by when the first of it expires
//   tandem:{ff}:PROCESS        shard channel that wakes a process

/** How many hash slots there are in use, and names that a process subscribes to. */
export const slots = 256;

/** The part of each key that is the same for a slot; 12 characters. */
export function slotPrefix(slot: number): string {
  return `tandem:{${slot.toString(16).padStart(2, '0')}}:`;
}

/** The slot of a name that begins with a `slotPrefix`. */
export function slotOf(name: string): number {
  return Number.parseInt(name.slice('tandem:{'.length), 16);
}

/** A channel's first key, which all others begin with; 34 characters. */
export function channelKey(channel: Uint8Array): string {
  return slotPrefix(channel[0] as number) + Buffer.from(channel).toString('base64url');
}

/** Mailboxes of a slot in which something is going to expire. */
export function dueKey(channel: string): string {
  return `${channel.slice(0, slotPrefix(0).length)}due`;
}

export type SideLetter = 'c' | 'j';
export const letters: Readonly<Record<Side, SideLetter>> = { creator: 'c', joiner: 'j' };

/** The three keys of one mailbox. */
export function mailboxKeys(channel: string, side: Side): [waiting: string, known: string, gone: string] {
  const base = `${channel}:${letters[side]}:`;
  return [`${base}w`, `${base}k`, `${base}g`];
}

const keyBytes = 16;
/** A message as it waits: expiry 6, id 16, whether there is a collapse key 1, the collapse key 16 or 0, length 2, body. The scripts read it too. */
const waitingPlaces = { id: 6, hasCollapse: 22, collapse: 23 } as const;
export type WaitingMessage = Pick<NewMessage, 'id' | 'expiresMs' | 'collapse' | 'body'>;

export function encodeWaiting({ id, expiresMs, collapse, body }: WaitingMessage): Buffer {
  const lengthAt = waitingPlaces.collapse + (collapse ? collapse.length : 0);
  const record = Buffer.allocUnsafe(lengthAt + 2 + body.length);
  record.writeUIntBE(expiresMs, 0, 6);
  writeName(id, record, waitingPlaces.id);
  record[waitingPlaces.hasCollapse] = collapse ? 1 : 0;
  if (collapse) record.set(collapse, waitingPlaces.collapse);
  record.writeUInt16BE(body.length, lengthAt);
  record.set(body, lengthAt + 2);
  return record;
}

interface Extent {
  readonly lengthAt: number;
  readonly bodyAt: number;
  readonly end: number;
}

/** Where the parts are of a message that begins at a place. Throws `malformed-frame` for what no relay has written. */
function extentOf(bytes: Buffer, at: number): Extent {
  const hasCollapse = bytes[at + waitingPlaces.hasCollapse];
  const lengthAt = at + waitingPlaces.collapse + (hasCollapse === 1 ? keyBytes : 0);
  const bodyAt = lengthAt + 2;
  if (hasCollapse === undefined || hasCollapse > 1 || bodyAt > bytes.length) throw malformed();
  const length = bytes.readUInt16BE(lengthAt);
  if (length > limits.bodyBytes || bodyAt + length > bytes.length) throw malformed();
  return { lengthAt, bodyAt, end: bodyAt + length };
}

function malformed(): AppError {
  return new AppError('malformed-frame', 'not as a relay writes what waits');
}

function waitingAt(bytes: Buffer, at: number, { lengthAt, bodyAt, end }: Extent): WaitingMessage {
  const collapseAt = at + waitingPlaces.collapse;
  return {
    expiresMs: bytes.readUIntBE(at, 6),
    id: nameAt(bytes, at + waitingPlaces.id),
    collapse: lengthAt === collapseAt ? null : bytes.subarray(collapseAt, lengthAt),
    body: bytes.subarray(bodyAt, end),
  };
}

/** Its body lies where the record does. Throws `malformed-frame` for what no relay has written. */
export function decodeWaiting(record: Buffer): WaitingMessage {
  const extent = extentOf(record, 0);
  if (extent.end !== record.length) throw malformed();
  return waitingAt(record, 0, extent);
}

/** In a hint: a number, in decimal digits. */
const numberBytes = 15;

/**
 * What a hint says was put: the number before, and then a number and a message by turns. Each is given with the number before it.
 * Throws `malformed-frame` for what no relay has said.
 */
export function* decodePut(said: Buffer): Generator<{ seq: number; before: number; message: WaitingMessage }> {
  let before = numberAt(said, 0);
  for (let at = numberBytes; at < said.length; ) {
    const seq = numberAt(said, at);
    const extent = extentOf(said, at + numberBytes);
    yield { seq, before, message: waitingAt(said, at + numberBytes, extent) };
    before = seq;
    at = extent.end;
  }
}

function numberAt(said: Buffer, at: number): number {
  const digits = said.toString('latin1', at, at + numberBytes);
  if (!/^\d{15}$/.test(digits)) throw malformed();
  return Number(digits);
}
