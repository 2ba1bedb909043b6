import { describe, expect, it, vi } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { pairingOf, relay } from '../support/contacts.ts';
import { browserOf, phoneAt, scanned, viewAt, workerIn } from '../support/pairing-worker.ts';
import { settled } from '../support/settled.ts';

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

  it('pair also where a phone that was there, and is to hear of it, has ended its pairing meanwhile', async () => {
    const { worker, pairing } = await scanned();
    const [gone, there] = [pairingOf('Nexus'), pairingOf('Fairphone')];
    for (const phone of [gone, there]) await worker.contacts.add(phone);
    const begin = worker.post.begin.bind(worker.post);
    vi.spyOn(worker.post, 'begin').mockImplementation(async (to, ...rest) => {
      if (to === gone.pairing) throw new AppError('no-phone', 'not paired');
      return begin(to, ...rest);
    });
    await worker.desk.confirmed(pairing);
    await worker.desk.confirm(pairing);
    expect(worker.desk.view()).toEqual({ step: 'paired', phone: 'Pixel' });
    const told = worker.post.said.filter(({ message }) => message.kind === 'paired');
    expect(told).toMatchObject([{ to: there.pairing, message: { name: 'Pixel' } }]);
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
