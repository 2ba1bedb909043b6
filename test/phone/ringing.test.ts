import 'fake-indexeddb/auto';
import { signal } from '@preact/signals';
import { beforeEach, expect, it, vi } from 'vitest';
import { base64url } from '../../src/core/bytes.ts';
import { advance, begin } from '../../src/core/request.ts';
import type { Phone } from '../../src/phone/phone.ts';
import type { PushDevice } from '../../src/phone/push-device.ts';
import { Ringing } from '../../src/phone/ringing.ts';
import type { HeldRequest } from '../../src/phone/storage/held-request.ts';
import { Vault } from '../../src/vault/vault.ts';
import { settled } from '../extension/support/settled.ts';
import { ManualClock } from '../support/manual-clock.ts';

const idOf = (of: number) => base64url(new Uint8Array(16).fill(of));
const browser = idOf(200);

let requests: ReturnType<typeof signal<readonly HeldRequest[]>>;
let pong: ReturnType<typeof vi.fn>;
let clock: ManualClock;
let tested: Set<string>;
let phone: Phone;
let ringing: Ringing;
let vault: Vault;
let opened = 0;

beforeEach(async () => {
  vault = await Vault.open(`ringing ${opened++}`);
  requests = signal<readonly HeldRequest[]>([]);
  pong = vi.fn(async () => undefined);
  clock = new ManualClock();
  tested = new Set();
  // As much of the app as is asked here.
  phone = {
    vault,
    parts: { visible: signal(true), clock, random: (length: number) => new Uint8Array(length) },
    requests,
    reached: signal(new Set()),
    pairings: signal([{ pairing: browser, ended: null }]),
    act: (work: () => Promise<void>) => void work(),
    pong,
    ring: async () => undefined,
  } as never as Phone;
  ringing = lead();
  ringing.subscriptions.state.value = { is: 'on' };
});

const lead = () => new Ringing(phone, {} as PushDevice, async () => null, tested);
const missed = (of: number) =>
  ({
    pairing: idOf(of),
    request: { id: idOf(of) },
    life: advance(begin(0, 1_000), { type: 'tick' }, 2_000),
    dismissed: false,
  }) as HeldRequest;

const pinged = async (of: number) => {
  ringing.pinged(browser, idOf(of));
  await settled();
};
const shown = async (of: number) => {
  ringing.opened({ rang: idOf(of) });
  await settled();
  return pong.mock.calls.filter(([, said]) => said.id === idOf(of) && said.step === 'shown').length;
};

it('says of a browser’s test once that it was shown, and forgets it', async () => {
  await pinged(1);
  expect(await shown(1)).toBe(1);
  expect(await shown(1)).toBe(1);
  expect(await shown(2)).toBe(0);
});

it('keeps but so many tests of browsers that ring without end', async () => {
  for (let of = 1; of <= 17; of++) await pinged(of);
  expect(await shown(1)).toBe(0);
  expect(await shown(2)).toBe(1);
  expect(await shown(17)).toBe(1);
});

it('says that the person comes too late also for a pairing that is over, and waits for one that goes on', async () => {
  ringing.opened({ wanted: `${browser}:${idOf(1)}` });
  await settled();
  clock.pass(60_000);
  await settled();
  expect(ringing.isTooLate.value).toBe(false);
  ringing.opened({ wanted: `${idOf(9)}:${idOf(1)}` });
  await settled();
  clock.pass(1_500);
  await settled();
  expect(ringing.isTooLate.value).toBe(true);
});

it('tests by itself, once for each request that was missed, with the browser that asked', () => {
  const run = vi.spyOn(ringing.test, 'run').mockResolvedValue();
  ringing.start();
  requests.value = [missed(1)];
  requests.value = [missed(1), missed(2)];
  requests.value = [missed(1), missed(2)];
  expect(run.mock.calls).toEqual([[idOf(1)], [idOf(2)]]);
  ringing.stop();
});

it('does not test again for what it was tested for before, though the lead was given up in between', () => {
  requests.value = [missed(1)];
  const runs = [lead(), lead()].map((next) => {
    const run = vi.spyOn(next.test, 'run').mockResolvedValue();
    next.start();
    next.stop();
    return run.mock.calls;
  });
  expect(runs).toEqual([[[idOf(1)]], []]);
});

it('tests anew where the person looked away before the test had come to an end', () => {
  requests.value = [missed(1)];
  const runs = [lead(), lead()].map((next) => {
    const run = vi.spyOn(next.test, 'run');
    next.start();
    next.stop();
    return run.mock.calls;
  });
  expect(runs).toEqual([[[idOf(1)]], [[idOf(1)]]]);
});

it('does not test for a missed request whose end was read, be it in another window', () => {
  const run = vi.spyOn(ringing.test, 'run').mockResolvedValue();
  requests.value = [{ ...missed(1), dismissed: true }];
  ringing.start();
  ringing.stop();
  expect(run).not.toHaveBeenCalled();
});
