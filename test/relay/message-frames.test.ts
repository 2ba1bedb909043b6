import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeClientFrame, encodeFrame, type FrameOf, type RelayFrame } from '../../src/core/frames.ts';
import { limits } from '../../src/core/limits.ts';
import { decodeReceived, outgoing, type SentFrame, sizeOf, write } from '../../src/relay/message-frames.ts';
import { bytesOf, name } from '../../src/relay/name.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { refusal } from '../support/refusal.ts';
import { truncatedEverywhere } from '../support/tampering.ts';

const sixteen = fc.uint8Array({ minLength: 16, maxLength: 16 });
const u48 = fc.nat({ max: 2 ** 48 - 1 });
const body = fc.uint8Array({ maxLength: 300 });
const put: fc.Arbitrary<FrameOf<'put'>> = fc.record({
  ...{ frame: fc.constant('put'), channel: sixteen, id: sixteen, lifeMs: fc.nat({ max: 2 ** 32 - 1 }) },
  ...{ collapse: fc.option(sixteen), body },
});
const ack: fc.Arbitrary<FrameOf<'ack'>> = fc.record({ frame: fc.constant('ack'), channel: sixteen, seq: u48 });
const sent: fc.Arbitrary<RelayFrame> = fc.oneof(
  fc.record({ frame: fc.constant('stored'), channel: sixteen, id: sixteen, seq: u48 }),
  fc.record({ frame: fc.constant('received'), channel: sixteen, id: sixteen }),
  fc.record({ frame: fc.constant('deliver'), channel: sixteen, seq: u48, id: sixteen, expiresMs: u48, body }),
  fc.record({ frame: fc.constant('pong'), timeMs: u48 }),
);

const asPlain = (value: unknown) => (value instanceof Uint8Array ? [...value] : value);
const plain = (frame: object) => Object.fromEntries(Object.entries(frame).map(([key, value]) => [key, asPlain(value)]));
/** By the table of all frames, which is what docs/protocol.md says. */
const byTable = (data: Uint8Array) => {
  const frame = decodeClientFrame(data);
  if (frame.frame === 'put') return plain({ ...frame, channel: name(frame.channel), id: name(frame.id) });
  return plain('channel' in frame ? { ...frame, channel: name(frame.channel) } : frame);
};

describe('frames that are coded by hand', () => {
  it('are read as the table of all frames reads them', () => {
    fc.assert(
      fc.property(fc.oneof(put, ack), (frame) => {
        const data = Buffer.from(encodeFrame(frame));
        expect(plain(decodeReceived(data))).toEqual(byTable(data));
        const more = Buffer.concat([data, Buffer.alloc(1)]);
        for (const { bytes: broken } of [{ bytes: more }, ...truncatedEverywhere(data)]) {
          const asRead = refusal(() => decodeReceived(Buffer.from(broken)));
          expect(asRead.code).toBe(refusal(() => decodeClientFrame(broken)).code);
        }
      }),
      propertyRuns(20),
    );
  });

  it('refuse a body that is too large by name', () => {
    const data = Buffer.alloc(40 + limits.bodyBytes + 1);
    data[0] = 0x43;
    data.writeUInt16BE(limits.bodyBytes + 1, 38);
    expect(refusal(() => decodeReceived(data)).code).toBe('too-large');
  });

  it('keep nothing of what they were read from', () => {
    const frame = { frame: 'put', channel: new Uint8Array(16), id: new Uint8Array(16).fill(7) } as const;
    const data = Buffer.from(encodeFrame({ ...frame, lifeMs: 1, collapse: null, body: new Uint8Array(9).fill(7) }));
    const read = decodeReceived(data) as Extract<ReturnType<typeof decodeReceived>, { frame: 'put' }>;
    data.fill(0);
    expect([...bytesOf(read.id), ...read.body].every((byte) => byte === 7)).toBe(true);
  });

  it('are written as the table of all frames writes them', () => {
    fc.assert(
      fc.property(sent, fc.nat({ max: 5 }), (frame, at) => {
        const wanted = encodeFrame(frame);
        const ready = outgoing(('id' in frame ? { ...frame, id: name(frame.id) } : frame) as SentFrame);
        const into = Buffer.alloc(at + sizeOf(ready));
        write(ready, into, at);
        expect([...into.subarray(at)]).toEqual([...wanted]);
      }),
      propertyRuns(50),
    );
  });
});
