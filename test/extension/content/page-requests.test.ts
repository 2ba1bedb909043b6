import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { listenToPage } from '../../../src/extension/content/page-requests.ts';
import { openStream } from '../../../src/extension/messaging/open-stream.ts';
import { approval, signIn } from '../support/challenge.ts';
import { FakePort } from '../support/fake-port.ts';
import { runtime } from '../support/fake-runtime.ts';

vi.mock('../../../src/extension/messaging/browser.ts', () => import('../support/fake-runtime.ts'));

const origin = 'https://site.example';
const page = { location: { origin } };
let backgrounds: FakePort[];
let now = 0;
const opened: MessagePort[] = [];

beforeEach(() => {
  backgrounds = [];
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  runtime.connect = () => {
    const port = new FakePort('request');
    backgrounds.push(port);
    return port;
  };
});

afterEach(() => {
  vi.useRealTimers();
  for (const port of opened.splice(0)) port.close();
});

function start(): EventTarget {
  const fresh = Object.assign(new EventTarget(), { location: page.location });
  listenToPage({ page: fresh as unknown as Window, openStream, now: () => now, signal: new AbortController().signal });
  return fresh;
}

/** The page posts its hello; gives what it hears. */
function hello(target: EventTarget, challenge: unknown = signIn(1), more: object = {}) {
  const { port1, port2 } = new MessageChannel();
  opened.push(port1, port2);
  const heard: unknown[] = [];
  port1.onmessage = ({ data }) => heard.push(data);
  const event = new Event('message');
  const fields = { source: target, origin, data: { tandem: 1, challenge }, ports: [port2], ...more };
  for (const [name, value] of Object.entries(fields)) Object.defineProperty(event, name, { value });
  target.dispatchEvent(event);
  return { port: port1, heard };
}

/** What the content script says by itself. */
const isThere = { type: 'status', stage: 'detected' };

const background = (at = 0): FakePort => {
  const port = backgrounds[at];
  if (!port) throw new Error(`the background was connected to ${backgrounds.length} times`);
  return port;
};

async function eventually(check: () => void): Promise<void> {
  const giveUpAt = Date.now() + 2_000;
  for (;;) {
    await new Promise((resolve) => setImmediate(resolve));
    try {
      return check();
    } catch (cause) {
      if (Date.now() > giveUpAt) throw cause;
    }
  }
}

describe('a page’s hello', () => {
  it('goes to the background, and what that says comes back', async () => {
    const challenge = signIn(1);
    const { heard } = hello(start(), { ...challenge, more: 'dropped' });
    expect(background().sent).toEqual([{ type: 'begin', challenge }]);
    background().says({ type: 'status', stage: 'sent' });
    background().says({ type: 'answer', answer: approval(challenge.id) });
    await eventually(() =>
      expect(heard).toEqual([
        isThere,
        { type: 'status', stage: 'sent' },
        { type: 'answer', answer: approval(challenge.id) },
      ]),
    );
  });

  it('is answered by the content script while the background still wakes', async () => {
    const { heard } = hello(start());
    await eventually(() => expect(heard).toEqual([isThere]));
  });

  it.each([
    ['a frame within the page', { source: {} }],
    ['no window', { source: null }],
    ['another origin', { origin: 'https://other.example' }],
    ['no port', { ports: [] }],
    ['another protocol', { data: { tandem: 2, challenge: signIn(1) } }],
    ['nothing', { data: null }],
    ['a text', { data: 'tandem' }],
  ])('from %s is not heard', (_, more) => {
    hello(start(), signIn(1), more);
    expect(backgrounds).toEqual([]);
  });

  it.each([
    null,
    {},
    signIn(1, { number: '7' }),
    signIn(1, { choices: ['42', '42', '17'] }),
    { ...signIn(1), lifeMs: 1e9 },
  ])('that is malformed does not wake the background: %#', async (challenge) => {
    const { heard } = hello(start(), challenge);
    expect(backgrounds).toEqual([]);
    await eventually(() => expect(heard).toEqual([{ type: 'ended', end: 'failed', code: 'malformed-challenge' }]));
  });

  it('a thousand times wakes the background five times, then once in a while', async () => {
    const target = start();
    const told: ReturnType<typeof hello>[] = [];
    for (let count = 0; count < 1_000; count++) told.push(hello(target, signIn(count % 256)));
    expect(backgrounds).toHaveLength(5);
    await eventually(() =>
      expect(told.at(-1)?.heard).toEqual([{ type: 'ended', end: 'failed', code: 'too-many-requests' }]),
    );
    now += 10_000;
    hello(target);
    hello(target);
    expect(backgrounds).toHaveLength(6);
  });
});

describe('what the page says', () => {
  it('goes to the background once: its first word is its last', async () => {
    const { port } = hello(start());
    for (const message of [
      { type: 'approve' },
      null,
      { type: 'password', more: 1 },
      { type: 'gone' },
      { type: 'password' },
    ]) {
      port.postMessage(message);
    }
    await eventually(() => expect(background().sent).toHaveLength(2));
    expect(background().sent[1]).toEqual({ type: 'page', message: { type: 'password' } });
  });

  it('is listened to only so long when it is rubbish', async () => {
    const { port } = hello(start());
    for (let count = 0; count < 100; count++) port.postMessage({ type: count });
    port.postMessage({ type: 'password' });
    await eventually(() => expect(background().sent).toHaveLength(2));
    expect(background().sent[1]).toEqual({ type: 'page', message: { type: 'gone' } });
  });

  it('nothing any more when it is left', () => {
    const target = start();
    hello(target);
    target.dispatchEvent(new Event('pagehide'));
    expect(background().sent.at(-1)).toEqual({ type: 'page', message: { type: 'gone' } });
  });

  it('ends with the background’s end, and the port is let go', async () => {
    const { port, heard } = hello(start());
    background().says({ type: 'ended', end: 'denied', reason: 'not-me' });
    await eventually(() => expect(heard).toEqual([isThere, { type: 'ended', end: 'denied', reason: 'not-me' }]));
    expect(background().disconnected).toBe(true);
    port.postMessage({ type: 'password' });
    background().ends();
    expect(backgrounds).toHaveLength(1);
  });
});

describe('when the worker is ended', () => {
  it('wakes it and takes the request up again', () => {
    const { id } = signIn(1);
    hello(start());
    background().says({ type: 'status', stage: 'detected' });
    background().ends();
    expect(background(1).sent).toEqual([{ type: 'resume', id }]);
  });

  it('before it has answered, begins again', () => {
    hello(start());
    background().ends();
    expect(background(1).sent).toEqual([{ type: 'begin', challenge: signIn(1) }]);
  });

  it('says again what the page had said', async () => {
    const { port } = hello(start());
    background().says({ type: 'status', stage: 'detected' });
    port.postMessage({ type: 'approved' });
    await eventually(() => expect(background().sent).toHaveLength(2));
    background().ends();
    expect(background(1).sent.at(-1)).toEqual({ type: 'page', message: { type: 'approved' } });
  });

  it('time and again without a word, waits longer each time and then gives up', async () => {
    const { heard } = hello(start());
    background(0).ends();
    for (const [at, waitMs] of [50, 250, 1_000, 4_000].entries()) {
      background(at + 1).ends();
      vi.advanceTimersByTime(waitMs - 1);
      expect(backgrounds).toHaveLength(at + 2);
      vi.advanceTimersByTime(1);
      expect(backgrounds).toHaveLength(at + 3);
    }
    background(5).ends();
    await eventually(() => expect(heard).toEqual([isThere, { type: 'ended', end: 'failed', code: 'no-extension' }]));
  });

  it('and the next never says a word, tries again', () => {
    hello(start());
    background().says({ type: 'status', stage: 'detected' });
    vi.advanceTimersByTime(60_000);
    background().ends();
    vi.advanceTimersByTime(1_999);
    expect(backgrounds).toHaveLength(2);
    vi.advanceTimersByTime(51);
    expect(backgrounds).toHaveLength(3);
    expect(background(2).sent).toEqual([{ type: 'resume', id: signIn(1).id }]);
  });

  it('and the next is only slow, is not left before another port has spoken', () => {
    hello(start());
    vi.advanceTimersByTime(2_000);
    expect(background(1).sent).toEqual([{ type: 'begin', challenge: signIn(1) }]);
    background(0).says({ type: 'status', stage: 'detected' });
    expect(background(0).disconnected).toBe(false);
    background(1).says({ type: 'status', stage: 'detected' });
    expect(background(0).disconnected).toBe(true);
  });

  it('and the extension was updated, the page is told', async () => {
    const { heard } = hello(start());
    runtime.connect = () => {
      throw new Error('Extension context invalidated.');
    };
    background().ends();
    await eventually(() => expect(heard).toEqual([isThere, { type: 'ended', end: 'failed', code: 'no-extension' }]));
  });

  it('and the extension was updated before the page asked, the page is told', async () => {
    runtime.connect = () => {
      throw new Error('Extension context invalidated.');
    };
    const { heard } = hello(start());
    await eventually(() => expect(heard).toEqual([{ type: 'ended', end: 'failed', code: 'no-extension' }]));
  });
});
