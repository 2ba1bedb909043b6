import { describe, expect, it, vi } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { limits } from '../../../src/core/limits.ts';
import { PhoneNews } from '../../../src/extension/background/phone-news.ts';
import { Unpairing } from '../../../src/extension/background/unpairing.ts';
import { contactsOf, pairingOf, unreadContactsOf } from '../support/contacts.ts';
import { FakePost } from '../support/fake-post.ts';
import { MemoryArea } from '../support/memory-area.ts';

const pixel = pairingOf('Pixel');

function unpairingOf({ contacts, now }: ReturnType<typeof unreadContactsOf>, post: FakePost | Promise<FakePost>) {
  const wakeUp = { set: vi.fn<(at: number | null) => void>() };
  return { wakeUp, unpairing: new Unpairing({ post: Promise.resolve(post), contacts, now: () => now.ms, wakeUp }) };
}

async function paired() {
  const of = await contactsOf(pixel);
  const post = new FakePost();
  return { ...of, post, ...unpairingOf(of, post) };
}

const sent = { pairing: pixel.pairing, conversation: '', id: '' };
const ofPixel = { ...sent, collapse: pixel.pairing };

describe('unpairing', () => {
  it('takes the phone away at once, tells it, and closes the channel and deletes the keys once it has that', async () => {
    const { contacts, written, leaving, post, unpairing } = await paired();
    await unpairing.unpair(pixel.pairing);
    expect(contacts.view()).toEqual([]);
    expect(contacts.open).toEqual([]);
    expect(post.said).toMatchObject([{ to: pixel.pairing, message: { kind: 'unpair' } }]);
    await unpairing.settled({ ...ofPixel, pairing: 'AAAAAAAAAAAAAAAAAAAAAA' });
    // A receipt for something that was said before.
    await unpairing.settled(sent);
    expect(post.closed).toEqual([]);
    expect([...leaving.keys()]).toEqual([pixel.pairing]);
    await unpairing.settled(ofPixel);
    expect(post.closed).toEqual([pixel.pairing]);
    expect([written.size, leaving.size]).toEqual([1, 1]);
    expect(await unpairing.ended(pixel.pairing, 'channel-closed')).toBe(true);
    expect([written.size, leaving.size, contacts.leaving.size]).toEqual([0, 0, 0]);
    await unpairing.settled(ofPixel);
    expect(post.closed).toHaveLength(1);
  });

  it('closes the channel again and again until the relay says that it is closed, also in the next worker', async () => {
    const { contacts, now, written, leaving, post, unpairing, wakeUp, ...of } = await paired();
    await unpairing.attached(pixel.pairing, true);
    await unpairing.unpair(pixel.pairing);
    await unpairing.settled(ofPixel);
    expect(await unpairing.ended(pixel.pairing, 'storage-full')).toBe(true);
    for (const times of [2, 3]) {
      const [[again] = []] = wakeUp.set.mock.calls.slice(-1);
      expect(again).toBe(now.ms + 600_000);
      now.ms += 600_000;
      await unpairing.tick();
      expect(post.added).toHaveLength(times - 1);
      // The phone has heard it: where it still is at its mailbox, it hears nothing more.
      await unpairing.attached(pixel.pairing, true);
      expect(post.closed).toHaveLength(times);
    }
    expect(post.kind('unpair')).toHaveLength(1);
    // Whatever became of the relay, of a close that was lost nobody hears.
    unpairing.disconnected();
    const next = unreadContactsOf(...written.values());
    for (const [pairing, at] of leaving) next.leaving.set(pairing, at);
    next.now.ms = now.ms;
    await next.load();
    const nextPost = new FakePost();
    const after = unpairingOf(next, nextPost).unpairing;
    await after.resume();
    await after.attached(pixel.pairing, false);
    expect([nextPost.said.length, nextPost.closed]).toEqual([0, [pixel.pairing]]);
    await after.ended(pixel.pairing, 'channel-closed');
    expect(next.written.size).toBe(0);
    expect(of.news.departed).toBe(null);
  });

  it('closes the channel also where the disk refuses to keep that the phone has heard it', async () => {
    const { book, leaving, post, unpairing } = await paired();
    await unpairing.unpair(pixel.pairing);
    book.leave = () => Promise.reject(new AppError('key-storage-broken'));
    await expect(unpairing.settled(ofPixel)).rejects.toMatchObject({ code: 'key-storage-broken' });
    expect([post.closed, leaving.size]).toEqual([[pixel.pairing], 1]);
    await unpairing.ended(pixel.pairing, 'channel-closed');
    expect(leaving.size).toBe(0);
  });

  it('closes the channel for a phone that has not heard it for as long as the relay keeps the word', async () => {
    const { contacts, now, written, post, unpairing, wakeUp } = await paired();
    await unpairing.unpair(pixel.pairing);
    const unheardAt = now.ms + limits.messageLifeMs;
    expect(wakeUp.set).toHaveBeenLastCalledWith(unheardAt);
    await unpairing.attached(pixel.pairing, false);
    now.ms = unheardAt - 1;
    await unpairing.tick();
    expect(post.closed).toEqual([]);
    now.ms = unheardAt;
    // Only where the relay is there to hear it, as the keys go with that.
    unpairing.disconnected();
    await unpairing.tick();
    expect(contacts.leaving.size).toBe(1);
    await unpairing.resume();
    expect(post.kind('unpair')).toHaveLength(1);
    expect(wakeUp.set).toHaveBeenLastCalledWith(null);
    await unpairing.attached(pixel.pairing, false);
    expect(post.closed).toEqual([pixel.pairing]);
    await unpairing.ended(pixel.pairing, 'channel-closed');
    expect([written.size, contacts.leaving.size]).toEqual([0, 0]);
    expect(wakeUp.set).toHaveBeenLastCalledWith(null);
  });

  it('has the mailbox opened anew where nobody here has heard that it is open, so that its channel can be closed then', async () => {
    const { now, post, unpairing } = await paired();
    await unpairing.unpair(pixel.pairing);
    expect(post.added).toEqual([pixel.pairing]);
    await unpairing.attached(pixel.pairing, false);
    now.ms += limits.messageLifeMs;
    await unpairing.tick();
    expect(post.closed).toEqual([pixel.pairing]);
  });

  it('is said once more, instead, to a phone that has come back meanwhile', async () => {
    const { now, post, unpairing } = await paired();
    await unpairing.unpair(pixel.pairing);
    now.ms += 7 * limits.messageLifeMs;
    await unpairing.attached(pixel.pairing, true);
    expect(post.kind('unpair')).toHaveLength(2);
    expect(post.closed).toEqual([]);
    await unpairing.settled(ofPixel);
    expect(post.closed).toEqual([pixel.pairing]);
  });

  it('removes one whose keys cannot be read, of which nobody can be told', async () => {
    const unread = unreadContactsOf(pixel);
    unread.unreadable.push('AAAAAAAAAAAAAAAAAAAAAA');
    await unread.load();
    const { contacts } = unread;
    const post = new FakePost();
    expect(contacts.view()).toMatchObject([
      { name: 'Pixel', ended: null },
      { pairing: 'AAAAAAAAAAAAAAAAAAAAAA', name: '', ended: 'pairing-unreadable' },
    ]);
    expect(contacts.open).toHaveLength(1);
    await unpairingOf(unread, post).unpairing.unpair('AAAAAAAAAAAAAAAAAAAAAA');
    expect(contacts.view()).toMatchObject([{ name: 'Pixel' }]);
    expect(post.said).toEqual([]);
  });

  it('is said again by each worker, in the place of what was said before', async () => {
    const { post, unpairing } = await paired();
    await unpairing.unpair(pixel.pairing);
    await unpairing.resume();
    expect(post.said.map(({ collapse }) => collapse)).toEqual([pixel.pairing, pixel.pairing]);
    expect(post.closed).toEqual([]);
  });

  it('is said again to each, also where it cannot be said to another, which is heard of', async () => {
    const nexus = pairingOf('Nexus');
    const of = await contactsOf(pixel, nexus);
    const before = unpairingOf(of, new FakePost()).unpairing;
    for (const { pairing } of [pixel, nexus]) await before.unpair(pairing);
    const post = new FakePost();
    const begin = post.begin.bind(post);
    vi.spyOn(post, 'begin').mockImplementation(async (to, ...rest) => {
      if (to === pixel.pairing) throw new AppError('key-storage-broken', 'of this phone');
      return begin(to, ...rest);
    });
    const { unpairing, wakeUp } = unpairingOf(of, post);
    await expect(unpairing.resume()).rejects.toMatchObject({ code: 'key-storage-broken' });
    expect(post.said).toMatchObject([{ to: nexus.pairing, message: { kind: 'unpair' } }]);
    expect(wakeUp.set).toHaveBeenLastCalledWith(of.now.ms + limits.messageLifeMs);
  });

  it('is over when the relay says that the channel is closed', async () => {
    const { written, unpairing } = await paired();
    expect(await unpairing.ended(pixel.pairing, 'channel-closed')).toBe(false);
    await unpairing.unpair(pixel.pairing);
    expect(await unpairing.ended(pixel.pairing, 'channel-closed')).toBe(true);
    expect(written.size).toBe(0);
  });

  it('removes at once what the relay has ended already', async () => {
    const { contacts, written, post, unpairing } = await paired();
    contacts.ended(pixel.pairing, 'channel-closed');
    expect(contacts.view()).toMatchObject([{ name: 'Pixel', ended: 'channel-closed', online: false }]);
    expect(written.size).toBe(1);
    await unpairing.unpair(pixel.pairing);
    expect(written.size).toBe(0);
    expect(post.said).toEqual([]);
  });

  it('by the phone: keys go, and the person is told until that was read', async () => {
    const { contacts, news, area, written, post, unpairing } = await paired();
    await unpairing.unpaired(pixel.pairing);
    expect(contacts.view()).toEqual([]);
    expect(post.closed).toEqual([pixel.pairing]);
    await unpairing.ended(pixel.pairing, 'channel-closed');
    expect(written.size).toBe(0);
    expect(news.departed).toBe('Pixel');
    const next = new PhoneNews(area, () => undefined);
    await next.load();
    expect(next.departed).toBe('Pixel');
    await next.dismiss();
    expect(next.departed).toBe(null);
    expect(area.values.size).toBe(0);
  });

  it('that is asked for while the worker starts waits for the phones to be known', async () => {
    const unread = unreadContactsOf(pixel);
    const post = new FakePost();
    const { unpairing } = unpairingOf(
      unread,
      unread.load().then(() => post),
    );
    await unpairing.unpair(pixel.pairing);
    expect(post.said).toMatchObject([{ to: pixel.pairing, message: { kind: 'unpair' } }]);
  });

  it('of somebody unknown does nothing', async () => {
    const { post, unpairing } = await paired();
    await unpairing.unpair('AAAAAAAAAAAAAAAAAAAAAA');
    expect(post.said).toEqual([]);
  });
});

describe('contacts', () => {
  it('are here or away as the relay says', async () => {
    const { contacts } = await paired();
    const online = () => contacts.view()?.[0]?.online;
    expect(online()).toBe(false);
    for (const [event, expected] of [
      ['joined', true],
      ['away', false],
      ['here', true],
      ['second-join', true],
      ['awaited', false],
    ] as const) {
      contacts.presence(pixel.pairing, event);
      expect(online()).toBe(expected);
    }
  });

  it('are called what the person calls them, without what shows nothing', async () => {
    const { contacts, written } = await paired();
    await contacts.rename(pixel.pairing, '  My\u202e old\n phone ');
    expect(contacts.view()).toMatchObject([{ name: 'My old phone' }]);
    expect(written.get(pixel.pairing)).toMatchObject({ label: 'My old phone', peerName: 'Pixel' });
    await contacts.rename(pixel.pairing, ' \u200b ');
    expect(contacts.view()).toMatchObject([{ name: 'Pixel' }]);
  });

  it('were last seen when something of them was heard, to five minutes', async () => {
    const { contacts, now } = await paired();
    const seenAt = () => contacts.view()?.[0]?.seenAt;
    expect(seenAt()).toBe(pixel.pairedAt);
    await contacts.seen(pixel.pairing);
    expect(seenAt()).toBe(1_000_000);
    now.ms += 299_999;
    await contacts.seen(pixel.pairing);
    expect(seenAt()).toBe(1_000_000);
    now.ms += 1;
    await contacts.seen(pixel.pairing);
    expect(seenAt()).toBe(1_300_000);
  });

  it('do not come back when they are removed while they are written', async () => {
    const { contacts, book, written } = await paired();
    const add = book.add;
    let write: () => void = () => undefined;
    const writing = new Promise<void>((resolve) => (write = resolve));
    book.add = (of) => writing.then(() => add(of));
    const renamed = contacts.rename(pixel.pairing, 'Old phone');
    await Promise.resolve();
    const removed = contacts.remove(pixel.pairing);
    write();
    await Promise.all([renamed, removed]);
    expect(written.size).toBe(0);
  });

  it('that were paired with another browser are spoken of until that was read', async () => {
    const { contacts, news, area } = await paired();
    await contacts.pairedElsewhere('AAAAAAAAAAAAAAAAAAAAAA', 'Edge');
    expect(news.joined).toBe(null);
    await contacts.pairedElsewhere(pixel.pairing, 'Edge');
    expect(news.joined).toEqual({ phone: 'Pixel', other: 'Edge' });
    const next = new PhoneNews(area, () => undefined);
    await next.load();
    expect(next.joined).toEqual({ phone: 'Pixel', other: 'Edge' });
    await next.dismiss();
    expect(next.joined).toBe(null);
  });

  it('have no news where what was kept of them cannot be read', async () => {
    const area = new MemoryArea();
    await area.set({ phoneNews: { departed: 7 } });
    const news = new PhoneNews(area, () => undefined);
    await news.load();
    expect(news.departed).toBe(null);
    expect(area.values.size).toBe(0);
  });
});
