import { describe, expect, it } from 'vitest';
import { Unpairing } from '../../../src/extension/background/unpairing.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { contactsOf, pairingOf } from '../support/contacts.ts';
import { FakePost } from '../support/fake-post.ts';
import { settled } from '../support/settled.ts';

const pixel = pairingOf('Pixel');

async function paired() {
  const { contacts, written } = await contactsOf(pixel);
  const post = new FakePost();
  const clock = new ManualClock();
  return { contacts, written, post, clock, unpairing: new Unpairing({ post: Promise.resolve(post), contacts, clock }) };
}

describe('unpairing', () => {
  it('deletes the keys at once, tells the phone, and closes the channel once the relay has that', async () => {
    const { contacts, written, post, unpairing } = await paired();
    const done = unpairing.unpair(pixel.pairing);
    await settled();
    expect(written.size).toBe(0);
    expect(contacts.view()).toEqual([]);
    expect(post.said).toMatchObject([{ to: pixel.pairing, message: { kind: 'unpair' } }]);
    expect(post.closed).toEqual([]);
    unpairing.stored({ pairing: pixel.pairing, conversation: 'other', id: 'other' });
    await settled();
    expect(post.closed).toEqual([]);
    // The fake's second id.
    unpairing.stored({ pairing: pixel.pairing, conversation: '', id: 'AgICAgICAgICAgICAgICAg' });
    await done;
    expect(post.closed).toEqual([pixel.pairing]);
  });

  it('does not wait for a relay that is not there', async () => {
    const { post, clock, unpairing } = await paired();
    const done = unpairing.unpair(pixel.pairing);
    await settled();
    clock.pass(3_000);
    await done;
    expect(post.closed).toEqual([pixel.pairing]);
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
    const { contacts, written, post, unpairing } = await paired();
    await unpairing.unpaired(pixel.pairing);
    expect(written.size).toBe(0);
    expect(post.closed).toEqual([pixel.pairing]);
    expect(contacts.departed).toBe('Pixel');
    contacts.dismissDeparture();
    expect(contacts.departed).toBe(null);
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
});
