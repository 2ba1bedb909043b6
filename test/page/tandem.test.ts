import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SignInChallenge } from '../../src/core/challenge.ts';
import { limits } from '../../src/core/limits.ts';
import { type PageHello, parsePageMessage } from '../../src/core/page-protocol.ts';
import { type NumberMatchOptions, requestNumberMatch } from '../../src/page/tandem.ts';

const origin = 'https://id.example';
const challenge: SignInChallenge = {
  type: 'sign-in',
  id: 'AAAAAAAAAAAAAAAAAAAAAA',
  nonce: 'A'.repeat(43),
  site: 'Example',
  account: 'ana@example.org',
  lifeMs: 60_000,
  number: '42',
  choices: ['17', '42', '93'],
};
const approval = {
  decision: 'approve',
  id: challenge.id,
  chosen: '42',
  credentialId: 'Y3JlZA',
  clientDataJSON: 'e30',
  authenticatorData: 'AAAA',
  signature: 'AAAA',
};

interface Posted {
  message: PageHello;
  targetOrigin: string;
  port: MessagePort;
}
let posted: Posted[];
const opened: MessagePort[] = [];

beforeEach(() => {
  posted = [];
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  vi.stubGlobal('location', { origin });
  vi.stubGlobal('window', {
    postMessage(message: PageHello, targetOrigin: string, [port]: [MessagePort]) {
      posted.push({ message, targetOrigin, port });
      opened.push(port);
    },
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  for (const port of opened.splice(0)) port.close();
});

/** A page's request and the extension's end of its port. */
function ask(options: Partial<NumberMatchOptions> = {}) {
  const verify = vi.fn<NumberMatchOptions['verify']>(async () => ({ outcome: 'approved' }));
  const onStatus = vi.fn();
  const result = requestNumberMatch({ challenge, verify, onStatus, ...options });
  const port = posted[0]?.port as MessagePort;
  const heard: unknown[] = [];
  if (port) {
    port.onmessage = ({ data }) => {
      heard.push(parsePageMessage(data));
    };
  }
  return { result, verify, onStatus, port, heard };
}

describe('requestNumberMatch', () => {
  it('posts the challenge to its own window and origin, with a port', () => {
    const { result } = ask();
    expect(posted).toHaveLength(1);
    expect(posted[0]).toMatchObject({ message: { tandem: 1, challenge }, targetOrigin: origin });
    expect(posted[0]?.port).toBeInstanceOf(MessagePort);
    vi.advanceTimersByTime(1_500);
    return result;
  });

  it('says that no extension answers after 1.5 s, and tells a late one that nobody waits', async () => {
    const { result, heard } = ask();
    vi.advanceTimersByTime(1_499);
    expect(await settled(result)).toBe(false);
    vi.advanceTimersByTime(1);
    expect(await result).toEqual({ end: 'failed', code: 'no-extension' });
    await eventually(() => expect(heard).toEqual([{ type: 'gone' }]));
  });

  it('that stood still itself for longer hears first what the extension said meanwhile', async () => {
    const { result, onStatus, port } = ask();
    port.postMessage({ type: 'status', stage: 'detected' });
    vi.advanceTimersToNextTimer();
    await eventually(() => expect(onStatus).toHaveBeenCalledOnce());
    vi.advanceTimersByTime(10_000);
    expect(await settled(result)).toBe(false);
  });

  it('passes on each status and is not impatient with an extension that is there', async () => {
    const { result, onStatus, port } = ask();
    port.postMessage({ type: 'status', stage: 'detected' });
    port.postMessage({ type: 'status', stage: 'sent', trouble: 'relay-unreachable' });
    await eventually(() => expect(onStatus).toHaveBeenCalledTimes(2));
    expect(onStatus.mock.calls).toEqual([[{ stage: 'detected' }], [{ stage: 'sent', trouble: 'relay-unreachable' }]]);
    vi.advanceTimersByTime(59_999);
    expect(await settled(result)).toBe(false);
    vi.advanceTimersByTime(1);
    expect(await result).toEqual({ end: 'timed-out' });
  });

  it.each([
    [{ outcome: 'approved' }, { end: 'approved' }, { type: 'approved' }],
    [{ outcome: 'mismatched' }, { end: 'mismatched' }, { type: 'mismatched' }],
    [
      { outcome: 'failed', code: 'approval-invalid' },
      { end: 'failed', code: 'approval-invalid' },
      { type: 'failed', code: 'approval-invalid' },
    ],
  ] as const)('takes the identity provider’s word: %j', async (outcome, end, told) => {
    const verify = vi.fn<NumberMatchOptions['verify']>(async () => outcome);
    const { result, port, heard, onStatus } = ask({ verify });
    port.postMessage({ type: 'answer', answer: { ...approval, more: 'dropped' } });
    expect(await result).toEqual(end);
    expect(verify.mock.calls).toEqual([[approval]]);
    expect(onStatus.mock.calls).toEqual([[{ stage: 'answered' }]]);
    await eventually(() => expect(heard).toEqual([told]));
  });

  it.each([
    [() => Promise.reject(new TypeError('Failed to fetch'))],
    [
      () => {
        throw new TypeError('broken');
      },
    ],
    [async () => undefined as never],
  ])('fails when verifying fails', async (verify) => {
    const { result, port, heard } = ask({ verify });
    port.postMessage({ type: 'answer', answer: approval });
    expect(await result).toEqual({ end: 'failed', code: 'unexpected' });
    await eventually(() => expect(heard).toEqual([{ type: 'failed', code: 'unexpected' }]));
  });

  it('hands over a registration with all of its fields', async () => {
    const { verify, result, port } = ask({
      challenge: {
        type: 'registration',
        id: challenge.id,
        nonce: challenge.nonce,
        site: 'Example',
        account: 'ana@example.org',
        lifeMs: 60_000,
        userHandle: challenge.id,
      },
    });
    const registration = {
      decision: 'register',
      id: challenge.id,
      phone: 'Pixel 9',
      credentialId: 'Y3JlZA',
      clientDataJSON: 'e30',
      attestationObject: 'AAAA',
      transports: ['internal'],
    };
    port.postMessage({ type: 'answer', answer: { ...registration, transports: ['x'.repeat(40)] } });
    port.postMessage({ type: 'answer', answer: { ...registration, transports: 'internal' } });
    port.postMessage({ type: 'answer', answer: registration });
    expect(await result).toEqual({ end: 'approved' });
    expect(verify.mock.calls).toEqual([[registration]]);
  });

  it.each([
    [
      { end: 'denied', reason: 'not-me' },
      { end: 'denied', reason: 'not-me' },
    ],
    [{ end: 'password' }, { end: 'password' }],
    [{ end: 'superseded', code: 7 }, { end: 'superseded' }],
    [
      { end: 'failed', code: 'no-registration', reason: 'because' },
      { end: 'failed', code: 'no-registration' },
    ],
  ])('ends as the extension says: %j', async (ended, expected) => {
    const { result, port } = ask();
    port.postMessage({ type: 'ended', ...ended });
    expect(await result).toEqual(expected);
  });

  it('believes nothing of the wrong shape, and no approval that its provider did not give', async () => {
    const { result, verify, onStatus, port } = ask();
    const nonsense: unknown[] = [
      null,
      'answer',
      7,
      [],
      {},
      { type: 'status', stage: 'toString' },
      { type: 'status', stage: { detected: true } },
      { type: 'ended', end: 'approved' },
      { type: 'ended', end: 'mismatched' },
      { type: 'ended', end: '__proto__' },
      { type: 'answer' },
      { type: 'answer', answer: null },
      { type: 'answer', answer: { ...approval, id: 'BBBBBBBBBBBBBBBBBBBBBA' } },
      { type: 'answer', answer: { ...approval, decision: 'register' } },
      { type: 'answer', answer: { ...approval, chosen: '042' } },
      { type: 'answer', answer: { ...approval, chosen: 42 } },
      { type: 'answer', answer: { ...approval, signature: 'not base64url!' } },
      { type: 'answer', answer: { ...approval, signature: 'A'.repeat(9_000) } },
      { type: 'answer', answer: { ...approval, credentialId: undefined } },
    ];
    for (const message of nonsense) port.postMessage(message);
    port.postMessage({ type: 'status', stage: 'received' });
    await eventually(() => expect(onStatus).toHaveBeenCalledTimes(1));
    expect(onStatus).toHaveBeenCalledWith({ stage: 'received' });
    expect(verify).not.toHaveBeenCalled();
    port.postMessage({ type: 'ended', end: 'gone' });
    expect(await result).toEqual({ end: 'gone' });
  });

  it('nonsense does not count as an extension', async () => {
    const { result, port, heard } = ask();
    port.postMessage({ type: 'hello' });
    await settled(result);
    vi.advanceTimersByTime(1_500);
    expect(await result).toEqual({ end: 'failed', code: 'no-extension' });
    await eventually(() => expect(heard).toHaveLength(1));
  });

  it.each([
    ['password', 'password'],
    [undefined, 'gone'],
    ['anything', 'gone'],
  ])('aborted with %j, ends as %s and tells the extension', async (reason, end) => {
    const stop = new AbortController();
    const { result, heard } = ask({ signal: stop.signal });
    stop.abort(reason);
    expect(await result).toEqual({ end });
    await eventually(() => expect(heard).toEqual([{ type: end }]));
  });

  it('asks nothing when it is aborted before it begins', async () => {
    expect(await ask({ signal: AbortSignal.abort('password') }).result).toEqual({ end: 'password' });
    expect(posted).toEqual([]);
  });

  it('lets an answer in the last moment be verified, but not for ever', async () => {
    const verify = vi.fn(() => new Promise<never>(() => undefined));
    const { result, port, heard } = ask({ verify });
    vi.advanceTimersByTime(1_000);
    port.postMessage({ type: 'status', stage: 'opened' });
    port.postMessage({ type: 'answer', answer: approval });
    port.postMessage({ type: 'ended', end: 'gone' });
    await eventually(() => expect(verify).toHaveBeenCalledTimes(1));
    await settled(result);
    vi.advanceTimersByTime(59_000 + limits.verificationGraceMs - 1);
    expect(await settled(result)).toBe(false);
    vi.advanceTimersByTime(1);
    expect(await result).toEqual({ end: 'timed-out' });
    await eventually(() => expect(heard).toEqual([{ type: 'timed-out' }]));
  });

  it('ends at once for the password, also while an answer is being verified', async () => {
    let decide: (outcome: { outcome: 'approved' }) => void = () => undefined;
    const verify = vi.fn(() => new Promise<{ outcome: 'approved' }>((resolve) => (decide = resolve)));
    const { result, port, heard } = ask({ verify });
    port.postMessage({ type: 'answer', answer: approval });
    await eventually(() => expect(verify).toHaveBeenCalledTimes(1));
    port.postMessage({ type: 'ended', end: 'password' });
    expect(await result).toEqual({ end: 'password' });
    decide({ outcome: 'approved' });
    await settled(verify.mock.results[0]?.value);
    expect(heard).toEqual([]);
  });

  it('verifies one answer and no second one', async () => {
    let decide: (outcome: { outcome: 'mismatched' }) => void = () => undefined;
    const verify = vi.fn(() => new Promise<{ outcome: 'mismatched' }>((resolve) => (decide = resolve)));
    const { result, port, onStatus } = ask({ verify });
    port.postMessage({ type: 'answer', answer: { ...approval, chosen: '17' } });
    port.postMessage({ type: 'answer', answer: approval });
    await eventually(() => expect(onStatus).toHaveBeenCalledWith({ stage: 'answered' }));
    await settled(result);
    decide({ outcome: 'mismatched' });
    expect(await result).toEqual({ end: 'mismatched' });
    expect(verify).toHaveBeenCalledTimes(1);
  });
});

/** Waits for a message to arrive while the timers stand still (`vi.waitFor` would move them on). */
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

/** Whether a promise has settled once everything that was posted has arrived. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  const { port1, port2 } = new MessageChannel();
  const arrived = new Promise((resolve) => port2.addEventListener('message', resolve, { once: true }));
  port2.start();
  port1.postMessage(null);
  await arrived;
  port1.close();
  return Promise.race([promise.then(() => true), new Promise<boolean>((resolve) => setImmediate(resolve, false))]);
}
