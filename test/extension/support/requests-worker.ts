import { vi } from 'vitest';
import { PhoneLine } from '../../../src/extension/background/phone-line.ts';
import { RelayHealth } from '../../../src/extension/background/relay-health.ts';
import { Requests } from '../../../src/extension/background/requests.ts';
import { SessionStore } from '../../../src/extension/storage/session-store.ts';
import type { Pressed } from '../../../src/providers/press.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { signIn } from './challenge.ts';
import { contactsOf, pairingOf, relay } from './contacts.ts';
import { FakePost } from './fake-post.ts';
import { MemoryArea } from './memory-area.ts';
import { settled } from './settled.ts';

export const page = { tab: 1, origin: 'https://site.example' };
export const ana = pairingOf('Pixel');
export const bo = pairingOf('Galaxy');

/** A browser's storage and clock, which outlive each worker. */
export function browserOf() {
  return { area: new MemoryArea(), clock: new ManualClock() };
}

/** A worker that has just started in that browser. */
export async function workerIn(
  { area, clock }: ReturnType<typeof browserOf>,
  pairings = [ana],
  online = true,
  numberOnPhone = async () => true,
) {
  const { contacts } = await contactsOf(...pairings);
  const post = new FakePost();
  const relays = new RelayHealth();
  if (online) relays.update(relay, 'online', null);
  const wakeUp = { set: vi.fn<(at: number | null) => void>() };
  const report = vi.fn();
  const press = vi.fn(async (): Promise<Pressed> => 'none');
  const line = new PhoneLine({
    post: Promise.resolve(post),
    contacts,
    relays,
    clock,
    browserName: 'Chrome on Linux',
    numberOnPhone,
  });
  const store = SessionStore.over(area)('request:');
  const missed = vi.fn();
  const requests = new Requests({ store, line, clock, wakeUp, press, missed, changed: () => undefined, report });
  await requests.restore();
  await settled();
  return { requests, post, relays, contacts, wakeUp, report, press, missed, clock };
}

type Worker = Awaited<ReturnType<typeof workerIn>>;

/** A page asks, and the phones were. */
export async function ask(worker: Worker, challenge = signIn(1), from = page) {
  const tell = vi.fn();
  await worker.requests.begin(from, challenge, tell);
  await settled();
  const asked = worker.post.kind('request').filter(({ message }) => message.request.id === challenge.id);
  const arrivals = asked.map(({ to, conversation }) => ({ pairing: to, conversation }));
  return {
    tell,
    challenge,
    id: challenge.id,
    asked,
    arrivals,
    arrival: arrivals[0] ?? { pairing: '', conversation: '' },
  };
}

/** What a page was told, in short. */
export const stagesOf = (tell: ReturnType<typeof vi.fn>) =>
  tell.mock.calls.map(([message]) => message.stage ?? message.type);
