import { describe, expect, it, vi } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import type { FrameOf } from '../../../src/core/frames.ts';
import { limits } from '../../../src/core/limits.ts';
import { newOwnKeys, pairAsPhone } from '../../../src/core/pairing.ts';
import { derivePairingSecrets, parsePairingLink } from '../../../src/core/pairing-link.ts';
import type { NewChannel } from '../../../src/extension/background/channel-creation.ts';
import { PairingDesk } from '../../../src/extension/background/pairing-desk.ts';
import { RelayHealth } from '../../../src/extension/background/relay-health.ts';
import type { PairingView } from '../../../src/extension/messaging/view.ts';
import { SessionStore } from '../../../src/extension/storage/session-store.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { contactsOf, relay } from '../support/contacts.ts';
import { FakePost } from '../support/fake-post.ts';
import { MemoryArea } from '../support/memory-area.ts';
import { settled } from '../support/settled.ts';

const relayTimeMs = 1_700_000_000_000;
const random = seededRandom('desk');

function browserOf() {
  return { area: new MemoryArea(), clock: new ManualClock() };
}

async function workerIn({ area, clock }: ReturnType<typeof browserOf>) {
  const { contacts, written, book } = await contactsOf();
  const post = new FakePost();
  const createChannel = vi.fn<(of: NewChannel) => Promise<number>>(async () => relayTimeMs);
  const wakeUp = { set: vi.fn<(at: number | null) => void>() };
  const relays = new RelayHealth();
  const replaced = vi.fn(async () => undefined);
  const desk = new PairingDesk({
    store: SessionStore.over(area)('pairing:'),
    post: async () => post,
    contacts,
    relays,
    relay: async () => relay,
    createChannel,
    clock,
    random,
    wakeUp,
    browserName: 'Chrome on Linux',
    changed: () => undefined,
    replaced,
  });
  const pending = await desk.restore();
  await desk.resume(post);
  return { desk, post, contacts, written, book, createChannel, wakeUp, relays, pending, clock, replaced };
}

type Worker = Awaited<ReturnType<typeof workerIn>>;

function viewAt<Step extends PairingView['step']>({ desk }: Worker, step: Step): Extract<PairingView, { step: Step }> {
  const view = desk.view();
  expect(view?.step).toBe(step);
  return view as Extract<PairingView, { step: Step }>;
}

/** A phone that has read the code on the screen. */
function phoneAt(worker: Worker) {
  const link = parsePairingLink(viewAt(worker, 'offer').link);
  const half = pairAsPhone(link, newOwnKeys(random), 'Pixel', random);
  const { channel } = derivePairingSecrets(link.secret);
  const frame: FrameOf<'deliver'> = {
    frame: 'deliver',
    channel,
    seq: 1,
    id: random(16),
    expiresMs: 0,
    body: half.first,
  };
  return { link, half, frame };
}

/** As far as the digits. */
async function scanned(browser = browserOf(), replaces: string | null = null) {
  const worker = await workerIn(browser);
  await worker.desk.begin(replaces);
  const { half, frame } = phoneAt(worker);
  await worker.desk.unsealed(frame);
  const [second] = worker.post.put;
  if (!second) throw new Error('no second half');
  const { pairing } = viewAt(worker, 'digits');
  return { worker, browser, paired: half.finish(second), pairing, frame };
}

describe('a pairing code', () => {
  it('is a channel at the relay, a link to it, and two minutes by the relay’s clock', async () => {
    const worker = await workerIn(browserOf());
    expect(worker.desk.view()).toBe(null);
    await worker.desk.begin();
    const view = viewAt(worker, 'offer');
    const link = parsePairingLink(view.link);
    const { channel, joinKeys } = derivePairingSecrets(link.secret);
    expect(view.link.startsWith(`${relay}/pair#`)).toBe(true);
    expect(link).toMatchObject({ relay, expiresMs: relayTimeMs + limits.pairingOfferLifeMs });
    expect(view.expiresAt).toBe(worker.clock.now() + limits.pairingOfferLifeMs);
    expect(worker.createChannel.mock.calls[0]?.[0]).toMatchObject({ relay, channel, joinKey: joinKeys.public });
    expect(worker.post.attached).toHaveLength(1);
    expect(worker.desk.active).toBe(true);
  });

  it('is one, however often it is asked for', async () => {
    const worker = await workerIn(browserOf());
    await Promise.all([worker.desk.begin(), worker.desk.begin()]);
    await worker.desk.begin();
    expect(worker.createChannel).toHaveBeenCalledTimes(1);
  });

  it('renews itself with new secrets while somebody looks, and closes the old channel', async () => {
    const worker = await workerIn(browserOf());
    worker.desk.watch();
    await worker.desk.begin();
    const first = parsePairingLink(viewAt(worker, 'offer').link);
    worker.clock.pass(limits.pairingOfferLifeMs - 1);
    await worker.desk.tick();
    expect(worker.createChannel).toHaveBeenCalledTimes(1);
    worker.clock.pass(1);
    await worker.desk.tick();
    const second = parsePairingLink(viewAt(worker, 'offer').link);
    expect(second.secret).not.toEqual(first.secret);
    expect(second.key).not.toEqual(first.key);
    expect(worker.post.closed).toEqual([worker.post.attached[0]]);
  });

  it('does not renew itself for ever', async () => {
    const worker = await workerIn(browserOf());
    worker.desk.watch();
    await worker.desk.begin();
    for (let time = 0; time < 20; time++) {
      worker.clock.pass(limits.pairingOfferLifeMs);
      await worker.desk.tick();
    }
    expect(worker.createChannel).toHaveBeenCalledTimes(11);
    expect(viewAt(worker, 'failed').code).toBe('link-expired');
  });

  it('stays good when nobody looks any more, until it expires', async () => {
    const worker = await workerIn(browserOf());
    const leave = worker.desk.watch();
    await worker.desk.begin();
    await leave();
    expect(viewAt(worker, 'offer')).toBeDefined();
    worker.clock.pass(limits.pairingOfferLifeMs);
    await worker.desk.tick();
    expect(worker.desk.view()).toBe(null);
    expect(worker.createChannel).toHaveBeenCalledTimes(1);
  });

  it.each(['relay-unreachable', 'too-many-requests', 'key-storage-broken'] as const)('says %s', async (code) => {
    const worker = await workerIn(browserOf());
    worker.createChannel.mockRejectedValueOnce(new AppError(code));
    await worker.desk.begin();
    expect(worker.desk.view()).toEqual({ step: 'failed', code });
    await worker.desk.begin();
    expect(viewAt(worker, 'offer')).toBeDefined();
  });

  it('shows that the relay went away', async () => {
    const worker = await workerIn(browserOf());
    await worker.desk.begin();
    worker.relays.update(relay, 'waiting', 'relay-unreachable');
    expect(viewAt(worker, 'offer').trouble).toBe('relay-unreachable');
  });

  it('that was cancelled while it was made is not shown, and its channel closed', async () => {
    const worker = await workerIn(browserOf());
    let made: (timeMs: number) => void = () => undefined;
    worker.createChannel.mockReturnValueOnce(new Promise((resolve) => (made = resolve)));
    const begun = worker.desk.begin();
    await vi.waitFor(() => expect(worker.createChannel).toHaveBeenCalled());
    await worker.desk.cancel();
    made(relayTimeMs);
    await begun;
    expect(worker.desk.view()).toBe(null);
    // A channel is closed by one that is attached to it.
    expect(worker.post.attached).toHaveLength(1);
    expect(worker.post.closed).toEqual(worker.post.attached);
  });

  it('that is cancelled while a phone’s half is taken stays so', async () => {
    const worker = await workerIn(browserOf());
    await worker.desk.begin();
    const { frame } = phoneAt(worker);
    let adopt: () => void = () => undefined;
    const adopting = new Promise<void>((resolve) => (adopt = resolve));
    worker.post.adopt = () => adopting;
    const taken = worker.desk.unsealed(frame);
    await settled();
    await worker.desk.cancel();
    adopt();
    await taken;
    expect(worker.desk.view()).toBe(null);
    expect(worker.post.put).toEqual([]);
    expect(worker.post.added).toEqual([]);
  });

  it('outlives the worker', async () => {
    const browser = browserOf();
    const first = await workerIn(browser);
    await first.desk.begin();
    const second = await workerIn(browser);
    expect(viewAt(second, 'offer').link).toBe(viewAt(first, 'offer').link);
    expect(second.post.attached).toEqual(first.post.attached);
    const { half, frame } = phoneAt(second);
    await second.desk.unsealed(frame);
    const [body] = second.post.put;
    expect(half.finish(body ?? new Uint8Array()).digits).toBe(viewAt(second, 'digits').digits);
  });
});

describe('the six digits', () => {
  it('are the phone’s', async () => {
    const { worker, paired, pairing } = await scanned();
    expect(viewAt(worker, 'digits')).toEqual({ step: 'digits', pairing, digits: paired.digits, phone: 'Pixel' });
    expect(worker.post.added).toEqual([pairing]);
    expect(worker.post.adopted).toEqual([pairing]);
    expect(worker.written.size).toBe(0);
  });

  it.each(['here first', 'there first'])('pair only when both people say that they are the same: %s', async (order) => {
    const { worker, pairing } = await scanned();
    if (order === 'here first') {
      await worker.desk.confirm(pairing);
      expect(viewAt(worker, 'waiting').phone).toBe('Pixel');
      expect(worker.written.size).toBe(0);
      await worker.desk.confirmed(pairing);
    } else {
      await worker.desk.confirmed(pairing);
      expect(viewAt(worker, 'digits')).toBeDefined();
      expect(worker.written.size).toBe(0);
      await worker.desk.confirm(pairing);
    }
    expect(worker.post.said).toMatchObject([{ to: pairing, message: { kind: 'confirm' } }]);
    expect(worker.desk.view()).toEqual({ step: 'paired', phone: 'Pixel' });
    expect(worker.written.get(pairing)).toMatchObject({ peerName: 'Pixel', relay, pairedAt: worker.clock.now() });
    expect(worker.desk.active).toBe(false);
  });

  it('are confirmed to the phone whichever of the two words is stored first', async () => {
    const { worker, browser, pairing } = await scanned();
    const set = browser.area.set.bind(browser.area);
    let store: () => void = () => undefined;
    const stored = new Promise<void>((resolve) => (store = resolve));
    const theirs = worker.desk.confirmed(pairing);
    browser.area.set = (values) => stored.then(() => set(values));
    const ours = worker.desk.confirm(pairing);
    await settled();
    store();
    await Promise.all([theirs, ours]);
    expect(worker.post.said).toMatchObject([{ to: pairing, message: { kind: 'confirm' } }]);
    expect(worker.desk.view()).toEqual({ step: 'paired', phone: 'Pixel' });
  });

  it('take the place of a pairing that is updated, also where the worker was ended meanwhile', async () => {
    const before = 'AAAAAAAAAAAAAAAAAAAAAA';
    const { worker: first, browser, pairing } = await scanned(browserOf(), before);
    expect([before, pairing].map((one) => first.desk.isReplacing(one))).toEqual([true, false]);
    const worker = await workerIn(browser);
    await worker.desk.confirmed(pairing);
    expect(worker.replaced).not.toHaveBeenCalled();
    await worker.desk.confirm(pairing);
    expect(worker.replaced.mock.calls).toEqual([[before, pairing]]);
    expect(worker.desk.isReplacing(before)).toBe(false);
    await worker.desk.begin();
    const next = await workerIn(browser);
    expect(next.desk.isReplacing(before)).toBe(false);
  });

  it('take that place also at the second try', async () => {
    const before = 'AAAAAAAAAAAAAAAAAAAAAA';
    const { worker, pairing } = await scanned(browserOf(), before);
    await worker.desk.refuse(pairing);
    await worker.desk.begin();
    expect(worker.desk.isReplacing(before)).toBe(true);
    await worker.desk.cancel();
    await worker.desk.begin();
    expect(worker.desk.isReplacing(before)).toBe(false);
  });

  it('refused here: the channel is closed and nothing is paired', async () => {
    const { worker, pairing } = await scanned();
    await worker.desk.refuse(pairing);
    expect(worker.desk.view()).toEqual({ step: 'failed', code: 'digits-refused' });
    expect(worker.post.closed).toEqual([pairing]);
    await worker.desk.confirmed(pairing);
    await expect(worker.desk.confirm(pairing)).rejects.toMatchObject({ code: 'pairing-unfinished' });
    expect(worker.written.size).toBe(0);
  });

  it('refused there: the channel was closed, and the person here is told', async () => {
    const { worker, pairing } = await scanned();
    await worker.desk.confirm(pairing);
    expect(await worker.desk.ended(pairing, 'channel-closed')).toBe(true);
    expect(worker.desk.view()).toEqual({ step: 'failed', code: 'digits-refused' });
    expect(worker.written.size).toBe(0);
  });

  it('not compared in time there: closed as well, and refused by nobody', async () => {
    const { worker, pairing } = await scanned();
    worker.clock.pass(300_000);
    expect(await worker.desk.ended(pairing, 'channel-closed')).toBe(true);
    expect(worker.desk.view()).toEqual({ step: 'failed', code: 'pairing-unfinished' });
  });

  it('of another pairing are nothing that can be confirmed', async () => {
    const { worker } = await scanned();
    const other = 'AAAAAAAAAAAAAAAAAAAAAA';
    await expect(worker.desk.confirm(other)).rejects.toMatchObject({ code: 'pairing-unfinished' });
    await expect(worker.desk.refuse(other)).rejects.toMatchObject({ code: 'pairing-unfinished' });
    await worker.desk.confirmed(other);
    expect(await worker.desk.ended(other, 'channel-closed')).toBe(false);
    expect(viewAt(worker, 'digits')).toBeDefined();
  });

  it('are not compared for ever', async () => {
    const { worker } = await scanned();
    worker.clock.pass(300_000);
    await worker.desk.tick();
    expect(worker.desk.view()).toEqual({ step: 'failed', code: 'pairing-unfinished' });
    expect(worker.post.closed).toHaveLength(1);
  });

  it('outlive the worker, with what was confirmed, and what may not have left is said again', async () => {
    const { worker, browser, paired, pairing } = await scanned();
    await worker.desk.confirm(pairing);
    const next = await workerIn(browser);
    expect(viewAt(next, 'waiting')).toEqual({ step: 'waiting', pairing, digits: paired.digits, phone: 'Pixel' });
    expect(next.pending.map((contact) => contact.pairing)).toEqual([pairing]);
    expect(next.post.put).toEqual(worker.post.put);
    expect(next.post.said).toMatchObject([{ to: pairing, message: { kind: 'confirm' } }]);
    await next.desk.confirmed(pairing);
    expect(next.written.get(pairing)?.psk).toEqual(paired.shared.psk);
    expect((await workerIn(browser)).desk.active).toBe(false);
  });

  it('win over the code when the worker was ended between the two', async () => {
    const browser = browserOf();
    const before = await workerIn(browser);
    await before.desk.begin();
    const offer = browser.area.values.get('pairing:offer') ?? '';
    await before.desk.unsealed(phoneAt(before).frame);
    browser.area.values.set('pairing:offer', offer);
    expect((await workerIn(browser)).desk.view()?.step).toBe('digits');
  });

  it('that are refused while the phone is put in the book do not pair', async () => {
    const { worker, pairing } = await scanned();
    const add = worker.book.add;
    let write: () => void = () => undefined;
    const writing = new Promise<void>((resolve) => (write = resolve));
    worker.book.add = (of) => writing.then(() => add(of));
    await worker.desk.confirmed(pairing);
    const confirmed = worker.desk.confirm(pairing);
    await settled();
    await worker.desk.refuse(pairing);
    write();
    await confirmed;
    expect(worker.desk.view()).toEqual({ step: 'failed', code: 'digits-refused' });
    expect(worker.written.size).toBe(0);
  });

  it('do not pair where the keys cannot be kept', async () => {
    const { worker, pairing } = await scanned();
    worker.book.add = () => Promise.reject(new AppError('key-storage-broken'));
    await worker.desk.confirmed(pairing);
    await worker.desk.confirm(pairing);
    expect(worker.desk.view()).toEqual({ step: 'failed', code: 'key-storage-broken' });
    expect(worker.post.closed).toEqual([pairing]);
  });
});

describe('somebody else with a picture of the code', () => {
  it('who joins too: the channel is closed, and a new code is shown', async () => {
    const worker = await workerIn(browserOf());
    worker.desk.watch();
    await worker.desk.begin();
    const [pairing] = worker.post.attached as [string];
    await worker.desk.peer(pairing, 'joined');
    expect(viewAt(worker, 'offer').notice).toBe(null);
    await worker.desk.peer(pairing, 'second-join');
    expect(viewAt(worker, 'offer').notice).toBe('link-used');
    expect(worker.post.closed).toEqual([pairing]);
  });

  it('who joins while digits are compared: nothing is paired', async () => {
    const { worker, pairing } = await scanned();
    await worker.desk.peer(pairing, 'second-join');
    expect(worker.desk.view()).toEqual({ step: 'failed', code: 'link-used' });
    expect(worker.written.size).toBe(0);
  });

  it('who sends rubbish: the channel is closed, and a new code is shown', async () => {
    const worker = await workerIn(browserOf());
    worker.desk.watch();
    await worker.desk.begin();
    const { frame } = phoneAt(worker);
    await worker.desk.unsealed({ ...frame, body: random(200) });
    expect(viewAt(worker, 'offer').notice).toBe('decryption-failed');
    expect(worker.post.put).toEqual([]);
  });

  it('cannot speak for a code that is not shown any more', async () => {
    const worker = await workerIn(browserOf());
    await worker.desk.begin();
    const { frame } = phoneAt(worker);
    await worker.desk.cancel();
    await worker.desk.begin();
    await worker.desk.unsealed(frame);
    expect(viewAt(worker, 'offer')).toBeDefined();
    expect(worker.post.closed).toContain(worker.post.attached[0]);
  });
});

describe('how a pairing went', () => {
  /** Paired, or refused here. */
  async function over(step: 'paired' | 'failed') {
    const { worker, browser, pairing } = await scanned();
    const leave = worker.desk.watch();
    await worker.desk.confirmed(pairing);
    await (step === 'paired' ? worker.desk.confirm(pairing) : worker.desk.refuse(pairing));
    return { browser, leave, shown: viewAt(worker, step), worker };
  }

  it.each(['paired', 'failed'] as const)('is forgotten once nobody looks any more: %s', async (step) => {
    const { browser, leave, worker } = await over(step);
    await leave();
    expect(worker.desk.view()).toBe(null);
    expect((await workerIn(browser)).desk.view()).toBe(null);
  });

  it.each(['paired', 'failed'] as const)('outlives the worker for whoever looks: %s', async (step) => {
    const { browser, shown } = await over(step);
    const next = await workerIn(browser);
    expect(next.desk.view()).toEqual(shown);
    expect(next.desk.active).toBe(false);
    const leave = next.desk.watch();
    browser.clock.pass(5_000);
    await next.desk.tick();
    expect(next.desk.view()).toEqual(shown);
    await leave();
    expect(next.desk.view()).toBe(null);
    expect((await workerIn(browser)).desk.view()).toBe(null);
  });

  it.each(['paired', 'failed'] as const)(
    'is forgotten by the next worker where nobody comes back: %s',
    async (step) => {
      const { browser } = await over(step);
      const next = await workerIn(browser);
      expect(next.wakeUp.set).toHaveBeenLastCalledWith(browser.clock.now() + 5_000);
      browser.clock.pass(5_000);
      await next.desk.tick();
      expect(next.desk.view()).toBe(null);
      expect(next.wakeUp.set).toHaveBeenLastCalledWith(null);
      expect((await workerIn(browser)).desk.view()).toBe(null);
    },
  );
});
