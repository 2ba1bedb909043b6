import { expect, vi } from 'vitest';
import type { FrameOf } from '../../../src/core/frames.ts';
import { newOwnKeys, pairAsPhone } from '../../../src/core/pairing.ts';
import { derivePairingSecrets, parsePairingLink } from '../../../src/core/pairing-link.ts';
import type { NewChannel } from '../../../src/extension/background/channel-creation.ts';
import { PairingDesk } from '../../../src/extension/background/pairing-desk.ts';
import { RelayHealth } from '../../../src/extension/background/relay-health.ts';
import type { PairingView } from '../../../src/extension/messaging/view.ts';
import { SessionStore } from '../../../src/extension/storage/session-store.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { contactsOf, relay } from './contacts.ts';
import { FakePost } from './fake-post.ts';
import { MemoryArea } from './memory-area.ts';

export const relayTimeMs = 1_700_000_000_000;
export const random = seededRandom('desk');

/** A browser's storage and clock, which outlive each worker. */
export function browserOf() {
  return { area: new MemoryArea(), clock: new ManualClock() };
}

/** A worker that has just started in that browser. */
export async function workerIn({ area, clock }: ReturnType<typeof browserOf>) {
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

/** What there is to see, which must be at this step. */
export function viewAt<Step extends PairingView['step']>(
  { desk }: Worker,
  step: Step,
): Extract<PairingView, { step: Step }> {
  const view = desk.view();
  expect(view?.step).toBe(step);
  return view as Extract<PairingView, { step: Step }>;
}

/** A phone that has read the code on the screen. */
export function phoneAt(worker: Worker) {
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
export async function scanned(browser = browserOf(), replaces: string | null = null) {
  const worker = await workerIn(browser);
  await worker.desk.begin(replaces);
  const { half, frame } = phoneAt(worker);
  await worker.desk.unsealed(frame);
  const [second] = worker.post.put;
  if (!second) throw new Error('no second half');
  const { pairing } = viewAt(worker, 'digits');
  return { worker, browser, paired: half.finish(second), pairing, frame };
}
