import { expect, it } from 'vitest';
import { SeenMarks } from '../../src/relay-client/seen-marks.ts';

it('forgets what is over, and of one pairing the oldest beyond 4,096, which costs no other pairing anything', () => {
  const marks = new SeenMarks();
  marks.add('quiet', 'first', 5_000);
  for (let at = 0; at < 5_000; at++) marks.add('loud', String(at), 1_000 + at);
  const gone = marks.sweep(1_100);
  expect(gone).toHaveLength(904);
  expect(gone[0]).toBe(SeenMarks.key('loud', '0'));
  expect([marks.has('loud', '903'), marks.has('loud', '904'), marks.has('quiet', 'first')]).toEqual([
    false,
    true,
    true,
  ]);
  expect(marks.sweep(5_001)).toContain(SeenMarks.key('quiet', 'first'));
  expect(marks.has('quiet', 'first')).toBe(false);
});

it('forgets all of a pairing that ends', () => {
  const marks = new SeenMarks();
  marks.add('one', 'first:x', 5_000);
  marks.add('other', 'y', 5_000);
  expect(marks.forget('one')).toEqual([SeenMarks.key('one', 'first:x')]);
  expect([marks.has('one', 'first:x'), marks.has('other', 'y')]).toEqual([false, true]);
});
