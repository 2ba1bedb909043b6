import { describe, expect, it, vi } from 'vitest';
import { requestStream } from '../../../src/extension/background/request-stream.ts';
import type { Requests } from '../../../src/extension/background/requests.ts';
import { acceptStream, type StreamHandlers } from '../../../src/extension/messaging/accept-streams.ts';
import { TokenBuckets } from '../../../src/extension/messaging/token-bucket.ts';
import { signIn } from '../support/challenge.ts';
import { contentSender, FakePort, own } from '../support/fake-port.ts';
import { settled } from '../support/settled.ts';

function background({ ready = Promise.resolve() } = {}) {
  const requests = {
    begin: vi.fn(async () => undefined),
    resume: vi.fn(async () => undefined),
    pageSaid: vi.fn(async () => undefined),
    pageLeft: vi.fn(async () => undefined),
  };
  const budget = new TokenBuckets({ most: 2, everyMs: 1_000, now: () => 0 });
  const request = requestStream(requests as unknown as Requests, ready, budget);
  const connect = (origin = 'https://site.example', tab = 1) => {
    const port = new FakePort('request', contentSender(origin, tab));
    acceptStream(port.asPort, own, { request } as StreamHandlers);
    return port;
  };
  return { requests, connect };
}

const { id } = signIn(1);
const failed = (code: string) => [{ type: 'ended', end: 'failed', code }];

describe('a content script’s port', () => {
  it('carries what a page says in its order, once the background knows what it held', async () => {
    let begin: () => void = () => undefined;
    const { requests, connect } = background({ ready: new Promise((resolve) => (begin = resolve)) });
    const port = connect();
    port.says({ type: 'begin', challenge: signIn(1) });
    port.says({ type: 'page', message: { type: 'password' } });
    port.ends();
    await settled();
    expect(requests.begin).not.toHaveBeenCalled();
    begin();
    await settled();
    expect(requests.begin).toHaveBeenCalledWith(
      { tab: 1, origin: 'https://site.example' },
      signIn(1),
      expect.any(Function),
    );
    expect(requests.pageSaid).toHaveBeenCalledWith(id, { type: 'password' });
    const [order] = requests.pageSaid.mock.invocationCallOrder;
    expect(order).toBeLessThan(requests.pageLeft.mock.invocationCallOrder[0] ?? 0);
  });

  it('is for one request', async () => {
    const { requests, connect } = background();
    const port = connect();
    port.says({ type: 'begin', challenge: signIn(1) });
    port.says({ type: 'begin', challenge: signIn(2) });
    await settled();
    expect(requests.begin).toHaveBeenCalledTimes(1);
    expect(port.sent).toEqual(failed('not-allowed'));
  });

  it('speaks for no request before it has one, and for none that it was refused', async () => {
    const { requests, connect } = background();
    const port = connect();
    port.says({ type: 'page', message: { type: 'gone' } });
    requests.resume.mockRejectedValueOnce(Object.assign(new Error('unknown'), {}));
    port.says({ type: 'resume', id });
    port.says({ type: 'page', message: { type: 'gone' } });
    await settled();
    port.ends();
    await settled();
    expect(requests.pageSaid).not.toHaveBeenCalled();
    expect(requests.pageLeft).not.toHaveBeenCalled();
    expect(port.sent).toEqual(failed('unexpected'));
  });

  it('is ended by the first thing that is malformed', async () => {
    const { requests, connect } = background();
    const port = connect();
    port.says({ type: 'begin', challenge: signIn(1, { number: '99' }) });
    await settled();
    expect(port.sent).toEqual(failed('malformed-challenge'));
    expect(port.disconnected).toBe(true);
    port.says({ type: 'begin', challenge: signIn(1) });
    await settled();
    expect(requests.begin).not.toHaveBeenCalled();
  });

  it('is refused when its tab and origin ask too often, and others are not', async () => {
    const { requests, connect } = background();
    const ports = [1, 2, 3].map((seed) => {
      const port = connect();
      port.says({ type: 'begin', challenge: signIn(seed) });
      return port;
    });
    connect('https://site.example', 2).says({ type: 'begin', challenge: signIn(4) });
    connect('https://other.example', 1).says({ type: 'begin', challenge: signIn(5) });
    await settled();
    expect(ports.map(({ sent }) => sent)).toEqual([[], [], failed('too-many-requests')]);
    expect(requests.begin).toHaveBeenCalledTimes(4);
  });
});
