import { expect, it } from 'vitest';
import type { RedisConnection } from '../../../../src/relay/stores/redis/connection.ts';
import { WakeUps } from '../../../../src/relay/stores/redis/wake-ups.ts';

const framed = (text: string) => Buffer.concat([Buffer.from([0, 0, 0, text.length]), Buffer.from(text)]);

it.each([
  ['one of them is wrong', [framed('first'), framed('wrong'), framed('last')], ['first', 'last'], 1],
  ['its end is missing', [framed('first'), framed('last').subarray(0, 6)], ['first', 'la'], 1],
  ['a length is missing', [framed('first'), Buffer.from('abc')], ['first'], 1],
  ['all is right', [framed('first'), framed('last')], ['first', 'last'], 0],
])('hints that come together are heard each by itself where %s', async (_what, said, heard, troubles) => {
  let hear: (name: string, said: Buffer) => void = () => undefined;
  // Only what it subscribes by: a relay says nothing that is wrong.
  const redis = {
    subscribe: async (_names: readonly string[], listener: typeof hear) => {
      hear = listener;
    },
  } as unknown as RedisConnection;
  const seen: string[] = [];
  const trouble: unknown[] = [];
  await WakeUps.begin(redis, 'process', {
    hear(hint) {
      if (String(hint) === 'wrong') throw new Error('malformed');
      seen.push(String(hint));
    },
    missed: () => undefined,
    trouble: (thrown) => void trouble.push(thrown),
  });
  hear('tandem:{00}:process', Buffer.concat(said));
  expect(seen).toEqual(heard);
  expect(trouble).toHaveLength(troubles);
});
