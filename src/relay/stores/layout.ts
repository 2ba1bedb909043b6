import { bytes, encode, oneOf, optional, struct, u8, u48, upTo, type ValueOf } from '../../core/binary.ts';
import { type Bytes, concat, utf8 } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import { writeName } from '../name.ts';
import { type Side, sides } from './mailbox-store.ts';

// How channels lie in an ordered store of byte strings. The first byte of a key is its table; numbers are big-endian,
// so that the order of keys is the order of numbers, and a mailbox is one range.

const tables = { channel: 1, message: 2, due: 3, subscription: 4, setting: 5, remembered: 6 } as const;

export const channelRecord = struct({
  /** `settled`: open, and the joiner has attached by its own key. */
  state: oneOf(['open', 'closed', 'settled']),
  /** When it expires unless somebody joins, or, joined, opens it before; ms since 1970. 0 for never. */
  untilMs: u48,
  creatorKey: bytes(32),
  joinKey: bytes(32),
  joinerKey: optional(bytes(32)),
});
export type ChannelRecord = ValueOf<typeof channelRecord>;

export const messageRecord = struct({
  /** `waiting` to be acknowledged; a `mark` is there for its number alone, and has no body. What is gone: `remembered.ts`. */
  state: oneOf(['waiting', 'mark']),
  id: bytes(16),
  expiresMs: u48,
  collapse: optional(bytes(16)),
  body: upTo(limits.bodyBytes),
});
export type MessageRecord = ValueOf<typeof messageRecord>;

const messagePlaces = { state: 0, id: 1, expires: 17, collapse: 23 } as const;
const messageStates = { waiting: 0, mark: 1 } as const;
const shortestMessage = 26;

/** Bytes of a `messageRecord`. */
export function messageBytes(collapse: Uint8Array | null, body: Uint8Array): number {
  return shortestMessage + (collapse ? collapse.length : 0) + body.length;
}

/** Writes a `messageRecord` as `encode` would, and makes nothing anew for it: `id` is a name. */
export function writeMessage(
  state: MessageRecord['state'],
  id: string,
  expiresMs: number,
  collapse: Uint8Array | null,
  body: Uint8Array,
  into: Buffer,
  at: number,
): void {
  into[at + messagePlaces.state] = messageStates[state];
  writeName(id, into, at + messagePlaces.id);
  into.writeUIntBE(expiresMs, at + messagePlaces.expires, 6);
  into[at + messagePlaces.collapse] = collapse ? 1 : 0;
  if (collapse) into.set(collapse, at + messagePlaces.collapse + 1);
  const lengthAt = at + messageBytes(collapse, body) - body.length - 2;
  into.writeUInt16BE(body.length, lengthAt);
  into.set(body, lengthAt + 2);
}

const table = { table: u8 };
const channelKeyLayout = struct({ ...table, channel: bytes(16) });
const messageKeyLayout = struct({ ...table, channel: bytes(16), side: oneOf(sides), seq: u48 });
/** Bytes of the key of a message or a page, and where its number is. */
export const messageKeyBytes = 24;
const keySeqAt = 18;
const dueKeyLayout = struct({ ...table, dueMs: u48, channel: bytes(16) });
const subscriptionKeyLayout = struct({ ...table, channel: bytes(16), side: oneOf(sides) });

export const highestSeq = 2 ** 48 - 1;
const lowest = new Uint8Array(16);

export function channelKey(channel: Uint8Array): Bytes {
  return encode(channelKeyLayout, { table: tables.channel, channel });
}

export function messageKey(channel: Uint8Array, side: Side, seq: number): Bytes {
  return encode(messageKeyLayout, { table: tables.message, channel, side, seq });
}

/** Some messages of a mailbox that are gone (`remembered.ts`). */
export function pageKey(channel: Uint8Array, side: Side, page: number): Bytes {
  return encode(messageKeyLayout, { table: tables.remembered, channel, side, seq: page });
}

/** The number in the key of a message or a page. */
export function seqOf(key: Uint8Array): number {
  return Buffer.from(key.buffer, key.byteOffset, key.length).readUIntBE(keySeqAt, 6);
}

/** Writes the key of a message or a page that is like another's but for its number. */
export function writeKeyLike(like: Uint8Array, seq: number, into: Buffer, at: number): void {
  for (let byte = 0; byte < keySeqAt; byte++) into[at + byte] = like[byte] as number;
  into.writeUIntBE(seq, at + keySeqAt, 6);
}

/** Says that something of a channel expires at a time; the value is empty. */
export function dueKey(dueMs: number, channel: Uint8Array): Bytes {
  return encode(dueKeyLayout, { table: tables.due, dueMs, channel });
}

/** From the first key that is due to behind the last that is by `nowMs`. */
export function dueRange(nowMs: number): [from: Bytes, to: Bytes] {
  return [dueKey(0, lowest), dueKey(nowMs + 1, lowest)];
}

/** The channel in a due key. */
export function channelOf(key: Uint8Array): Bytes {
  return new Uint8Array(key.subarray(7, 23));
}

export function subscriptionKey(channel: Uint8Array, side: Side): Bytes {
  return encode(subscriptionKeyLayout, { table: tables.subscription, channel, side });
}

export function settingKey(name: string): Bytes {
  return concat(new Uint8Array([tables.setting]), utf8(name));
}
