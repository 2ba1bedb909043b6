import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, encode } from '../../src/core/binary.ts';
import {
  channelCreation,
  decodeClientFrame,
  decodeRelayFrame,
  encodeFrame,
  type Frame,
  peerEvents,
  peerPresence,
  refusals,
} from '../../src/core/frames.ts';
import { limits } from '../../src/core/limits.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { refusal, resultOrRefusal } from '../support/refusal.ts';
import { truncatedEverywhere } from '../support/tampering.ts';

const fixed = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const channel = fixed(16);
const id = fixed(16);
const key = fixed(32);
const signature = fixed(64);
const u16 = fc.nat({ max: 2 ** 16 - 1 });
const u32 = fc.nat({ max: 2 ** 32 - 1 });
const u48 = fc.nat({ max: 2 ** 48 - 1 });
const body = fc.uint8Array({ maxLength: 200 });
const code = fc.constantFrom(...refusals);

const relayFrames = {
  hello: { version: fc.nat({ max: 255 }), nonce: key, timeMs: u48, bodyBytes: u16, waitingMessages: u16 },
  attached: { channel, seq: u48, peer: fc.constantFrom(...peerPresence) },
  refused: { channel, code, retryAfterMs: u32 },
  stored: { channel, id, seq: u48 },
  rejected: { channel, id, code, retryAfterMs: u32 },
  deliver: { channel, seq: u48, id, expiresMs: u48, body },
  received: { channel, id },
  peer: { channel, event: fc.constantFrom(...peerEvents) },
  closed: { channel },
  pong: { timeMs: u48 },
};
const clientFrames = {
  attach: { channel, key, since: u48, signature },
  join: { channel, joinKey: key, key, signature },
  put: { channel, id, lifeMs: u32, collapse: fc.option(id), body },
  ack: { channel, seq: u48 },
  subscribe: { channel, subscription: fc.string({ unit: 'grapheme', maxLength: 60 }) },
  close: { channel },
  ping: {},
};

function anyOf(table: Record<string, Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<Frame>[] {
  return Object.entries(table).map(([frame, fields]) =>
    fc.record({ frame: fc.constant(frame), ...fields }),
  ) as fc.Arbitrary<unknown>[] as fc.Arbitrary<Frame>[];
}

const sides = [
  ['relay', anyOf(relayFrames), decodeRelayFrame, decodeClientFrame],
  ['client', anyOf(clientFrames), decodeClientFrame, decodeRelayFrame],
] as const;

describe.each(sides)('frames from a %s', (_, kinds, decodeThis, decodeOther) => {
  it('come back as they were, from the right side alone', () => {
    for (const kind of kinds) {
      fc.assert(
        fc.property(kind, (frame) => {
          const encoded = encodeFrame(frame);
          expect(encoded.length).toBeLessThanOrEqual(limits.frameBytes);
          expect(decodeThis(encoded)).toEqual(frame);
          expect(refusal(() => decodeOther(encoded)).code).toBe('malformed-frame');
        }),
        propertyRuns(40),
      );
    }
  });

  it('are refused at every length that is shorter, and with anything after them', () => {
    for (const kind of kinds) {
      fc.assert(
        fc.property(kind, fc.uint8Array({ minLength: 1, maxLength: 3 }), (frame, rest) => {
          const encoded = encodeFrame(frame);
          for (const { bytes } of truncatedEverywhere(encoded)) {
            expect(['malformed-frame', 'malformed-message']).toContain(refusal(() => decodeThis(bytes)).code);
          }
          expect(refusal(() => decodeThis(Uint8Array.of(...encoded, ...rest))).code).toBe('malformed-frame');
        }),
        propertyRuns(5),
      );
    }
  });
});

it('a frame may be any bytes at all, and has one form on the wire', () => {
  const likely = fc
    .tuple(fc.constantFrom(0x00, 0x01, 0x03, 0x06, 0x0a, 0x0b, 0x41, 0x43, 0x45, 0x47, 0x48, 0xff), fc.uint8Array())
    .map(([type, rest]) => Uint8Array.of(type, ...rest));
  fc.assert(
    fc.property(fc.oneof(likely, fc.uint8Array({ maxLength: 400 })), (bytes) => {
      for (const decodeSide of [decodeRelayFrame, decodeClientFrame]) {
        const frame = resultOrRefusal(() => decodeSide(bytes));
        if ('frame' in frame) expect(encodeFrame(frame)).toEqual(bytes);
      }
    }),
    propertyRuns(1000),
  );
});

describe('a body', () => {
  const frame = {
    frame: 'put',
    channel: new Uint8Array(16),
    id: new Uint8Array(16),
    lifeMs: 1,
    collapse: null,
  } as const;

  it('of the largest size fits a frame and a delivery', () => {
    const largest = new Uint8Array(limits.bodyBytes);
    const put = { ...frame, collapse: new Uint8Array(16), body: largest };
    expect(encodeFrame(put).length).toBeLessThanOrEqual(limits.frameBytes);
    expect(decodeClientFrame(encodeFrame(put))).toEqual(put);
  });

  it('of one byte more is refused, written or read', () => {
    const { code } = refusal(() => encodeFrame({ ...frame, body: new Uint8Array(limits.bodyBytes + 1) }));
    expect(code).toBe('too-large');
    const encoded = encodeFrame({ ...frame, body: new Uint8Array(1) });
    new DataView(encoded.buffer).setUint16(encoded.length - 3, limits.bodyBytes + 1);
    expect(refusal(() => decodeClientFrame(encoded)).code).toBe('too-large');
  });
});

it('a subscription that is not UTF-8 is refused', () => {
  const encoded = encodeFrame({ frame: 'subscribe', channel: new Uint8Array(16), subscription: 'x' });
  encoded[encoded.length - 1] = 0xff;
  expect(refusal(() => decodeClientFrame(encoded)).code).toBe('malformed-message');
});

it('a channel creation comes back, and is refused at every other length', () => {
  const whole = { channel: new Uint8Array(16), key: new Uint8Array(32), joinKey: new Uint8Array(32).fill(1) };
  const encoded = encode(channelCreation, { ...whole, signature: new Uint8Array(64) });
  expect(decode(channelCreation, encoded)).toMatchObject(whole);
  for (const { bytes } of truncatedEverywhere(encoded)) {
    expect(refusal(() => decode(channelCreation, bytes)).code).toBe('malformed-frame');
  }
  expect(refusal(() => decode(channelCreation, Uint8Array.of(...encoded, 0))).code).toBe('malformed-frame');
});
