import { describe, expect, it, vi } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { PhoneLine } from '../../../src/extension/background/phone-line.ts';
import { RelayHealth } from '../../../src/extension/background/relay-health.ts';
import { Requests } from '../../../src/extension/background/requests.ts';
import { SessionStore } from '../../../src/extension/storage/session-store.ts';
import type { Pressed } from '../../../src/providers/press.ts';
import type { Arrival } from '../../../src/relay-client/post.ts';
import { approval, signIn } from '../support/challenge.ts';
import { contactsOf, pairingOf } from '../support/contacts.ts';
import { ana, ask, bo, browserOf, page, stagesOf, workerIn } from '../support/requests-worker.ts';
import { settled } from '../support/settled.ts';

it('by keyboard the password is wanted of the request in the tab in front, and of the newest where none is there', async () => {
  const worker = await workerIn(browserOf());
  const older = await ask(worker);
  const newer = await ask(worker, signIn(2), { ...page, tab: 2 });
  const newest = await ask(worker, signIn(3), { ...page, tab: 3 });
  await worker.requests.usePasswordIn(1);
  expect(worker.requests.open.map(({ id }) => id)).toEqual([newer.id, newest.id]);
  await worker.requests.usePasswordIn(undefined);
  expect(worker.requests.open.map(({ id }) => id)).toEqual([newer.id]);
  await worker.requests.usePasswordIn(7);
  expect(worker.requests.open).toEqual([]);
  expect(older.tell).toHaveBeenLastCalledWith({ type: 'ended', end: 'password' });
});

describe('a request', () => {
  it('goes its whole way also where how far it is cannot be stored for the next worker, which is heard of', async () => {
    const browser = browserOf();
    const worker = await workerIn(browser);
    const full = new Error('QUOTA_BYTES quota exceeded');
    vi.spyOn(browser.area, 'set').mockRejectedValue(full);
    const { tell, id, arrival } = await ask(worker);
    await worker.requests.phoneSaid(arrival, { kind: 'answer', answer: approval(id) });
    await worker.requests.pageSaid(id, { type: 'approved' });
    await settled();
    expect(stagesOf(tell)).toEqual(['detected', 'sent', 'answer', 'ended']);
    expect(tell).toHaveBeenLastCalledWith({ type: 'ended', end: 'approved' });
    expect(worker.post.kind('outcome')).toHaveLength(1);
    expect(worker.report).toHaveBeenCalledWith(full);
  });

  it('goes to the phone with everything but its right number', async () => {
    const worker = await workerIn(browserOf());
    const { asked, challenge, tell } = await ask(worker);
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({ to: ana.pairing, lifeMs: 60_000, collapse: challenge.id });
    const { number: _, type: __, lifeMs: ___, ...rest } = challenge;
    expect(asked[0]?.message.request).toEqual({
      type: 'sign-in',
      ...rest,
      origin: page.origin,
      browser: 'Chrome on Linux',
      expiresAt: 61_000,
    });
    expect(JSON.stringify(asked[0]?.message)).not.toContain('"number"');
    expect(tell.mock.calls).toEqual([[{ type: 'status', stage: 'detected' }], [{ type: 'status', stage: 'sent' }]]);
  });

  it('goes step by step to its approval, and the phone hears the outcome', async () => {
    const worker = await workerIn(browserOf());
    const { tell, id, arrival } = await ask(worker);
    await worker.requests.progress({ ...arrival, id }, 'stored');
    await worker.requests.progress({ ...arrival, id }, 'received');
    await worker.requests.phoneSaid(arrival, { kind: 'receipt', id, stage: 'received' });
    await worker.requests.phoneSaid(arrival, { kind: 'receipt', id, stage: 'opened' });
    await worker.requests.phoneSaid(arrival, { kind: 'answer', answer: approval(id) });
    expect(stagesOf(tell)).toEqual(['detected', 'sent', 'stored', 'received', 'opened', 'answer']);
    expect(tell).toHaveBeenLastCalledWith({ type: 'answer', answer: approval(id) });
    await worker.requests.pageSaid(id, { type: 'approved' });
    await settled();
    expect(tell).toHaveBeenLastCalledWith({ type: 'ended', end: 'approved' });
    expect(worker.post.kind('outcome')).toMatchObject([
      { to: arrival.conversation, message: { kind: 'outcome', id, outcome: 'approved' } },
    ]);
    expect(worker.post.kind('withdraw')).toEqual([]);
    expect(worker.requests.lastEnded?.life.phase).toBe('approved');
  });

  it.each([
    [{ type: 'mismatched' }, { outcome: 'mismatched' }],
    [
      { type: 'failed', code: 'approval-invalid' },
      { outcome: 'failed', code: 'approval-invalid' },
    ],
  ] as const)('tells the phone when the provider says %j', async (said, outcome) => {
    const worker = await workerIn(browserOf());
    const { id, arrival } = await ask(worker);
    await worker.requests.phoneSaid(arrival, { kind: 'answer', answer: approval(id) });
    await worker.requests.pageSaid(id, said);
    await settled();
    expect(worker.post.kind('outcome').map(({ message }) => message)).toEqual([{ kind: 'outcome', id, ...outcome }]);
  });

  it.each(['approved', 'mismatched'] as const)('is not %s by a page that has no answer', async (type) => {
    const worker = await workerIn(browserOf());
    const { id } = await ask(worker);
    await worker.requests.pageSaid(id, { type });
    expect(worker.requests.lastEnded?.life.phase).toBe('gone');
  });
});

describe('the password instead', () => {
  it.each([
    [[ana], true],
    [[ana], false],
    [[], true],
  ] as const)('works with phones %# and at every stage', async (pairings, online) => {
    const worker = await workerIn(browserOf(), [...pairings], online);
    const tell = vi.fn();
    // Before any phone can have been asked.
    const begun = worker.requests.begin(page, signIn(1), tell);
    await worker.requests.usePassword();
    await begun;
    expect(tell).toHaveBeenLastCalledWith({ type: 'ended', end: 'password' });
    await settled();
    expect(worker.requests.current).toBe(null);
    expect(worker.report).not.toHaveBeenCalled();
  });

  it('reaches a phone that was asked, with time enough to outlive the request', async () => {
    const worker = await workerIn(browserOf());
    const { id } = await ask(worker);
    worker.clock.pass(20_000);
    await worker.requests.usePassword(id);
    await settled();
    expect(worker.post.kind('withdraw')).toMatchObject([
      { to: ana.pairing, collapse: id, lifeMs: 340_000, message: { kind: 'withdraw', id, reason: 'password' } },
    ]);
  });

  it('needs no key storage', async () => {
    const { area, clock } = browserOf();
    const { contacts } = await contactsOf();
    const broken = Promise.reject(new AppError('key-storage-broken'));
    broken.catch(() => undefined);
    const relays = new RelayHealth();
    const numberOnPhone = async () => true;
    const line = new PhoneLine({ post: broken, contacts, relays, clock, browserName: 'Chrome', numberOnPhone });
    const store = SessionStore.over(area)('request:');
    const nothing = () => undefined;
    const press = async (): Promise<Pressed> => 'none';
    const options = {
      store,
      line,
      clock,
      wakeUp: { set: nothing },
      press,
      missed: nothing,
      changed: nothing,
      report: vi.fn(),
    };
    const requests = new Requests(options);
    const tell = vi.fn();
    const begun = requests.begin(page, signIn(1), tell);
    await requests.usePassword();
    await begun;
    expect(tell).toHaveBeenLastCalledWith({ type: 'ended', end: 'password' });
    await requests.begin(page, signIn(2), tell);
    await settled();
    expect(tell).toHaveBeenLastCalledWith({ type: 'ended', end: 'failed', code: 'key-storage-broken' });
    expect(options.report).not.toHaveBeenCalled();
  });
});

describe('several requests', () => {
  it('of one account: the newer supersedes the older, for page and phone', async () => {
    const worker = await workerIn(browserOf());
    const first = await ask(worker, signIn(1, { account: 'ana' }));
    const second = await ask(worker, signIn(2, { account: 'ana' }), { ...page, tab: 2 });
    expect(first.tell).toHaveBeenLastCalledWith({ type: 'ended', end: 'superseded' });
    expect(worker.post.kind('withdraw')).toMatchObject([{ message: { id: first.id, reason: 'superseded' } }]);
    expect(worker.requests.current?.id).toBe(second.id);
  });

  it('of one account at two sites have nothing to do with each other', async () => {
    const worker = await workerIn(browserOf());
    await ask(worker, signIn(1, { account: 'ana' }));
    await ask(worker, signIn(2, { account: 'ana' }), { tab: 2, origin: 'https://other.example' });
    expect(worker.requests.open).toHaveLength(2);
  });

  it('of one tab are one', async () => {
    const worker = await workerIn(browserOf());
    await ask(worker, signIn(1));
    await ask(worker, signIn(2));
    expect(worker.requests.open.map(({ id }) => id)).toEqual([signIn(2).id]);
  });

  it('are only so many', async () => {
    const worker = await workerIn(browserOf());
    for (let tab = 1; tab <= 16; tab++) await ask(worker, signIn(tab), { ...page, tab });
    await expect(ask(worker, signIn(17), { ...page, tab: 17 })).rejects.toMatchObject({ code: 'too-many-requests' });
    expect(worker.requests.open).toHaveLength(16);
  });

  it('of another tab or origin cannot be taken over by their id', async () => {
    const worker = await workerIn(browserOf());
    const { challenge, tell } = await ask(worker);
    for (const thief of [
      { ...page, tab: 2 },
      { ...page, origin: 'https://other.example' },
    ]) {
      await expect(worker.requests.begin(thief, challenge, vi.fn())).rejects.toMatchObject({ code: 'replayed' });
      await expect(worker.requests.resume(thief, challenge.id, vi.fn())).rejects.toMatchObject({
        code: 'unknown-request',
      });
    }
    expect(tell).toHaveBeenCalledTimes(2);
  });
});

describe('time', () => {
  it('ends a request, and lets its end be seen for a minute', async () => {
    const worker = await workerIn(browserOf());
    const { tell, id } = await ask(worker);
    const start = worker.clock.now();
    expect(worker.wakeUp.set).toHaveBeenLastCalledWith(start + 60_000);
    worker.clock.pass(59_999);
    await worker.requests.tick();
    expect(worker.requests.current?.id).toBe(id);
    worker.clock.pass(1);
    await worker.requests.tick();
    await settled();
    expect(tell).toHaveBeenLastCalledWith({ type: 'ended', end: 'timed-out' });
    expect(worker.post.kind('withdraw')).toMatchObject([{ lifeMs: 300_000, message: { reason: 'timed-out' } }]);
    expect(worker.missed.mock.calls).toEqual([[[ana.pairing]]]);
    expect(worker.wakeUp.set).toHaveBeenLastCalledWith(start + 120_000);
    worker.clock.pass(60_000);
    await worker.requests.tick();
    expect(worker.requests.lastEnded).toBe(null);
    expect(worker.wakeUp.set).toHaveBeenLastCalledWith(null);
  });

  it('that is set back by an hour gives a request no more than it had when that is noticed, and forgets its end after a minute', async () => {
    const worker = await workerIn(browserOf());
    const { tell, id } = await ask(worker);
    worker.clock.pass(20_000);
    worker.clock.jump(-3_600_000);
    await worker.requests.tick();
    expect(worker.requests.current?.id).toBe(id);
    expect(worker.wakeUp.set).toHaveBeenLastCalledWith(worker.clock.now() + 60_000);
    worker.clock.pass(60_000);
    await worker.requests.tick();
    await settled();
    expect(tell).toHaveBeenLastCalledWith({ type: 'ended', end: 'timed-out' });
    expect(worker.post.kind('withdraw')).toMatchObject([{ lifeMs: 300_000 }]);
    worker.clock.jump(-3_600_000);
    worker.clock.pass(60_000);
    await worker.requests.tick();
    expect(worker.requests.lastEnded).toBe(null);
  });

  it('that is set forward by an hour ends a request', async () => {
    const worker = await workerIn(browserOf());
    const { tell } = await ask(worker);
    worker.clock.jump(3_600_000);
    await worker.requests.tick();
    expect(tell).toHaveBeenLastCalledWith({ type: 'ended', end: 'timed-out' });
  });

  it('that runs out unseen was missed by every phone that was asked, but for one that could not answer it', async () => {
    const bea = pairingOf('Tablet');
    const worker = await workerIn(browserOf(), [ana, bo, bea]);
    const { challenge, arrivals } = await ask(worker);
    const [, second] = arrivals as [Arrival, Arrival];
    await worker.requests.phoneSaid(second, {
      kind: 'answer',
      answer: { decision: 'cannot', id: challenge.id, code: 'no-registration' },
    });
    worker.clock.pass(60_000);
    await worker.requests.tick();
    expect(worker.missed.mock.calls).toEqual([[[ana.pairing, bea.pairing]]]);
  });

  it('gives an answer of the last moment its time to be verified', async () => {
    const worker = await workerIn(browserOf());
    const { id, arrival } = await ask(worker);
    worker.clock.pass(59_999);
    await worker.requests.phoneSaid(arrival, { kind: 'answer', answer: approval(id) });
    worker.clock.pass(5_000);
    await worker.requests.tick();
    await worker.requests.pageSaid(id, { type: 'approved' });
    expect(worker.requests.lastEnded?.life.phase).toBe('approved');
  });
});

it('an end that was seen is not shown again, by the next worker either, and the next one is', async () => {
  const browser = browserOf();
  const before = await workerIn(browser);
  const { id } = await ask(before);
  await before.requests.usePassword(id);
  await before.requests.dismissEnds();
  expect(before.requests.lastEnded).toBe(null);
  const worker = await workerIn(browser);
  expect(worker.requests.lastEnded).toBe(null);
  worker.clock.pass(1);
  const next = await ask(worker, signIn(2));
  await worker.requests.usePassword(next.id);
  expect(worker.requests.lastEnded?.id).toBe(next.id);
});

describe('a worker that was ended', () => {
  it('leaves its requests to the next: page and phone go on', async () => {
    const browser = browserOf();
    const first = await workerIn(browser);
    const { id, arrival } = await ask(first);
    await first.requests.progress({ ...arrival, id }, 'stored');

    const second = await workerIn(browser);
    expect(second.post.said).toEqual([]);
    await second.requests.phoneSaid(arrival, { kind: 'receipt', id, stage: 'opened' });
    const tell = vi.fn();
    await second.requests.resume(page, id, tell);
    expect(tell.mock.calls).toEqual([[{ type: 'status', stage: 'opened' }]]);

    const third = await workerIn(browser);
    await third.requests.phoneSaid(arrival, { kind: 'answer', answer: approval(id) });
    const fourth = await workerIn(browser);
    const again = vi.fn();
    await fourth.requests.resume(page, id, again);
    expect(again.mock.calls).toEqual([[{ type: 'answer', answer: approval(id) }]]);
    await fourth.requests.pageSaid(id, { type: 'approved' });
    await settled();
    expect(fourth.post.kind('outcome')).toMatchObject([{ to: arrival.conversation }]);
  });

  it('before it asked: the next asks', async () => {
    const browser = browserOf();
    const first = await workerIn(browser, [ana], false);
    await ask(first);
    const second = await workerIn(browser);
    expect(second.post.kind('request')).toHaveLength(1);
  });

  it('before it told the phones of an end: the next tells', async () => {
    const browser = browserOf();
    const first = await workerIn(browser);
    const { id } = await ask(first);
    first.post.begin = () => new Promise(() => undefined);
    await first.requests.usePassword(id);
    const second = await workerIn(browser);
    expect(second.post.kind('withdraw')).toMatchObject([{ message: { id, reason: 'password' } }]);
    const third = await workerIn(browser);
    expect(third.post.said).toEqual([]);
  });

  it('while the page left too: the request is gone after a few seconds, and not before', async () => {
    const browser = browserOf();
    const { id } = await ask(await workerIn(browser));
    const second = await workerIn(browser);
    browser.clock.pass(4_999);
    await second.requests.tick();
    expect(second.requests.current?.id).toBe(id);
    browser.clock.pass(1);
    await second.requests.tick();
    expect(second.requests.lastEnded?.life.phase).toBe('gone');
  });

  it('for longer than the request lives: it has timed out', async () => {
    const browser = browserOf();
    await ask(await workerIn(browser));
    browser.clock.pass(60_000);
    const second = await workerIn(browser);
    expect(second.requests.lastEnded?.life.phase).toBe('timed-out');
  });

  it('and left something that this version cannot read: it is dropped', async () => {
    const browser = browserOf();
    await browser.area.set({ 'request:AAAA': { challenge: 7 }, 'post:x': 1 });
    const worker = await workerIn(browser);
    expect(worker.requests.open).toEqual([]);
    expect([...browser.area.values.keys()]).toEqual(['post:x']);
  });
});

describe('a page that leaves', () => {
  it('takes its request with it', async () => {
    const worker = await workerIn(browserOf());
    const { tell, id } = await ask(worker);
    await worker.requests.pageLeft(id, tell);
    await settled();
    expect(worker.post.kind('withdraw')).toMatchObject([{ message: { id, reason: 'gone' } }]);
  });

  it('and came back meanwhile has not left', async () => {
    const worker = await workerIn(browserOf());
    const { tell, id } = await ask(worker);
    await worker.requests.resume(page, id, vi.fn());
    await worker.requests.pageLeft(id, tell);
    expect(worker.requests.current?.id).toBe(id);
  });
});
