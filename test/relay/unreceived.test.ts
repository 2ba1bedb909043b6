import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Unreceived } from '../../src/relay/unreceived.ts';

const lateMs = 3_000;
const message = (id: string, lifeMs = 60_000) => ({ id, collapse: null, arrivedMs: 0, expiresMs: lifeMs });

let woken: { id: string; wanted: () => string }[];
let unreceived: Unreceived<ReturnType<typeof message>>;
const ids = () => woken.map(({ id }) => id);

beforeEach(() => {
  vi.useFakeTimers();
  woken = [];
  unreceived = new Unreceived(lateMs, ({ id }, wanted) => woken.push({ id, wanted }));
});
afterEach(() => {
  vi.useRealTimers();
});

it('wakes for what is late, while it lives', () => {
  unreceived.add(message('long'), true);
  unreceived.add(message('short', 1_000), true);
  vi.advanceTimersByTime(999);
  expect(ids()).toEqual(['short']);
  vi.advanceTimersByTime(lateMs);
  expect(ids()).toEqual(['short', 'long']);
});

it('takes an id that is used again for another message', () => {
  unreceived.add(message('A', 2_000), true);
  vi.advanceTimersByTime(500);
  unreceived.add(message('A'), true);
  vi.advanceTimersByTime(lateMs - 1);
  expect(ids()).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(ids()).toEqual(['A']);
});

it('says of who was woken that it is wanted until it acknowledges, or the life is over', () => {
  for (const id of ['received', 'expired', 'waits'])
    unreceived.add(message(id, id === 'expired' ? 5_000 : 60_000), false);
  unreceived.drop('received');
  vi.advanceTimersByTime(10_000);
  expect(woken.map(({ wanted }) => wanted())).toEqual(['no', 'no', 'still']);
});

it('leaves no timer when nobody will hear of it any more', () => {
  for (const isDelivered of [true, false]) unreceived.add(message(String(isDelivered)), isDelivered);
  unreceived.end();
  expect(ids()).toEqual(['false', 'true']);
  expect(woken.map(({ wanted }) => wanted())).toEqual(['until-there', 'until-there']);
  expect(vi.getTimerCount()).toBe(0);
});
