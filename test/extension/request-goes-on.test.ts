import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PhoneLine } from '../../src/extension/background/phone-line.ts';
import { RelayHealth } from '../../src/extension/background/relay-health.ts';
import { requestStream } from '../../src/extension/background/request-stream.ts';
import { Requests } from '../../src/extension/background/requests.ts';
import { listenToPage } from '../../src/extension/content/page-requests.ts';
import { acceptStream, type StreamHandlers } from '../../src/extension/messaging/accept-streams.ts';
import { openStream } from '../../src/extension/messaging/open-stream.ts';
import { TokenBuckets } from '../../src/extension/messaging/token-bucket.ts';
import { SessionStore } from '../../src/extension/storage/session-store.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { signIn } from './support/challenge.ts';
import { contactsOf, pairingOf, relay } from './support/contacts.ts';
import { contentSender, FakePort, own } from './support/fake-port.ts';
import { FakePost } from './support/fake-post.ts';
import { runtime } from './support/fake-runtime.ts';
import { MemoryArea } from './support/memory-area.ts';
import { settled } from './support/settled.ts';

vi.mock('../../src/extension/messaging/browser.ts', () => import('./support/fake-runtime.ts'));

const origin = 'https://site.example';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** A background with all that matters to one page's request. Until it is awake, it holds what comes. */
async function backgroundOver(area: MemoryArea) {
  const { contacts } = await contactsOf(pairingOf('Pixel'));
  const relays = new RelayHealth();
  relays.update(relay, 'online', null);
  const clock = new ManualClock();
  const requests = new Requests({
    store: SessionStore.over(area)('request:'),
    line: new PhoneLine({
      post: Promise.resolve(new FakePost()),
      contacts,
      relays,
      clock,
      browserName: 'Firefox on Linux',
      numberOnPhone: async () => true,
    }),
    clock,
    wakeUp: { set: () => undefined },
    press: async () => 'none',
    missed: () => undefined,
    changed: () => undefined,
    report: (thrown) => expect.fail(String(thrown)),
  });
  let wake: () => void = () => undefined;
  const awake = new Promise<void>((resolve) => (wake = resolve));
  const ready = awake.then(() => requests.restore());
  const budget = new TokenBuckets({ most: 100, everyMs: 1_000, now: () => 0 });
  const handlers = { request: requestStream(requests, ready, budget) } as StreamHandlers;
  return { requests, wake, accept: (port: FakePort) => acceptStream(port.asPort, own, handlers) };
}

/** One end of a port whose other end hears of things when the browser gets to it. */
class QueuedPort extends FakePort {
  readonly #said: (message: unknown) => void;
  readonly #left: () => void;

  constructor(said: (message: unknown) => void, left: () => void, sender?: unknown) {
    super('request', sender);
    this.#said = said;
    this.#left = left;
  }

  override postMessage(message: unknown): void {
    super.postMessage(message);
    this.#said(message);
  }

  override disconnect(): void {
    if (!this.disconnected) this.#left();
    super.disconnect();
  }
}

/** A page, its content script, and backgrounds one after the other, between which messages are on their way. */
async function browserOf() {
  const area = new MemoryArea();
  const up: (() => void)[] = [];
  /** Ports that were closed: in Firefox that overtakes what was said before, on this port and on others. */
  const left: (() => void)[] = [];
  const down: (() => void)[] = [];
  const open = new Set<() => void>();
  let background = await backgroundOver(area);

  runtime.connect = () => {
    let theirs: QueuedPort | null = null;
    const close = () => {
      open.delete(close);
      theirs = null;
      down.push(() => ours.disconnected || ours.ends());
    };
    const ours = new QueuedPort(
      (message) => up.push(() => theirs?.says(message)),
      () =>
        left.push(() => {
          open.delete(close);
          theirs?.ends();
        }),
    );
    up.push(() => {
      if (ours.disconnected) return;
      theirs = new QueuedPort(
        (message) => down.push(() => ours.disconnected || ours.says(message)),
        close,
        contentSender(origin),
      );
      open.add(close);
      background.accept(theirs);
    });
    return ours;
  };

  const page = Object.assign(new EventTarget(), { location: { origin } });
  listenToPage({ page: page as unknown as Window, openStream, now: () => 0, signal: new AbortController().signal });
  const heard: { type: string }[] = [];
  const port = { postMessage: (message: { type: string }) => heard.push(message) };
  const hello = { source: page, origin, data: { tandem: 1, challenge: signIn(1) }, ports: [port] };
  page.dispatchEvent(Object.assign(new Event('message'), hello));

  const steps = {
    /** What was sent first arrives. */
    up: async () => up.shift()?.(),
    left: async () => left.shift()?.(),
    down: async () => down.shift()?.(),
    wakes: async () => background.wake(),
    silence: async () => void vi.advanceTimersByTime(2_000),
    ended: async () => {
      for (const close of open) close();
      background = await backgroundOver(area);
    },
  };
  return {
    heard,
    steps,
    isOpen: () => background.requests.open.length === 1,
    isQuiet: () => up.length + left.length + down.length === 0,
  };
}

const step = fc.constantFrom('up', 'left', 'down', 'wakes', 'silence', 'ended');
/** As often as the content script tries again without a word of the background’s. */
const mostSetbacks = 4;
const setbacks: readonly string[] = ['silence', 'ended'];

it('a page’s request goes on, however late the background speaks, and whenever it is ended', async () => {
  const course = fc
    .array(step, { maxLength: 24 })
    .filter((taken) => taken.filter((one) => setbacks.includes(one)).length <= mostSetbacks);
  await fc.assert(
    fc.asyncProperty(course, async (taken) => {
      const { heard, steps, isOpen, isQuiet } = await browserOf();
      // The page knows at once that the extension is there.
      expect(heard).toEqual([{ type: 'status', stage: 'detected' }]);
      for (const one of taken) {
        await steps[one]();
        await settled();
      }
      do {
        await steps.wakes();
        await steps.left();
        await steps.up();
        await settled();
        await steps.down();
        // As long as the longest wait between two tries.
        if (isQuiet()) vi.advanceTimersByTime(4_000);
      } while (!isQuiet());
      expect(isOpen()).toBe(true);
      expect(heard.filter(({ type }) => type !== 'status')).toEqual([]);
    }),
    propertyRuns(100),
  );
});
