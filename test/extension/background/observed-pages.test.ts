import { describe, expect, it, vi } from 'vitest';
import { base64url } from '../../../src/core/bytes.ts';
import { limits } from '../../../src/core/limits.ts';
import { ObservedPages } from '../../../src/extension/background/observed-pages.ts';
import { PhoneLine } from '../../../src/extension/background/phone-line.ts';
import { RelayHealth } from '../../../src/extension/background/relay-health.ts';
import { Requests } from '../../../src/extension/background/requests.ts';
import { sightingStream } from '../../../src/extension/background/sighting-stream.ts';
import { Warnings } from '../../../src/extension/background/warnings.ts';
import { acceptStream, type StreamHandlers } from '../../../src/extension/messaging/accept-streams.ts';
import { TokenBuckets } from '../../../src/extension/messaging/token-bucket.ts';
import { SessionStore } from '../../../src/extension/storage/session-store.ts';
import { graceMs } from '../../../src/providers/moving-on.ts';
import type { Pressed } from '../../../src/providers/press.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { signIn } from '../support/challenge.ts';
import { contactsOf, pairingOf, relay } from '../support/contacts.ts';
import { FakePort, own } from '../support/fake-port.ts';
import { FakePost } from '../support/fake-post.ts';
import { MemoryArea } from '../support/memory-area.ts';
import { settled } from '../support/settled.ts';

const entra = 'https://login.microsoftonline.com/common/login';
const adfs = 'https://sts.contoso.example/adfs/ls/';
const granted = ['sts.contoso.example'];
const controls = { password: false, otherWay: true, resend: false, cancel: false };
const entraNumber = (number: string, account?: string) => ({
  type: 'number',
  provider: 'entra-mfa',
  number,
  controls,
  ...(account === undefined ? {} : { account }),
});
const adfsNumber = { type: 'number', provider: 'adfs-azuremfa', number: '23', controls };
const ended = (outcome: string, provider = 'entra-mfa') => ({ type: 'ended', provider, outcome });
const left = (by: string, provider = 'entra-mfa') => ({ type: 'left', provider, by });
const ana = pairingOf('Pixel');

/** A browser's storage, clock and tabs, which outlive each worker. */
function browserOf() {
  return { area: new MemoryArea(), clock: new ManualClock(), urls: new Map<number, string>() };
}

/** A worker that has just started in that browser, with ports of content scripts. */
async function workerIn(
  { area, clock, urls }: ReturnType<typeof browserOf>,
  pairings = [ana],
  numberOnPhone = true,
  wantsPassword = async (origin: string, account: string) =>
    `${origin} ${account}` === 'https://login.microsoftonline.com bo@contoso.example',
) {
  const { contacts } = await contactsOf(...pairings);
  const post = new FakePost();
  const relays = new RelayHealth();
  relays.update(relay, 'online', null);
  const line = new PhoneLine({
    post: Promise.resolve(post),
    contacts,
    relays,
    clock,
    browserName: 'Chrome',
    numberOnPhone: async () => numberOnPhone,
  });
  const press = vi.fn(async (): Promise<Pressed> => 'none');
  const report = vi.fn();
  const requests = new Requests({
    store: SessionStore.over(area)('request:'),
    line,
    clock,
    wakeUp: { set: () => undefined },
    press,
    missed: () => undefined,
    changed: () => undefined,
    report,
  });
  let drawn = 0;
  const wakeUp = { set: vi.fn<(at: number | null) => void>() };
  const pages = new ObservedPages({
    store: SessionStore.over(area)('observed:'),
    requests,
    clock,
    random: (length) => new Uint8Array(length).fill(++drawn),
    wakeUp,
    budget: new TokenBuckets({ most: 5, everyMs: 12_000, now: () => clock.now() }),
    granted: () => granted,
    wantsPassword,
    report,
    whereIs: async (tab) => urls.get(tab) ?? null,
  });
  const warnings = new Warnings({
    store: SessionStore.over(area)('warning:'),
    random: (length) => new Uint8Array(length).fill(++drawn),
    changed: () => undefined,
    report,
    askAgain: async () => null,
    closeTab: async () => undefined,
  });
  const restored = requests.restore().then(() => pages.restore());
  const sightings = sightingStream({
    pages,
    requests,
    warnings,
    ready: () => restored,
    budget: new TokenBuckets({ most: 60, everyMs: 100, now: () => clock.now() }),
    granted: () => granted,
    report,
  });
  await settled();
  const connect = (url = entra, tab = 1, frameId = 0) => {
    const port = new FakePort('sightings', { id: 'ours', url, tab: { id: tab }, frameId });
    acceptStream(port.asPort, own, { sightings } as StreamHandlers);
    urls.set(tab, url);
    return port;
  };
  const says = async (port: FakePort, ...said: unknown[]) => {
    for (const sighting of said) port.says(sighting);
    await settled();
  };
  const pass = async (ms: number) => {
    clock.pass(ms);
    await Promise.all([pages.tick(), requests.tick()]);
    await settled();
  };
  return { requests, pages, warnings, post, press, report, connect, says, pass, wakeUp };
}

const phaseOf = ({ requests }: Awaited<ReturnType<typeof workerIn>>) => requests.lastEnded?.life.phase;

describe('a number on a page of somebody else’s', () => {
  it('is a request on every phone, as the page shows it, and its end is told as the page’s', async () => {
    const worker = await workerIn(browserOf());
    const port = worker.connect();
    await worker.says(port, entraNumber('07', 'adele@contoso.example'));
    const id = worker.requests.current?.id;
    expect(worker.post.kind('request')).toMatchObject([{ to: ana.pairing, lifeMs: 60_000, collapse: id }]);
    expect(worker.post.kind('request')[0]?.message.request).toEqual({
      type: 'observed',
      id,
      origin: 'https://login.microsoftonline.com',
      site: 'Microsoft',
      browser: 'Chrome',
      expiresAt: 61_000,
      apps: ['Microsoft Authenticator'],
      direction: 'type',
      account: 'adele@contoso.example',
      number: '07',
    });
    await worker.says(port, ended('approved'));
    expect(worker.post.kind('outcome')).toMatchObject([
      { to: ana.pairing, collapse: id, message: { id, outcome: 'approved' } },
    ]);
    expect(port.sent).toEqual([
      null,
      { type: 'taken', open: true },
      { type: 'over', what: 'number' },
      { type: 'taken', open: false },
    ]);
  });

  it.each([
    ['denied', 'outcome', { outcome: 'denied' }],
    ['failed', 'outcome', { outcome: 'failed', code: 'denied-or-timed-out' }],
    ['timed-out', 'withdraw', { reason: 'timed-out' }],
    ['password', 'withdraw', { reason: 'password' }],
    ['gone', 'withdraw', { reason: 'gone' }],
  ] as const)('that ended %s is so on the phone', async (outcome, kind, message) => {
    const worker = await workerIn(browserOf());
    await worker.says(worker.connect(), entraNumber('42'), ended(outcome));
    // A minute longer than the request: its person is in the other app, and the phone may sleep.
    expect(worker.post.kind(kind)).toMatchObject([{ message, lifeMs: 360_000 }]);
  });

  it('is told again, to the phones that have it, once its account is known', async () => {
    const browser = browserOf();
    const worker = await workerIn(browser);
    const port = worker.connect();
    await worker.says(port, entraNumber('42'));
    const [first] = worker.post.kind('request');
    expect(first?.message.request).not.toHaveProperty('account');
    await worker.pass(10_000);
    await worker.says(port, entraNumber('42', 'ana@contoso.example'), entraNumber('42', 'ana@contoso.example'));
    const [, second, ...more] = worker.post.kind('request');
    expect(more).toEqual([]);
    expect(second).toMatchObject({ to: ana.pairing, lifeMs: 50_000, collapse: first?.collapse });
    // This post's relay has a clock that stands still.
    const expiresAt = expect.any(Number);
    expect(second?.message.request).toEqual({ ...first?.message.request, expiresAt, account: 'ana@contoso.example' });
    expect(worker.requests.current?.asked).toHaveLength(1);
    // The next worker does not tell it a third time.
    const next = await workerIn(browser);
    expect(next.post.kind('request')).toEqual([]);
    await next.says(next.connect(), ended('approved'));
    expect(next.post.kind('outcome')).toHaveLength(1);
  });

  it('stays at home when the person wants it so', async () => {
    const worker = await workerIn(browserOf(), [ana], false);
    await worker.says(worker.connect(), entraNumber('42'));
    expect(worker.post.kind('request')[0]?.message.request).not.toHaveProperty('number');
  });

  it('is there without a phone', async () => {
    const worker = await workerIn(browserOf(), []);
    await worker.says(worker.connect(), entraNumber('42'));
    expect(worker.requests.current).toMatchObject({
      seen: { number: '42' },
      life: { phase: 'detected', trouble: 'no-phone' },
    });
  });

  it('takes no answer from a phone', async () => {
    const worker = await workerIn(browserOf());
    await worker.says(worker.connect(), entraNumber('42'));
    const { id = '' } = worker.requests.current ?? {};
    const [said] = worker.post.kind('request');
    const from = { pairing: ana.pairing, conversation: said?.conversation ?? '' };
    await worker.requests.phoneSaid(from, { kind: 'answer', answer: { decision: 'deny', id, reason: 'not-me' } });
    await worker.requests.phoneSaid(from, { kind: 'receipt', id, stage: 'opened' });
    expect(worker.requests.current?.life.phase).toBe('opened');
  });

  it('that changes is a new request', async () => {
    const worker = await workerIn(browserOf());
    const port = worker.connect();
    await worker.says(port, entraNumber('42'), entraNumber('07'));
    expect(worker.requests.open).toHaveLength(1);
    expect(worker.requests.current).toMatchObject({ seen: { number: '07' } });
    expect(worker.post.kind('withdraw')).toMatchObject([{ message: { reason: 'superseded' } }]);
  });

  it('takes the place of a page’s own request in its tab', async () => {
    const worker = await workerIn(browserOf());
    await worker.requests.begin({ tab: 1, origin: 'https://site.example' }, signIn(9), vi.fn());
    await worker.says(worker.connect(), entraNumber('42'));
    expect(worker.requests.open).toMatchObject([{ kind: 'observed' }]);
  });

  it('lives as long as its page, where only the server knows how long that is', async () => {
    const browser = browserOf();
    const worker = await workerIn(browser);
    await worker.says(worker.connect('https://acme.okta.com/'), { ...entraNumber('5'), provider: 'okta-v3' });
    expect(worker.requests.current?.life.expiresAt).toBe(browser.clock.now() + limits.longestRequestLifeMs);
  });

  it('whose time is over is no new one while its page still shows it', async () => {
    const worker = await workerIn(browserOf());
    await worker.says(worker.connect(), entraNumber('42'));
    await worker.pass(60_000);
    expect(phaseOf(worker)).toBe('timed-out');
    await worker.says(worker.connect(), entraNumber('42'));
    expect(worker.requests.open).toEqual([]);
    await worker.pass(10_000);
    await worker.says(worker.connect(), entraNumber('42'));
    expect(worker.requests.open).toHaveLength(1);
  });
});

describe('a page that loads itself again each second', () => {
  it('is one request, and its account is that of the step before', async () => {
    const worker = await workerIn(browserOf());
    await worker.says(worker.connect(adfs), {
      type: 'account',
      provider: 'adfs-azuremfa',
      account: 'adele@contoso.example',
    });
    for (let second = 0; second < 50; second++) {
      const port = worker.connect(adfs);
      await worker.says(port, adfsNumber, left('page', 'adfs-azuremfa'));
      port.ends();
      await worker.pass(1_000);
    }
    expect(worker.post.kind('request')).toHaveLength(1);
    expect(worker.requests.current).toMatchObject({ seen: { number: '23', account: 'adele@contoso.example' } });
    await worker.says(worker.connect(adfs), ended('approved', 'adfs-azuremfa'));
    expect(phaseOf(worker)).toBe('approved');
  });

  it('goes on when the worker is ended between two loads', async () => {
    const browser = browserOf();
    const first = await workerIn(browser);
    await first.says(first.connect(adfs), adfsNumber);
    const second = await workerIn(browser);
    await second.says(second.connect(adfs), adfsNumber);
    await second.pass(graceMs + 1);
    expect(second.requests.current?.id).toBe(base64url(new Uint8Array(16).fill(1)));
    expect(second.post.kind('request')).toEqual([]);
  });
});

describe('a page that goes', () => {
  it.each([
    ['page', 'https://login.microsoftonline.com/kmsi', 'approved'],
    ['page', null, 'approved'],
    ['person', null, 'gone'],
    ['page', entra, 'gone'],
  ] as const)('by the %s, to %s, is %s after a while', async (by, to, outcome) => {
    const browser = browserOf();
    const worker = await workerIn(browser);
    const port = worker.connect();
    await worker.says(port, entraNumber('42'), left(by));
    port.ends();
    await settled();
    if (to === null) browser.urls.delete(1);
    else browser.urls.set(1, to);
    await worker.pass(graceMs - 1);
    expect(worker.requests.open).toHaveLength(1);
    expect(worker.wakeUp.set).toHaveBeenLastCalledWith(browser.clock.now() + 1);
    await worker.pass(1);
    expect(phaseOf(worker)).toBe(outcome);
  });

  it('without a word was left by the person', async () => {
    const browser = browserOf();
    const worker = await workerIn(browser);
    const port = worker.connect();
    await worker.says(port, entraNumber('42'));
    port.ends();
    browser.urls.delete(1);
    await settled();
    await worker.pass(graceMs);
    expect(phaseOf(worker)).toBe('gone');
  });

  it('while no worker runs is concluded by the next', async () => {
    const browser = browserOf();
    const first = await workerIn(browser);
    await first.says(first.connect(), entraNumber('42'), left('page'));
    browser.urls.delete(1);
    browser.clock.pass(graceMs);
    const second = await workerIn(browser);
    await second.pass(0);
    expect(phaseOf(second)).toBe('approved');
  });

  it('and is back in time goes on', async () => {
    const worker = await workerIn(browserOf());
    const port = worker.connect();
    await worker.says(port, entraNumber('42'), left('page'), entraNumber('42', 'adele@contoso.example'));
    await worker.pass(graceMs);
    expect(worker.requests.current).toMatchObject({ seen: { account: 'adele@contoso.example' } });
    expect(new Set(worker.post.kind('request').map(({ message }) => message.request.id)).size).toBe(1);
  });

  it('is not taken for gone by an older page of its tab', async () => {
    const worker = await workerIn(browserOf());
    const old = worker.connect();
    await worker.says(old, entraNumber('42'));
    await worker.says(worker.connect(), entraNumber('42'));
    old.ends();
    await settled();
    await worker.pass(graceMs);
    expect(worker.requests.open).toHaveLength(1);
  });
});

describe('the password', () => {
  it.each([
    ['password', 0, undefined],
    ['other-way', 1, 'other-way'],
    ['none', 1, 'none'],
  ] as const)('pressed with %s leaves %d open', async (result, open, pressed) => {
    const worker = await workerIn(browserOf());
    await worker.says(worker.connect(), entraNumber('42'));
    worker.press.mockResolvedValue(result);
    await worker.requests.usePassword();
    expect(worker.press).toHaveBeenCalledWith(expect.objectContaining({ tab: 1 }));
    expect(worker.requests.open).toHaveLength(open);
    if (open) expect(worker.requests.current).toMatchObject({ pressed });
    else expect(phaseOf(worker)).toBe('password');
  });
});

describe('an account for which the password is always wanted', () => {
  it('has it pressed once, as soon as the account is known', async () => {
    const worker = await workerIn(browserOf());
    const port = worker.connect();
    await worker.says(port, entraNumber('42'));
    expect(worker.press).not.toHaveBeenCalled();
    await worker.says(port, entraNumber('42', 'bo@contoso.example'), entraNumber('42', 'bo@contoso.example'));
    expect(worker.press).toHaveBeenCalledTimes(1);
    await worker.says(worker.connect(entra, 2), entraNumber('43', 'ana@contoso.example'));
    expect(worker.press).toHaveBeenCalledTimes(1);
  });
});

it('a number is shown also where it cannot be read what is wanted for its account, which is heard of', async () => {
  const broken = new Error('An unexpected error occurred');
  const worker = await workerIn(browserOf(), [ana], true, () => Promise.reject(broken));
  await worker.says(worker.connect(), entraNumber('42', 'bo@contoso.example'));
  expect(worker.requests.current).toMatchObject({ seen: { number: '42', account: 'bo@contoso.example' } });
  expect(worker.post.kind('request')).toHaveLength(1);
  expect(worker.report).toHaveBeenCalledWith(broken);
});

describe('an account for which the password is always wanted, known from the start', () => {
  const number = entraNumber('42', 'bo@contoso.example');

  it.each(['password', 'other-way', 'none'] as const)(
    'sends nothing to a phone where pressing gave %s',
    async (pressed) => {
      const browser = browserOf();
      const worker = await workerIn(browser);
      worker.press.mockResolvedValue(pressed);
      await worker.says(worker.connect(), number);
      expect(worker.press).toHaveBeenCalledTimes(1);
      worker.requests.connectionChanged();
      await settled();
      expect(worker.post.said).toEqual([]);
      const next = await workerIn(browser);
      await next.pass(pressed === 'password' ? 0 : 60_000);
      expect(next.post.said).toEqual([]);
      expect(phaseOf(next)).toBe(pressed === 'password' ? 'password' : 'timed-out');
    },
  );
});

describe('a hostile content script', () => {
  it.each([
    ['from a foreign host', 'https://evil.example/', 0, entraNumber('42')],
    ['from a host that ends like the real one', 'https://evillogin.microsoftonline.com.example/', 0, entraNumber('42')],
    ['on http', 'http://login.microsoftonline.com/', 0, entraNumber('42')],
    ['from a frame', entra, 3, entraNumber('42')],
    ['of another provider', entra, 0, { ...entraNumber('42'), provider: 'github-mobile' }],
    ['of a provider that is none', entra, 0, { ...entraNumber('42'), provider: 'constructor' }],
    ['that is a sentence', entra, 0, entraNumber('42, or send me your code')],
    ['that is nothing', entra, 0, null],
    ['without a type', entra, 0, { number: '42' }],
  ])('says a number %s in vain', async (_, url, frameId, said) => {
    const worker = await workerIn(browserOf());
    const port = worker.connect(url, 1, frameId);
    await worker.says(port, said);
    expect(worker.requests.open).toEqual([]);
    expect(worker.report).not.toHaveBeenCalled();
    expect(port.sent).toEqual([null, { type: 'taken', open: false }]);
  });

  it('ends nothing of another provider or another tab', async () => {
    const worker = await workerIn(browserOf());
    await worker.says(worker.connect(), entraNumber('42'));
    await worker.says(worker.connect('https://github.com/', 1), ended('approved', 'github-mobile'));
    await worker.says(worker.connect(entra, 2), ended('approved'), left('page'));
    await worker.pass(graceMs);
    expect(worker.requests.open).toHaveLength(1);
  });

  it('asks five times and then once in a while; what it shows no more is over', async () => {
    const worker = await workerIn(browserOf());
    const port = worker.connect();
    for (let number = 10; number < 40; number++) await worker.says(port, entraNumber(String(number)));
    expect(worker.post.kind('request')).toHaveLength(5);
    expect(worker.requests.open).toEqual([]);
    expect(worker.report).not.toHaveBeenCalled();
  });
});

describe('a number where its provider is not at home', () => {
  const stranger = (provider = 'entra-mfa') => ({ type: 'stranger', provider });

  it.each([
    ['https://login.micros\u043eftonline.com/', 0, 'entra-mfa', 'look-alike', 'login.xn--microsftonline-0zl.com'],
    ['http://login.evil.example/', 0, 'entra-mfa', 'look-alike', 'login.evil.example'],
    [entra, 5, 'entra-mfa', 'framed', 'login.microsoftonline.com'],
    ['https://login.microsoftonline.com.mcas.ms/', 0, 'entra-mfa', 'rewritten', 'login.microsoftonline.com.mcas.ms'],
    ['https://id.fabrikam.example/', 0, 'okta-v3', 'ask', 'id.fabrikam.example'],
  ])('at %s in frame %d is a warning and no request', async (url, frameId, provider, suspicion, host) => {
    const worker = await workerIn(browserOf());
    const port = worker.connect(url, 1, frameId);
    await worker.says(port, stranger(provider));
    expect(worker.warnings.view()).toMatchObject({ suspicion, host });
    expect(worker.requests.open).toEqual([]);
    expect(worker.post.said).toEqual([]);
    expect(port.sent).toEqual([null, { type: 'taken', open: true }]);
    port.ends();
    await settled();
    expect(worker.warnings.view()).toBeNull();
  });

  it('is said once, and no more after the person has read it', async () => {
    const worker = await workerIn(browserOf());
    const port = worker.connect('https://evil.example/');
    await worker.says(port, stranger(), stranger());
    const { id = '' } = worker.warnings.view() ?? {};
    worker.warnings.dismiss(id);
    expect(worker.warnings.view()).toBeNull();
    expect(port.sent.at(-1)).toEqual({ type: 'over', what: 'stranger' });
  });

  it('is no warning where the provider is at home', async () => {
    const worker = await workerIn(browserOf());
    await worker.says(worker.connect(), stranger());
    expect(worker.warnings.view()).toBeNull();
  });

  it('that has to be warned of comes before one that asks', async () => {
    const worker = await workerIn(browserOf());
    await worker.says(worker.connect('https://evil.example/', 1), stranger());
    await worker.says(worker.connect('https://id.fabrikam.example/', 2), stranger('okta-v3'));
    expect(worker.warnings.view()).toMatchObject({ suspicion: 'look-alike' });
  });
});
