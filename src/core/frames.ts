import {
  bytes,
  type Codec,
  oneOf,
  optional,
  Reader,
  type Struct,
  struct,
  u8,
  u16,
  u32,
  u48,
  upTo,
  utf8UpTo,
  Writer,
} from './binary.ts';
import type { Bytes } from './bytes.ts';
import { AppError } from './errors.ts';
import { limits } from './limits.ts';

export const wireVersion = 1;

/** What the relay may say no with; a part of `ErrorCode`. On the wire a place in this list, so entries are only ever added. */
export const refusals = [
  'bad-signature',
  'unknown-channel',
  'channel-closed',
  'already-joined',
  'not-attached',
  'mailbox-full',
  'storage-full',
  'expired',
  'too-large',
  'too-many-requests',
  'push-refused',
  'channel-exists',
  'malformed-frame',
] as const;
export type Refusal = (typeof refusals)[number];

/** `awaited`: nobody has joined yet. */
export const peerPresence = ['awaited', 'away', 'here'] as const;
export const peerEvents = ['joined', 'here', 'away', 'second-join'] as const;
/** Where the other side is when a mailbox opens, and whatever of it changes afterwards. */
export type PeerState = (typeof peerPresence)[number] | (typeof peerEvents)[number];

/**
 * What became of a Web Push. `taken` by the push service; `none`: there is no subscription; `gone`: the service knows it
 * no more; `refused` by the service, or the relay does not push to it; `unreachable`: the service gave no answer.
 */
export const pushOutcomes = ['taken', 'none', 'gone', 'refused', 'unreachable'] as const;
export type PushOutcome = (typeof pushOutcomes)[number];

const channel = bytes(16);
const messageId = bytes(16);
const publicKey = bytes(32);
const signature = bytes(64);

/** Every frame: its type byte and its fields in wire order (docs/protocol.md §2). From the relay below 0x40, from a client above. */
const layouts = {
  hello: {
    type: 0x01,
    fields: struct({ version: u8, nonce: bytes(32), timeMs: u48, bodyBytes: u16, waitingMessages: u16 }),
  },
  attached: { type: 0x02, fields: struct({ channel, seq: u48, peer: oneOf(peerPresence) }) },
  refused: { type: 0x03, fields: struct({ channel, code: oneOf(refusals), retryAfterMs: u32 }) },
  stored: { type: 0x04, fields: struct({ channel, id: messageId, seq: u48 }) },
  rejected: { type: 0x05, fields: struct({ channel, id: messageId, code: oneOf(refusals), retryAfterMs: u32 }) },
  deliver: {
    type: 0x06,
    fields: struct({ channel, seq: u48, id: messageId, expiresMs: u48, body: upTo(limits.bodyBytes) }),
  },
  received: { type: 0x07, fields: struct({ channel, id: messageId }) },
  peer: { type: 0x08, fields: struct({ channel, event: oneOf(peerEvents) }) },
  closed: { type: 0x09, fields: struct({ channel }) },
  pong: { type: 0x0a, fields: struct({ timeMs: u48 }) },
  subscribed: { type: 0x0b, fields: struct({ channel }) },
  pushed: { type: 0x0c, fields: struct({ channel, id: messageId, outcome: oneOf(pushOutcomes) }) },
  ringing: { type: 0x0d, fields: struct({ channel, id: messageId }) },
  unsubscribed: { type: 0x0e, fields: struct({ channel, subscription: utf8UpTo(limits.urlCharacters) }) },
  attach: { type: 0x41, fields: struct({ channel, key: publicKey, since: u48, signature }) },
  join: { type: 0x42, fields: struct({ channel, joinKey: publicKey, key: publicKey, signature }) },
  put: {
    type: 0x43,
    fields: struct({
      channel,
      id: messageId,
      lifeMs: u32,
      collapse: optional(bytes(16)),
      body: upTo(limits.bodyBytes),
    }),
  },
  ack: { type: 0x44, fields: struct({ channel, seq: u48 }) },
  subscribe: { type: 0x45, fields: struct({ channel, subscription: utf8UpTo(limits.urlCharacters) }) },
  close: { type: 0x46, fields: struct({ channel }) },
  ping: { type: 0x47, fields: struct({}) },
  ring: { type: 0x48, fields: struct({ channel, id: messageId }) },
} as const;

type Layouts = typeof layouts;
export type FrameName = keyof Layouts;
type FieldsOf<Name extends FrameName> = Layouts[Name]['fields'] extends Codec<infer Values> ? Values : never;
export type FrameOf<Name extends FrameName> = { frame: Name } & FieldsOf<Name>;
export type Frame = { [Name in FrameName]: FrameOf<Name> }[FrameName];
export type RelayFrameName =
  | 'hello'
  | 'attached'
  | 'refused'
  | 'stored'
  | 'rejected'
  | 'deliver'
  | 'received'
  | 'peer'
  | 'closed'
  | 'pong'
  | 'subscribed'
  | 'pushed'
  | 'ringing'
  | 'unsubscribed';
export type RelayFrame = { [Name in RelayFrameName]: FrameOf<Name> }[RelayFrameName];
export type ClientFrame = Exclude<Frame, RelayFrame>;

const names = new Map(Object.entries(layouts).map(([name, { type }]) => [type as number, name as FrameName]));

/** One frame as the content of one binary WebSocket message. Throws `too-large` when a body is. */
export function encodeFrame(frame: Frame): Bytes {
  const { type, fields } = layouts[frame.frame] as { type: number; fields: Codec<Frame> };
  const writer = new Writer(1 + fields.size(frame));
  writer.unsigned(1, type);
  fields.write(writer, frame);
  return writer.done;
}

function decodeFrame(encoded: Uint8Array): Frame {
  const reader = new Reader(encoded);
  const name = names.get(reader.unsigned(1));
  if (name === undefined) throw new AppError('malformed-frame', 'unknown type');
  const fields = layouts[name].fields.read(reader);
  reader.end();
  return Object.assign(fields, { frame: name }) as Frame;
}

/** A frame that a client may send. Throws `malformed-frame`, `malformed-message` (text that is not UTF-8) or `too-large`. */
export function decodeClientFrame(encoded: Uint8Array): ClientFrame {
  return decodeFrom(encoded, (type) => type >= 0x40) as ClientFrame;
}

/** A frame that a relay may send. Throws as `decodeClientFrame` does. */
export function decodeRelayFrame(encoded: Uint8Array): RelayFrame {
  return decodeFrom(encoded, (type) => type < 0x40) as RelayFrame;
}

function decodeFrom(encoded: Uint8Array, allowed: (type: number) => boolean): Frame {
  if (encoded.length === 0 || !allowed(encoded[0] as number))
    throw new AppError('malformed-frame', 'from the wrong side');
  return decodeFrame(encoded);
}

/** Body of `POST /v1/channels` (docs/protocol.md §3). */
export const channelCreation = struct({ channel, key: publicKey, joinKey: publicKey, signature });
export type ChannelCreation = Struct<{
  channel: typeof channel;
  key: typeof publicKey;
  joinKey: typeof publicKey;
  signature: typeof signature;
}>;
