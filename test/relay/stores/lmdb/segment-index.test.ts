import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SegmentIndex } from '../../../../src/relay/stores/lmdb/segment-index.ts';
import { entryHeadBytes } from '../../../../src/relay/stores/lmdb/segment-layout.ts';
import { propertyRuns } from '../../../support/property-runs.ts';

/** A segment of entries that are keys and no more, as the index sees them, and where each begins. */
function segmentOf(keys: readonly string[]) {
  const parts = keys.map((key) =>
    Buffer.concat([Buffer.from([0, key.length, 0, 0, 0, 0]), Buffer.from(key, 'latin1')]),
  );
  const head = Buffer.alloc(30);
  let at = head.length;
  const places = parts.map((part) => {
    const place = at;
    at += part.length;
    return place;
  });
  return { bytes: Buffer.concat([head, ...parts]), places };
}

const sorted = (numbers: Iterable<number>) => [...numbers].sort((left, right) => left - right);
/** The first three bytes of an entry's key, or of what lies behind a shorter one. */
const headAt = (bytes: Buffer, place: number) =>
  Buffer.from([0, 1, 2].map((at) => bytes[place + entryHeadBytes + at] ?? 0));
const keyBytes = (key: string) => Buffer.from(key, 'latin1');

describe('the index of a segment', () => {
  it('finds what a map finds, whatever was set, removed and set again', () => {
    const step = fc.record({
      key: fc.oneof(fc.constantFrom('a', 'b', 'ab', 'ba'), fc.string({ minLength: 1, maxLength: 40 })),
      change: fc.constantFrom('set', 'new', 'delete'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const named = steps.map(({ key, change }) => ({ key: keyBytes(key).toString('latin1'), change }));
        const { bytes, places } = segmentOf(named.map(({ key }) => key));
        const [index, map] = [new SegmentIndex(), new Map<string, number>()];
        for (const [at, { key, change }] of named.entries()) {
          const place = places[at] as number;
          const [from, to] = [place + entryHeadBytes, place + entryHeadBytes + key.length];
          if (change === 'delete') {
            index.delete(bytes, from, to);
            map.delete(key);
          } else {
            index.set(bytes, from, to, change === 'new' ? -place : place);
            map.set(key, change === 'new' ? -place : place);
          }
        }
        expect(index.size).toBe(map.size);
        const ordered = [...index.ordered(bytes)];
        expect(sorted(ordered)).toEqual(sorted([...map.values()].map(Math.abs)));
        const heads = ordered.map((place) => headAt(bytes, place));
        expect(heads).toEqual([...heads].sort(Buffer.compare));
        for (const { key } of named) {
          expect(index.get(bytes, keyBytes(key), 0, key.length)).toBe(map.get(key) ?? 0);
        }
        index.clear();
        expect(index.size).toBe(0);
        for (const { key } of named) expect(index.get(bytes, keyBytes(key), 0, key.length)).toBe(0);
      }),
      propertyRuns(200),
    );
  });

  it('grows with its keys, and not with what came and went', () => {
    const keys = Array.from({ length: 20_000 }, (_, at) => `key ${at}`);
    const { bytes, places } = segmentOf(keys);
    const index = new SegmentIndex();
    const rangeOf = (at: number) => {
      const from = (places[at] as number) + entryHeadBytes;
      return [from, from + (keys[at] as string).length] as const;
    };
    for (const [at, place] of places.entries()) {
      index.set(bytes, ...rangeOf(at), place);
      if (at >= 100) index.delete(bytes, ...rangeOf(at - 100));
    }
    expect(sorted(index.ordered(bytes))).toEqual(places.slice(-100));
    for (const [at, place] of places.entries()) index.set(bytes, ...rangeOf(at), place);
    expect(index.size).toBe(keys.length);
    expect(places.every((place, at) => index.get(bytes, bytes, ...rangeOf(at)) === place)).toBe(true);
  });
});
