import fc from 'fast-check';
import { expect, it } from 'vitest';
import * as binary from '../../../src/core/binary.ts';
import { limits } from '../../../src/core/limits.ts';
import { bytesOf, name } from '../../../src/relay/name.ts';
import {
  messageBytes,
  messageKey,
  messageKeyBytes,
  messageRecord,
  seqOf,
  writeKeyLike,
  writeMessage,
} from '../../../src/relay/stores/layout.ts';
import { decodePut, decodeWaiting, encodeWaiting } from '../../../src/relay/stores/redis/keys.ts';
import { propertyRuns } from '../../support/property-runs.ts';

const { bytes, encode, optional, struct, upTo } = binary;
const sixteen = fc.uint8Array({ minLength: 16, maxLength: 16 });
const u48 = fc.nat({ max: 2 ** 48 - 1 });
const message = fc.record({
  ...{ id: sixteen.map(name), expiresMs: u48, collapse: fc.option(sixteen) },
  body: fc.uint8Array({ maxLength: 600 }),
});

it('writes a message by hand as its record says', () => {
  fc.assert(
    fc.property(message, fc.constantFrom('waiting' as const, 'mark' as const), fc.nat({ max: 5 }), (of, state, at) => {
      const { id, expiresMs, collapse, body } = of;
      const into = Buffer.alloc(at + messageBytes(collapse, body));
      writeMessage(state, id, expiresMs, collapse, body, into, at);
      expect([...into.subarray(at)]).toEqual([...encode(messageRecord, { ...of, state, id: bytesOf(id) })]);
    }),
    propertyRuns(50),
  );
});

it('writes the key of a message like another’s', () => {
  fc.assert(
    fc.property(sixteen, fc.constantFrom('creator' as const, 'joiner' as const), u48, (channel, side, seq) => {
      const into = Buffer.alloc(messageKeyBytes);
      writeKeyLike(messageKey(channel, side, 0), seq, into, 0);
      expect([...into]).toEqual([...messageKey(channel, side, seq)]);
      expect(seqOf(into)).toBe(seq);
    }),
    propertyRuns(50),
  );
});

const waitingRecord = struct({
  expiresMs: binary.u48,
  id: bytes(16),
  collapse: optional(bytes(16)),
  body: upTo(limits.bodyBytes),
});

it('writes what waits in Redis by hand as its fields say, and reads it so', () => {
  fc.assert(
    fc.property(message, (of) => {
      const record = encodeWaiting(of);
      expect([...record]).toEqual([...encode(waitingRecord, { ...of, id: bytesOf(of.id) })]);
      const { body, collapse, ...rest } = decodeWaiting(record);
      expect({ ...rest, body: [...body], collapse: collapse && [...collapse] }).toEqual({
        ...of,
        ...{ body: [...of.body], collapse: of.collapse && [...of.collapse] },
      });
    }),
    propertyRuns(50),
  );
});

it('reads what is put together each with the number before it', () => {
  fc.assert(
    fc.property(fc.array(message, { minLength: 1, maxLength: 5 }), fc.nat(), (of, first) => {
      const digits = (number: number) => Buffer.from(String(number).padStart(15, '0'));
      const said = of.flatMap((each, at) => [digits(first + at + 1), encodeWaiting(each)]);
      const read = [...decodePut(Buffer.concat([digits(first), ...said]))];
      expect(read.map(({ seq, before }) => [seq, before])).toEqual(of.map((_, at) => [first + at + 1, first + at]));
      expect(read.map(({ message: { id, body } }) => [id, ...body])).toEqual(of.map(({ id, body }) => [id, ...body]));
    }),
    propertyRuns(50),
  );
});

it('refuses what waits in Redis when it is shorter, longer, or none of ours', () => {
  fc.assert(
    fc.property(message, fc.nat(), fc.integer({ min: 2, max: 255 }), (of, cut, mark) => {
      const record = encodeWaiting(of);
      const marked = Buffer.from(record);
      marked[22] = mark;
      const wrong = [record.subarray(0, cut % record.length), Buffer.concat([record, Buffer.alloc(1)]), marked];
      for (const each of wrong) {
        expect(() => decodeWaiting(each)).toThrow(expect.objectContaining({ code: 'malformed-frame' }));
      }
    }),
    propertyRuns(50),
  );
});
