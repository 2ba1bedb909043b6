import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import committed from '../../vectors/noise.json' with { type: 'json' };
import { type NoiseVector, play } from './vector.ts';

const published = new URL('../../../../shared/vectors/noise.json', import.meta.url);

function check(vector: NoiseVector): void {
  const { handshake_hash: hash, messages, ...keys } = vector;
  const payloads = messages.map(({ payload }) => payload);
  expect(play(keys, payloads)).toEqual({ ...keys, handshake_hash: hash, messages });
}

describe('Noise vectors of this project', () => {
  it.each(committed)('$protocol_name: $messages.length messages', check);
});

describe.skipIf(!existsSync(published))('Noise vectors of others, in ../shared/vectors/noise.json', () => {
  const vectors = existsSync(published) ? (JSON.parse(readFileSync(published, 'utf8')) as NoiseVector[]) : [];
  it.each(vectors)('$protocol_name', check);
});
