import { describe, expect, it, vi } from 'vitest';
import type { Message } from '../../../src/core/messages.ts';
import { postEvents } from '../../../src/extension/background/post-events.ts';
import { RelayHealth } from '../../../src/extension/background/relay-health.ts';
import { contactsOf, pairingOf, relay } from '../support/contacts.ts';
import { settled } from '../support/settled.ts';

const ana = pairingOf('Pixel');
const from = { pairing: ana.pairing, conversation: 'CCCCCCCCCCCCCCCCCCCCCC' };
const stranger = { ...from, pairing: 'BBBBBBBBBBBBBBBBBBBBBB' };

async function background() {
  const { contacts } = await contactsOf(ana);
  const told: string[] = [];
  const hears = (who: string) => vi.fn(async () => void told.push(who));
  const hearsNow = (who: string) => vi.fn(() => void told.push(who));
  const claims = { desk: false, unpairing: false, replacing: false };
  const report = vi.fn();
  const events = postEvents({
    contacts,
    relays: new RelayHealth(),
    requests: {
      phoneSaid: hears('requests'),
      progress: hears('requests'),
      pushed: hears('requests'),
      undeliverable: hears('requests'),
      connectionChanged: hearsNow('requests'),
    },
    desk: {
      confirmed: hears('desk'),
      isReplacing: () => claims.replacing,
      peer: hears('desk'),
      ended: async () => claims.desk,
      unsealed: hears('desk'),
    },
    unpairing: {
      settled: hears('unpairing'),
      attached: hears('unpairing'),
      disconnected: hearsNow('unpairing'),
      unpaired: hears('unpairing'),
      ended: async () => claims.unpairing,
    },
    ringTests: { progress: hearsNow('ring tests'), pushed: hearsNow('ring tests'), phoneSaid: hearsNow('ring tests') },
    changed: () => undefined,
    report,
  });
  return { events, contacts, told, claims, report };
}

describe('what a phone says', () => {
  const receipt: Message = { kind: 'receipt', id: 'AAAAAAAAAAAAAAAAAAAAAA', stage: 'opened' };
  it.each<[Message, string[]]>([
    [receipt, ['requests']],
    [{ kind: 'unpair' }, ['unpairing']],
    [{ kind: 'pong', id: 'AAAAAAAAAAAAAAAAAAAAAA', step: 'shown' }, ['ring tests']],
  ])('is heard by who it is for: %j', async (message, heard) => {
    const { events, told } = await background();
    await events.message(from, message);
    expect(told).toEqual(heard);
  });

  it('counts for nothing but a pairing while it is none of ours', async () => {
    const { events, told } = await background();
    await events.message(stranger, receipt);
    expect(told).toEqual([]);
    await events.message(stranger, { kind: 'confirm' });
    expect(told).toEqual(['desk']);
  });

  it.each([false, true])('of another browser is news unless that is this one: %s', async (isThisOne) => {
    const { events, contacts, claims } = await background();
    const news = vi.spyOn(contacts, 'pairedElsewhere');
    claims.replacing = isThisOne;
    await events.message(from, { kind: 'paired', name: 'Firefox' });
    expect(news.mock.calls).toEqual(isThisOne ? [] : [[ana.pairing, 'Firefox']]);
  });
});

describe('a channel that has ended', () => {
  it.each(['desk', 'unpairing'] as const)('is no end of a phone where it is a matter of the %s', async (whose) => {
    const { events, contacts, claims, told } = await background();
    claims[whose] = true;
    events.ended(ana.pairing, 'channel-closed');
    await settled();
    expect([contacts.endOf(ana.pairing), told]).toEqual([null, []]);
  });

  it('is else the end of that phone, and requests hear that it cannot be asked', async () => {
    const { events, contacts, told } = await background();
    events.ended(stranger.pairing, 'channel-closed');
    events.ended(ana.pairing, 'channel-closed');
    await settled();
    expect(contacts.endOf(ana.pairing)).toBe('channel-closed');
    expect(told).toEqual(['requests']);
  });
});

it('a relay that went away is one whose phones are not known to be there', async () => {
  const { events, told } = await background();
  events.status(relay, 'online', null);
  expect(told).toEqual(['requests']);
  events.status(relay, 'waiting', 'relay-unreachable');
  expect(told).toEqual(['requests', 'unpairing', 'requests']);
});

it('what became of a push is heard by whoever may have asked for it', async () => {
  const { events, told } = await background();
  events.push?.(ana.pairing, { is: 'sent', id: new Uint8Array(16), outcome: 'taken' });
  events.push?.(ana.pairing, { is: 'subscribed' });
  expect(told).toEqual(['ring tests', 'requests']);
});
