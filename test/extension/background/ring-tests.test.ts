import { beforeEach, describe, expect, it } from 'vitest';
import { base64url } from '../../../src/core/bytes.ts';
import type { ErrorCode } from '../../../src/core/errors.ts';
import type { PushOutcome } from '../../../src/core/frames.ts';
import { RingTests } from '../../../src/extension/background/ring-tests.ts';
import { WakeUp } from '../../../src/extension/background/wake-up.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { contactsOf, pairingOf, unreadContactsOf } from '../support/contacts.ts';
import { FakePost } from '../support/fake-post.ts';
import { MemoryArea } from '../support/memory-area.ts';
import { settled } from '../support/settled.ts';

const pixel = pairingOf('Pixel');
const id = base64url(new Uint8Array(16).fill(9));
const galaxy = pairingOf('Galaxy');

let post: FakePost;
let clock: ManualClock;
let trouble: ErrorCode | null;
let test: RingTests;
let area: MemoryArea;
let lastId: number;
let contacts: Awaited<ReturnType<typeof contactsOf>>['contacts'];

function report(thrown: unknown): never {
  throw thrown;
}

function testOf(opened: Promise<FakePost>): RingTests {
  const made: RingTests = new RingTests({
    area,
    post: opened,
    contacts,
    relays: { troubleOf: () => trouble },
    clock,
    random: (length) => new Uint8Array(length).fill(lastId++),
    wakeUp: new WakeUp({
      name: 'ring tests',
      clock,
      alarms: { create: async () => undefined, clear: async () => true },
      due: () => made.tick(),
      report,
    }),
    changed: () => undefined,
    report,
  });
  return made;
}

beforeEach(async () => {
  post = new FakePost();
  clock = new ManualClock();
  area = new MemoryArea();
  trouble = null;
  lastId = 9;
  ({ contacts } = await contactsOf(pixel, galaxy));
  test = testOf(Promise.resolve(post));
});

const view = () => test.view[0] ?? null;
const message = () => base64url(new Uint8Array(16).fill(2));
const stored = () => test.progress({ pairing: pixel.pairing, collapse: id });
const says = (step: 'arrived' | 'shown' | 'opened', code?: ErrorCode) =>
  test.phoneSaid(pixel.pairing, { kind: 'pong', id, step, ...(code === undefined ? {} : { code }) });

function woken(): void {
  stored();
  says('arrived');
}

async function begin(): Promise<void> {
  await test.begin(pixel.pairing, true);
  await settled();
}

describe('a test of whether the phone rings', () => {
  it('passes hop after hop, each with its time', async () => {
    await begin();
    expect(post.kind('ping')).toMatchObject([{ to: pixel.pairing, collapse: id, message: { id } }]);
    const hops = [stored, () => test.pushed(message(), 'taken'), ...(['arrived', 'shown', 'opened'] as const)];
    for (const hop of hops) {
      clock.pass(100);
      if (typeof hop === 'string') says(hop);
      else hop();
    }
    expect(view()).toEqual({
      pairing: pixel.pairing,
      phone: 'Pixel',
      isAsked: true,
      passed: { worker: 0, relay: 100, push: 200, phone: 300, shown: 400, opened: 500 },
      failed: null,
    });
    await test.close();
    expect(view()).toBeNull();
  });

  it('that is asked for while the worker starts waits for the phones to be known', async () => {
    const unread = unreadContactsOf(pixel);
    ({ contacts } = unread);
    test = testOf(unread.load().then(() => post));
    await begin();
    expect(view()).toMatchObject({ phone: 'Pixel' });
  });

  it('names the phone as the person does', async () => {
    await contacts.rename(pixel.pairing, 'My phone');
    await begin();
    expect(view()?.phone).toBe('My phone');
  });

  it('that nobody asked for does not take the place of one that is watched', async () => {
    await begin();
    stored();
    await test.begin(pixel.pairing, false);
    expect(view()).toMatchObject({ isAsked: true, passed: { relay: 0 } });
    expect(post.kind('ping')).toHaveLength(1);
    await test.close();
    await test.begin(pixel.pairing, false);
    expect(view()?.isAsked).toBe(false);
    await begin();
    await test.closeMissed();
    expect(test.view.map(({ isAsked }) => isAsked)).toEqual([true]);
  });

  it('waits for the tap as long as the person likes', async () => {
    await begin();
    stored();
    says('arrived');
    says('shown');
    clock.pass(600_000);
    expect(view()?.failed).toBeNull();
  });

  it.each<[PushOutcome, ErrorCode]>([
    ['none', 'push-expired'],
    ['gone', 'push-expired'],
    ['refused', 'push-refused'],
    ['unreachable', 'push-unreachable'],
  ])('stops at a push service that says %s', async (outcome, code) => {
    await begin();
    stored();
    test.pushed(message(), outcome);
    expect(view()).toMatchObject({ passed: { relay: 0 }, failed: code });
  });

  it.each<[string, () => void, ErrorCode]>([
    ['the relay', () => undefined, 'relay-timeout'],
    ['the phone', stored, 'push-lost'],
    ['the notification', woken, 'notifications-denied'],
  ])('stops where nothing is heard of %s', async (_what, comes, code) => {
    await begin();
    comes();
    clock.pass(15_000);
    expect(view()?.failed).toBe(code);
  });

  it('names what is wrong with the relay, with the pairing, and what the phone says', async () => {
    trouble = 'relay-unreachable';
    await begin();
    clock.pass(15_000);
    expect(view()?.failed).toBe('relay-unreachable');
    lastId = 9;
    await begin();
    stored();
    says('arrived', 'notifications-denied');
    expect(view()).toMatchObject({ passed: { phone: 0 }, failed: 'notifications-denied' });
    contacts.ended(pixel.pairing, 'channel-closed');
    await begin();
    expect(view()?.failed).toBe('channel-closed');
  });

  it('hears no other test, pairing or push', async () => {
    await begin();
    test.phoneSaid('other', { kind: 'pong', id, step: 'shown' });
    test.phoneSaid(pixel.pairing, { kind: 'pong', id: message(), step: 'shown' });
    test.pushed(id, 'gone');
    test.progress({ pairing: pixel.pairing, collapse: message() });
    test.progress({ pairing: pixel.pairing });
    expect(view()).toMatchObject({ passed: { worker: 0 }, failed: null });
  });

  it('runs for each phone that missed a request, side by side', async () => {
    await Promise.all([pixel, galaxy].map(({ pairing }) => test.begin(pairing, false)));
    expect(post.kind('ping').map(({ to }) => to)).toEqual([pixel.pairing, galaxy.pairing]);
    const [first, second] = post.kind('ping').map(({ message: ping }) => ping.id) as [string, string];
    test.phoneSaid(pixel.pairing, { kind: 'pong', id: first, step: 'shown' });
    test.phoneSaid(galaxy.pairing, { kind: 'pong', id: second, step: 'arrived', code: 'notifications-denied' });
    expect(test.view).toMatchObject([
      { phone: 'Pixel', passed: { shown: 0 }, failed: null },
      { phone: 'Galaxy', passed: { phone: 0 }, failed: 'notifications-denied' },
    ]);
    await test.close();
    expect(test.view).toEqual([]);
  });
});

describe('a worker that was ended', () => {
  /** The worker before this one is not heard of again, and its timers have ended with it. */
  async function another(afterMs = 0): Promise<void> {
    clock = new ManualClock(clock.now() + afterMs);
    test = testOf(Promise.resolve(post));
    await test.load();
  }

  it('in the middle of a test goes on with it, and hears what was said meanwhile', async () => {
    await test.begin(pixel.pairing, false);
    await settled();
    stored();
    await another(30_000);
    expect(view()).toMatchObject({ passed: { relay: 0 }, failed: null });
    says('arrived', 'notifications-denied');
    expect(view()).toMatchObject({ passed: { phone: 30_000 }, failed: 'notifications-denied' });
  });

  it('in the middle of a test of which nothing is heard any more says so', async () => {
    await test.begin(pixel.pairing, false);
    await settled();
    stored();
    await another(10_000);
    clock.pass(14_999);
    expect(view()?.failed).toBeNull();
    clock.pass(1);
    expect(view()?.failed).toBe('push-lost');
  });

  it('leaves what was found until it was read, days later, and nothing of what somebody watched', async () => {
    await test.begin(pixel.pairing, false);
    await settled();
    test.pushed(message(), 'gone');
    await test.begin(galaxy.pairing, true);
    await another(3 * 24 * 3_600_000);
    expect(test.view).toMatchObject([{ phone: 'Pixel', isAsked: false, failed: 'push-expired' }]);
    await test.close();
    await another();
    expect(test.view).toEqual([]);
    expect([...area.values.keys()]).toEqual([]);
  });

  it.each(['close', 'closeMissed'] as const)(
    'leaves what the person closes before the next has read it: %s',
    async (close) => {
      await test.begin(pixel.pairing, false);
      await settled();
      test.pushed(message(), 'gone');
      clock = new ManualClock(clock.now());
      test = testOf(Promise.resolve(post));
      const loaded = test.load();
      await Promise.all([test[close](), loaded]);
      expect(test.view).toEqual([]);
      expect([...area.values.keys()]).toEqual([]);
    },
  );

  it('leaves nothing of a test that it could not end, nor of a phone that is gone, nor what cannot be read', async () => {
    await test.begin(pixel.pairing, false);
    await settled();
    const stands = area.values.get('ringTests') ?? '';
    await another(120_000);
    expect(test.view).toEqual([]);
    area.values.set('ringTests', stands.replace('"passed"', '"failed":"push-lost","passed"'));
    await another();
    expect(view()?.failed).toBe('push-lost');
    await contacts.remove(pixel.pairing);
    expect(test.view).toEqual([]);
    await another();
    expect([...area.values.keys()]).toEqual([]);
    area.values.set('ringTests', '{"of":"another version"}');
    await another();
    expect(test.view).toEqual([]);
  });
});
