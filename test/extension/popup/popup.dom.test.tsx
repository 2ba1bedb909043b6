import { signal } from '@preact/signals';
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import english from '../../../public/_locales/en/messages.json' with { type: 'json' };
import type { PairingView, View } from '../../../src/extension/messaging/view.ts';
import { Popup } from '../../../src/extension/popup/popup.tsx';
import { useTexts } from '../../../src/ui/text.ts';
import { FakePort } from '../support/fake-port.ts';
import { challenge, lifeOf, nothing, observed, pixel } from '../support/views.ts';

const browser = vi.hoisted(() => ({
  runtime: { sendMessage: vi.fn(), connect: vi.fn(), openOptionsPage: vi.fn() },
  permissions: { request: vi.fn() },
}));
vi.mock('../../../src/extension/messaging/browser.ts', () => ({ browser }));

const view = signal<View | null>(null);
const lost = signal(false);
const request = challenge;

beforeEach(() => {
  useTexts((key, substitutions) =>
    ((english as Record<string, { message: string }>)[key]?.message ?? key).replace(
      /\$([1-9])/g,
      (_, at) => substitutions[Number(at) - 1] ?? '',
    ),
  );
  browser.runtime.sendMessage.mockReset().mockResolvedValue({ output: null });
  browser.runtime.connect.mockReset().mockImplementation(() => new FakePort('pairing-watch'));
  view.value = null;
  lost.value = false;
});

afterEach(() => act(() => render(null, document.body)));

async function show(now: Partial<View>): Promise<HTMLElement> {
  await act(() => {
    view.value = { ...nothing, ...now };
    render(<Popup view={view} lost={lost} now={Date.now} />, document.body);
  });
  const main = document.querySelector('main');
  if (!main) throw new Error('no screen');
  return main;
}

const textOf = (selector: string) => document.querySelector(selector)?.textContent ?? '';

async function click(action: string): Promise<void> {
  await act(async () => document.querySelector<HTMLElement>(`[data-action="${action}"]`)?.click());
}

describe('the popup', () => {
  it('shows nothing before the background has spoken', async () => {
    await act(() => render(<Popup view={view} lost={lost} now={Date.now} />, document.body));
    expect(document.body.textContent).toBe('');
  });

  it('shows the number, site, real origin and account of a request, and how far it has come', async () => {
    const main = await show({ request: { ...request, life: lifeOf({ type: 'sent' }, { type: 'stored' }) } });
    expect(main.dataset).toMatchObject({ screen: 'request', number: '42', stage: 'stored' });
    for (const part of ['42', 'Example', 'https://site.example', 'ana@example.org', 'Waiting for your phone.']) {
      expect(main.textContent).toContain(part);
    }
    expect(document.activeElement?.tagName).toBe('H1');
    expect(textOf('[role="status"]')).toBe('Waiting for your phone.');
  });

  it.each([
    [false, 'Pick this number on your phone'],
    [true, 'Type this number on your phone'],
  ])('says what is done with the number on the phone, typed: %s', async (isTyped, title) => {
    await show({ request: { ...request, isTyped } });
    expect(textOf('h1')).toBe(title);
  });

  it('keeps the focus where it is while the same request comes further', async () => {
    await show({ request });
    document.querySelector<HTMLElement>('[data-action="password"]')?.focus();
    const main = await show({ request: { ...request, life: lifeOf({ type: 'opened' }) } });
    expect(main.dataset.stage).toBe('opened');
    expect((document.activeElement as HTMLElement).dataset.action).toBe('password');
  });

  it('says what holds a request up, and what to do', async () => {
    const main = await show({ request: { ...request, life: lifeOf({ type: 'trouble', code: 'relay-unreachable' }) } });
    expect(main.dataset.trouble).toBe('relay-unreachable');
    expect(main.textContent).toContain('Tandem keeps trying; your password works meanwhile.');
  });

  it('asks for the password by one click, whatever else there is', async () => {
    await show({ request, fault: 'key-storage-broken', pairing: { step: 'starting' }, ended: request });
    await click('password');
    expect(browser.runtime.sendMessage.mock.calls).toEqual([[{ name: 'request/password', input: { id: request.id } }]]);
  });

  it('says when the background refuses', async () => {
    browser.runtime.sendMessage.mockResolvedValue({ code: 'not-allowed' });
    const main = await show({ request });
    await click('password');
    expect(main.textContent).toContain('This page is not allowed to ask for that.');
  });

  it.each([
    [lifeOf({ type: 'answered' }, { type: 'approved' }), 'approved', 'You can go on in the page.'],
    [lifeOf({ type: 'denied', reason: 'not-me' }), 'denied', 'somebody else may be trying'],
    [lifeOf({ type: 'mismatched' }), 'mismatched', 'pick the number'],
    [lifeOf({ type: 'timed-out' }), 'timed-out', 'or use your password'],
    [lifeOf({ type: 'superseded' }), 'superseded', 'Answer the newer request.'],
    [lifeOf({ type: 'password' }), 'password', 'Enter it in the page.'],
    [lifeOf({ type: 'gone' }), 'gone', 'nothing to do'],
    [lifeOf({ type: 'failed', code: 'no-registration' }), 'failed', 'not registered for this account'],
  ])('shows how a request ended: %#', async (ended, end, sentence) => {
    const main = await show({ ended: { ...request, life: ended } });
    expect(main.dataset).toMatchObject({ screen: 'ended', end });
    expect(main.textContent).toContain(sentence);
  });

  it.each([
    ['too-many-requests', true],
    ['relay-unreachable', true],
    ['wrong-origin', false],
  ] as const)('speaks of the password where a request failed, unless its page may be a fake: %s', async (code, is) => {
    const main = await show({ ended: { ...request, life: lifeOf({ type: 'failed', code }) } });
    expect(main.textContent?.includes('use your password there')).toBe(is);
  });

  it('offers to pair a phone where that is what was missing', async () => {
    await show({ ended: { ...request, life: lifeOf({ type: 'failed', code: 'no-phone' }) } });
    await click('pair');
    expect(browser.runtime.sendMessage.mock.calls).toEqual([[{ name: 'pairing/begin', input: null }]]);
  });

  it('lets go of an end that was seen', async () => {
    await show({ ended: { ...request, life: lifeOf({ type: 'gone' }) } });
    await click('close');
    expect(browser.runtime.sendMessage.mock.calls).toEqual([[{ name: 'request/dismiss', input: null }]]);
  });

  it('lists the phones when nothing is waiting, and offers to remove one that was ended', async () => {
    const main = await show({ phones: [pixel, { ...pixel, pairing: 'C', name: 'Galaxy', ended: 'channel-closed' }] });
    expect(main.dataset).toMatchObject({ screen: 'idle', phones: '2' });
    expect(main.textContent).toContain('Connected');
    expect(main.textContent).toContain('This pairing was ended');
    expect(main.querySelectorAll('[data-action="remove"]')).toHaveLength(1);
  });

  it('asks once more before a phone is removed, and cancels where the person goes on without reading', async () => {
    await show({ phones: [pixel, { ...pixel, pairing: 'C', name: 'Galaxy', ended: 'channel-closed' }] });
    await click('remove');
    expect(textOf('[role="alertdialog"]')).toContain('Galaxy');
    expect(document.activeElement?.textContent).toBe('Cancel');
    await act(async () => (document.activeElement as HTMLElement).click());
    expect(document.querySelector('[role="alertdialog"]')).toBeNull();
    expect(browser.runtime.sendMessage).not.toHaveBeenCalled();
    await click('remove');
    await act(async () => document.querySelector<HTMLElement>('[role="alertdialog"] .button-danger')?.click());
    expect(browser.runtime.sendMessage.mock.calls).toEqual([[{ name: 'phone/unpair', input: { pairing: 'C' } }]]);
  });

  it('asks why a phone did not ring, hop by hop, and offers what mends it', async () => {
    await show({ phones: [pixel] });
    await click('ring-test');
    expect(browser.runtime.sendMessage.mock.calls).toEqual([
      [{ name: 'ring-test/begin', input: { pairing: pixel.pairing } }],
    ]);
    const ringTest = {
      pairing: pixel.pairing,
      phone: 'Pixel',
      isAsked: true,
      passed: { worker: 0, relay: 120 },
      failed: null,
    };
    const main = await show({ phones: [pixel], ringTests: [ringTest] });
    expect(main.dataset.screen).toBe('ring-test');
    expect(main.querySelectorAll('[data-passed]')).toHaveLength(2);
    expect(main.textContent).toContain('0.1 s');
    await show({ phones: [pixel], ringTests: [{ ...ringTest, failed: 'push-expired' }] });
    expect(document.querySelector('[data-hop="push"]')?.getAttribute('data-failed')).toBe('push-expired');
    expect(document.body.textContent).toContain('the phone’s browser has cleared what Tandem kept');
    await click('update-phone');
    expect(browser.runtime.sendMessage.mock.calls.at(-1)).toEqual([
      { name: 'pairing/update', input: { pairing: pixel.pairing } },
    ]);
    await show({ phones: [pixel], ringTests: [{ ...ringTest, failed: 'push-refused' }] });
    expect(document.body.textContent).toContain('use another browser there');
    expect(document.querySelector('[data-action="update-phone"]')).toBeNull();
  });

  it('says why by itself, where a request was not seen', async () => {
    const ringTest = {
      pairing: pixel.pairing,
      phone: 'Pixel',
      isAsked: false,
      passed: { worker: 0 },
      failed: 'relay-unreachable' as const,
    };
    const main = await show({ ended: { ...request, life: lifeOf({ type: 'timed-out' }) }, ringTests: [ringTest] });
    expect(main.dataset.screen).toBe('ended');
    expect(main.querySelector('[data-failed]')?.getAttribute('data-hop')).toBe('relay');
  });

  it('says it of each phone that was asked, and until it was read where nobody looked then', async () => {
    const pixelTest = { pairing: 'a', phone: 'Pixel', isAsked: false, passed: { worker: 0 }, failed: null };
    const failed = { ...pixelTest, pairing: 'b', phone: 'Galaxy', failed: 'push-expired' as const };
    const ringTests = [pixelTest, failed];
    const ended = await show({ ended: { ...request, life: lifeOf({ type: 'timed-out' }) }, ringTests });
    expect([...ended.querySelectorAll('.steps')]).toHaveLength(2);
    const idle = await show({ phones: [pixel], ringTests });
    expect(idle.dataset.screen).toBe('idle');
    expect([...idle.querySelectorAll('.steps')]).toHaveLength(1);
    expect(idle.querySelector('.card bdi')?.textContent).toBe('Galaxy');
    expect(idle.querySelector('[data-action="update-phone"]')).not.toBeNull();
    await click('close-ring-tests');
    expect(browser.runtime.sendMessage.mock.calls).toEqual([[{ name: 'ring-test/close', input: null }]]);
  });

  it('says that a phone has left, with its name kept apart from the sentence', async () => {
    await show({ departed: 'Pixel' });
    expect(textOf('.notice bdi')).toBe('Pixel');
    await click('dismiss');
    expect(browser.runtime.sendMessage.mock.calls).toEqual([[{ name: 'phone/dismiss', input: null }]]);
  });

  it('says that keys cannot be kept', async () => {
    const main = await show({ fault: 'key-storage-broken' });
    expect(main.dataset).toMatchObject({ screen: 'fault', code: 'key-storage-broken' });
    expect(main.textContent).toContain('cannot keep Tandem’s keys');
    expect(main.textContent).toContain('sign in with your password in the page');
  });

  it('says that the extension was updated under it', async () => {
    lost.value = true;
    expect((await show({})).dataset.screen).toBe('lost');
  });
});

describe('pairing', () => {
  const offer = {
    step: 'offer',
    link: 'https://relay.example/pair#AQID',
    expiresAt: Date.now() + 120_000,
    notice: null,
    trouble: null,
  } as const;

  it('shows a code with a white margin of four modules, and the same link to copy', async () => {
    const main = await show({ pairing: offer });
    expect(main.dataset.screen).toBe('pair');
    const svg = main.querySelector('svg.qr');
    await vi.waitFor(() => expect(svg?.getAttribute('data-link')).toBe(offer.link));
    const [, , side] = (svg?.getAttribute('viewBox') ?? '').split(' ').map(Number) as [number, number, number];
    const path = svg?.querySelector('path')?.getAttribute('d') ?? '';
    const rows = [...path.matchAll(/M(\d+) (\d+)h(\d+)/g)].map(
      ([, ...of]) => of.map(Number) as [number, number, number],
    );
    expect(Math.min(...rows.map(([column]) => column))).toBe(4);
    expect(Math.min(...rows.map(([, row]) => row))).toBe(4);
    expect(Math.max(...rows.map(([column, , width]) => column + width))).toBe(side - 4);
    expect(Math.max(...rows.map(([, row]) => row + 1))).toBe(side - 4);
    expect(main.querySelector('input')?.value).toBe(offer.link);
  });

  it('says, for all to see, that the link is copied, as long as it is that link', async () => {
    const writeText = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue();
    const main = await show({ pairing: offer });
    const status = () =>
      [...main.querySelectorAll('.link [role=status]:not(.visually-hidden)')].map((p) => p.textContent);
    expect(status()).toEqual([]);
    await click('copy');
    expect(writeText).toHaveBeenCalledWith(offer.link);
    await vi.waitFor(() => expect(status()).toEqual(['Copied']));
    await show({ pairing: { ...offer, link: 'https://relay.example/pair#BBBB' } });
    expect(status()).toEqual([]);
  });

  it('tells the background that somebody looks, for as long as that is so', async () => {
    await show({ pairing: offer });
    const port = browser.runtime.connect.mock.results[0]?.value as FakePort;
    expect(browser.runtime.connect.mock.calls).toEqual([[{ name: 'pairing-watch' }]]);
    await show({ pairing: { ...offer, link: 'https://relay.example/pair#BBBB' } });
    await show({ pairing: { step: 'digits', pairing: 'P', digits: '123456', phone: 'Pixel' } });
    expect(browser.runtime.connect).toHaveBeenCalledTimes(1);
    expect(port.disconnected).toBe(false);
    await show({ phones: [pixel] });
    expect(port.disconnected).toBe(true);
  });

  it('shows why the code before was given up', async () => {
    const main = await show({ pairing: { ...offer, notice: 'link-used', trouble: 'relay-unreachable' } });
    expect(main.textContent).toContain('A second device tried to pair with the same code.');
    expect(main.textContent).not.toContain('in the browser');
    expect(main.textContent).toContain('relay cannot be reached');
  });

  it.each([
    ['link-expired', 'Show a new one'],
    ['link-used', 'A second device tried'],
    ['digits-refused', 'not confirmed'],
    ['bad-signature', 'Nothing was paired.'],
  ] as const)(
    'that came to nothing says why as it is seen from the browser, which shows no code: %s',
    async (code, text) => {
      const main = await show({ pairing: { step: 'failed', code } });
      expect(main.textContent).toContain(text);
      expect(main.textContent).not.toContain('the browser');
      await click('pair');
      expect(browser.runtime.sendMessage.mock.calls).toEqual([[{ name: 'pairing/begin', input: null }]]);
    },
  );

  it.each([
    [
      { step: 'digits', pairing: 'P', digits: '012345', phone: 'Pixel' },
      'digits',
      'match',
      'pairing/confirm',
      { pairing: 'P' },
    ],
    [
      { step: 'digits', pairing: 'P', digits: '012345', phone: 'Pixel' },
      'digits',
      'differ',
      'pairing/refuse',
      { pairing: 'P' },
    ],
    [
      { step: 'waiting', pairing: 'P', digits: '012345', phone: 'Pixel' },
      'waiting',
      'differ',
      'pairing/refuse',
      { pairing: 'P' },
    ],
    [{ step: 'paired', phone: 'Pixel' }, 'paired', 'done', 'pairing/cancel', null],
    [{ step: 'failed', code: 'digits-refused' }, 'pair-failed', 'pair', 'pairing/begin', null],
    [{ step: 'starting' }, 'pair', 'cancel', 'pairing/cancel', null],
  ] as [PairingView, string, string, string, unknown][])(
    '%#: shows its step and passes on what is chosen',
    async (pairing, screen, action, name, input) => {
      const main = await show({ pairing });
      expect(main.dataset.screen).toBe(screen);
      if ('digits' in pairing) expect(main.querySelector('[data-digits]')?.textContent).toBe('012 345');
      expect(document.activeElement?.tagName).toBe('H1');
      await click(action);
      expect(browser.runtime.sendMessage.mock.calls).toEqual([[{ name, input }]]);
    },
  );
});

describe('a number on somebody else’s page', () => {
  it('is shown with the app that it is for, the address and an account that nobody named', async () => {
    const main = await show({ request: observed, phones: [pixel] });
    expect(main.dataset).toMatchObject({ screen: 'observed', number: '07' });
    expect(main.querySelector('h1')?.textContent).toBe('Enter this number in Microsoft Authenticator');
    expect(main.textContent).toContain('https://site.example');
    expect(main.textContent).toContain('unknown');
    expect(main.querySelectorAll('.step')).toHaveLength(5);
    expect(main.querySelector('[role=timer]')).not.toBeNull();
  });

  it.each([
    [['Google', 'Gmail', 'YouTube'], 'Pick this number in Google, Gmail, or YouTube'],
    [[], 'Pick this number in your authenticator app'],
  ])('is for the app that has it, of %j', async (apps, title) => {
    await show({ request: { ...observed, apps, direction: 'choose' } });
    expect(textOf('h1')).toBe(title);
  });

  it('has no clock where only the server knows how long it lives', async () => {
    const main = await show({ request: { ...observed, isLifeKnown: false }, phones: [pixel] });
    expect(main.querySelector('[role=timer]')).toBeNull();
  });

  it('has no way to show where there is no phone', async () => {
    const main = await show({ request: { ...observed, life: { ...observed.life, trouble: 'no-phone' } } });
    expect(main.querySelector('.step')).toBeNull();
    expect(main.textContent).toContain('Pair a phone');
    expect(main.querySelector('.notice')).toBeNull();
  });

  it('that no phone hears of says why', async () => {
    const main = await show({ request: { ...observed, isQuiet: true }, phones: [pixel] });
    expect(main.querySelector('.step')).toBeNull();
    expect(main.textContent).toContain('Your phone was not asked');
  });

  it.each(['other-way', 'none'] as const)('says what the wish for the password came to: %s', async (pressed) => {
    const main = await show({ request: { ...observed, pressed } });
    expect(main.dataset.pressed).toBe(pressed);
    expect(main.querySelector('.notice')).not.toBeNull();
    expect(main.querySelector('[data-action=password]')).not.toBeNull();
  });
});

describe('sign-in pages that the browser withholds', () => {
  it('are said so, and asked for in the click itself', async () => {
    browser.permissions.request.mockReset().mockResolvedValue(true);
    await show({ withheld: ['https://github.com/*'] });
    expect(textOf('.notice')).toContain('keeps Tandem off');
    await click('allow-sites');
    expect(browser.permissions.request).toHaveBeenCalledWith({ origins: ['https://github.com/*'] });
  });

  it('are not spoken of where there are none', async () => {
    await show({});
    expect(document.querySelector('[data-action=allow-sites]')).toBeNull();
  });
});

describe('a page where a provider is not at home', () => {
  const warning = { id: 'CCCCCCCCCCCCCCCCCCCCCC', provider: 'Microsoft', host: 'login.xn--evil.example' } as const;

  it.each(['look-alike', 'framed', 'rewritten'] as const)(
    'is warned of before anything else: %s',
    async (suspicion) => {
      const main = await show({ warning: { ...warning, suspicion }, request: observed });
      expect(main.dataset).toMatchObject({ screen: 'warning', suspicion });
      expect(main.textContent).toContain(warning.host);
      expect(main.textContent).not.toContain('07');
      await act(() => main.querySelector<HTMLElement>('[data-action=close-page]')?.click());
      expect(browser.runtime.sendMessage).toHaveBeenCalledWith({
        name: 'warning/close-page',
        input: { id: warning.id },
      });
    },
  );

  it('is asked about after a request', async () => {
    const main = await show({ warning: { ...warning, suspicion: 'ask' }, request: observed });
    expect(main.dataset.screen).toBe('observed');
  });

  it.each([true, false])('is allowed for its one host when the browser’s question is answered %s', async (is) => {
    browser.permissions.request.mockReset().mockResolvedValue(is);
    const main = await show({ warning: { ...warning, suspicion: 'ask' } });
    await act(() => main.querySelector<HTMLElement>('[data-action=allow]')?.click());
    expect(browser.permissions.request).toHaveBeenCalledWith({ origins: ['https://login.xn--evil.example/*'] });
    const added = { name: 'hosts/add', input: { host: warning.host } };
    if (is) expect(browser.runtime.sendMessage).toHaveBeenCalledWith(added);
    else expect(browser.runtime.sendMessage).not.toHaveBeenCalledWith(added);
  });
});

describe('a page that Tandem does not come with', () => {
  it('can be allowed, its host alone, in the click itself', async () => {
    browser.permissions.request.mockReset().mockResolvedValue(true);
    const main = await show({ front: 'id.fabrikam.example', phones: [pixel] });
    expect(main.textContent).toContain('id.fabrikam.example');
    await click('allow-front');
    expect(browser.permissions.request).toHaveBeenCalledWith({ origins: ['https://id.fabrikam.example/*'] });
    expect(browser.runtime.sendMessage.mock.calls).toEqual([
      [{ name: 'hosts/add', input: { host: 'id.fabrikam.example' } }],
    ]);
  });

  it('stays as it is where the browser’s question is answered no, and is not spoken of where there is none', async () => {
    browser.permissions.request.mockReset().mockResolvedValue(false);
    await show({ front: 'id.fabrikam.example' });
    await click('allow-front');
    expect(browser.runtime.sendMessage).not.toHaveBeenCalled();
    await show({});
    expect(document.querySelector('[data-action=allow-front]')).toBeNull();
  });
});
