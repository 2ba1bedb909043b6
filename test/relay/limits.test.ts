import { expect, it } from 'vitest';
import { relayLimits } from '../../src/relay/limits.ts';
import { heldBytes, ratesOf } from '../../src/relay/rates.ts';
import { read } from '../house/source.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

it('has the figures that docs/operate.md says', () => {
  const rows = [...read('docs/operate.md').matchAll(/\| ([\d,]+) \| `(\w+)` \|/g)];
  const said = Object.fromEntries(rows.map(([, value = '', name]) => [name, Number(value.replaceAll(',', ''))]));
  expect(rows).toHaveLength(14);
  expect(relayLimits).toMatchObject(said);
});

/** How many messages, of `bytes` that live `lifeMs`, are taken within a day when one is put every `everyMs`. */
function takenInADay(channels: number, bytes: number, lifeMs: number, everyMs: number): { taken: number; of: number } {
  const { heldByChannel, heldByAddress } = ratesOf(relayLimits);
  const held = heldBytes(bytes, lifeMs);
  let taken = 0;
  let of = 0;
  for (let nowMs = 0; nowMs < dayMs; nowMs += everyMs) {
    for (let channel = 0; channel < channels; channel++) {
      of++;
      if (heldByChannel.take(String(channel), nowMs, held) === 0 || heldByAddress.take('', nowMs, held) === 0) taken++;
    }
  }
  return { taken, of };
}

it('lets a pairing put and acknowledge at the full rate all day, as what requests leave is little', () => {
  const { taken, of } = takenInADay(1, relayLimits.bytesPerPut, minuteMs, minuteMs / relayLimits.putsPerChannelMinute);
  expect(taken).toBe(of);
});

it('lets an office of 500 ask for a sign-in every five minutes, ten messages each, that live as long as they may', () => {
  const { taken, of } = takenInADay(500, 10 * 2_000, 5 * minuteMs, 5 * minuteMs);
  expect(taken).toBe(of);
});

it('bounds what is left for a day, to a share for each pairing and one for all', () => {
  const { taken, of } = takenInADay(1, 512, dayMs, 1_000);
  const mostBytes = 2 * (relayLimits.heldBytesPerChannel + relayLimits.heldBytesPerAddress);
  expect(taken).toBeLessThan(of);
  expect(taken * 512).toBeLessThanOrEqual(mostBytes + 2 * 512);
  expect(taken).toBeGreaterThan(9 * 3_600);
});
