import { beforeEach, describe, expect, it } from 'vitest';
import { base64url } from '../../../src/core/bytes.ts';
import type { ErrorCode } from '../../../src/core/errors.ts';
import type { PushOutcome } from '../../../src/core/frames.ts';
import { RingTest } from '../../../src/extension/background/ring-test.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { contactsOf, pairingOf, unreadContactsOf } from '../support/contacts.ts';
import { FakePost } from '../support/fake-post.ts';
import { settled } from '../support/settled.ts';

const pixel = pairingOf('Pixel');
const id = base64url(new Uint8Array(16).fill(9));

let post: FakePost;
let clock: ManualClock;
let trouble: ErrorCode | null;
let test: RingTest;
let contacts: Awaited<ReturnType<typeof contactsOf>>['contacts'];

function testOf(opened: Promise<FakePost>): RingTest {
  return new RingTest({
    post: opened,
    contacts,
    relays: { troubleOf: () => trouble },
    clock,
    random: (length) => new Uint8Array(length).fill(9),
    changed: () => undefined,
  });
}

beforeEach(async () => {
  post = new FakePost();
  clock = new ManualClock();
  trouble = null;
  ({ contacts } = await contactsOf(pixel));
  test = testOf(Promise.resolve(post));
});

const message = () => base64url(new Uint8Array(16).fill(2));
const stored = () => test.progress({ pairing: pixel.pairing, id: message() }, 'stored');
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
    expect(test.view).toEqual({
      phone: 'Pixel',
      isAsked: true,
      passed: { worker: 0, relay: 100, push: 200, phone: 300, shown: 400, opened: 500 },
      failed: null,
    });
    test.close();
    expect(test.view).toBeNull();
  });

  it('that is asked for while the worker starts waits for the phones to be known', async () => {
    const unread = unreadContactsOf(pixel);
    ({ contacts } = unread);
    test = testOf(unread.load().then(() => post));
    await begin();
    expect(test.view).toMatchObject({ phone: 'Pixel' });
  });

  it('names the phone as the person does', async () => {
    await contacts.rename(pixel.pairing, 'My phone');
    await begin();
    expect(test.view?.phone).toBe('My phone');
  });

  it('that nobody asked for does not take the place of one that is watched', async () => {
    await begin();
    stored();
    await test.begin(pixel.pairing, false);
    expect(test.view).toMatchObject({ isAsked: true, passed: { relay: 0 } });
    expect(post.kind('ping')).toHaveLength(1);
    test.close();
    await test.begin(pixel.pairing, false);
    expect(test.view?.isAsked).toBe(false);
  });

  it('waits for the tap as long as the person likes', async () => {
    await begin();
    stored();
    says('arrived');
    says('shown');
    clock.pass(600_000);
    expect(test.view?.failed).toBeNull();
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
    expect(test.view).toMatchObject({ passed: { relay: 0 }, failed: code });
  });

  it.each<[string, () => void, ErrorCode]>([
    ['the relay', () => undefined, 'relay-timeout'],
    ['the phone', stored, 'push-lost'],
    ['the notification', woken, 'notifications-denied'],
  ])('stops where nothing is heard of %s', async (_what, comes, code) => {
    await begin();
    comes();
    clock.pass(15_000);
    expect(test.view?.failed).toBe(code);
  });

  it('names what is wrong with the relay, with the pairing, and what the phone says', async () => {
    trouble = 'relay-unreachable';
    await begin();
    clock.pass(15_000);
    expect(test.view?.failed).toBe('relay-unreachable');
    await begin();
    stored();
    says('arrived', 'notifications-denied');
    expect(test.view).toMatchObject({ passed: { phone: 0 }, failed: 'notifications-denied' });
    contacts.ended(pixel.pairing, 'channel-closed');
    await begin();
    expect(test.view?.failed).toBe('channel-closed');
  });

  it('hears no other test, pairing or push', async () => {
    await begin();
    test.phoneSaid('other', { kind: 'pong', id, step: 'shown' });
    test.phoneSaid(pixel.pairing, { kind: 'pong', id: message(), step: 'shown' });
    test.pushed(id, 'gone');
    test.progress({ pairing: pixel.pairing, id }, 'stored');
    expect(test.view).toMatchObject({ passed: { worker: 0 }, failed: null });
  });
});
