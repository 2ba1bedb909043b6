import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encode } from '../../../src/core/binary.ts';
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
import { decodeWaiting, encodeWaiting } from '../../../src/relay/stores/redis/keys.ts';
import { propertyRuns } from '../../support/property-runs.ts';

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

it('reads from Redis what it wrote there by hand', () => {
  fc.assert(
    fc.property(message, (of) => {
      const { body, collapse, ...rest } = decodeWaiting(encodeWaiting(of));
      expect({ ...rest, body: [...body], collapse: collapse && [...collapse] }).toEqual({
        ...of,
        ...{ body: [...of.body], collapse: of.collapse && [...of.collapse] },
      });
    }),
    propertyRuns(50),
  );
});
