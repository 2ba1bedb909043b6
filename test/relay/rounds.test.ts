import { expect, it } from 'vitest';
import { Rounds } from '../../src/relay/rounds.ts';

it.each([0, 1, 3, 4, 5, 1_003])('gives each of %i its turn once a round, and never many at once', (count) => {
  const items = new Set(Array.from({ length: count }, (_, item) => item));
  const rounds = new Rounds(items, 4);
  for (let round = 0; round < 3; round++) {
    const parts = Array.from({ length: 4 }, () => [...rounds.next()]);
    expect(parts.flat()).toEqual([...items]);
    for (const part of parts) expect(part.length).toBeLessThanOrEqual(Math.ceil(count / 4));
  }
});

it('misses none while others come and go', () => {
  const items = new Set(Array.from({ length: 100 }, (_, item) => item));
  const rounds = new Rounds(items, 4);
  const first = [...rounds.next()];
  for (const gone of [0, 30, 31]) items.delete(gone);
  for (let item = 100; item < 900; item++) items.add(item);
  const rest = [...rounds.next(), ...rounds.next(), ...rounds.next()];
  expect([...first, ...rest].filter((item) => items.has(item))).toEqual([...items]);
});
