import { render } from 'preact';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RegistrationChallenge, SignInChallenge } from '../../src/core/challenge.ts';
import { AppError } from '../../src/core/errors.ts';
import type { Call, Overview, SignedIn } from '../../src/identity-provider/api-contract.ts';
import type { Api } from '../../src/identity-provider/pages/api.ts';
import { App } from '../../src/identity-provider/pages/app.tsx';
import { RateLimited } from '../../src/identity-provider/rate-limited.ts';
import { WrongAddress } from '../../src/identity-provider/wrong-address.ts';

const email = `${'long.'.repeat(13)}name@example.org`;
const common = { id: 'A'.repeat(22), nonce: 'A'.repeat(43), site: 'Tandem ID', account: email, lifeMs: 60_000 };
const challenge: SignInChallenge = { type: 'sign-in', ...common, number: '42', choices: ['17', '42', '93'] };
const registration: RegistrationChallenge = { type: 'registration', ...common, userHandle: 'A'.repeat(22) };
const approval = {
  decision: 'approve',
  id: common.id,
  chosen: '42',
  credentialId: 'AA',
  clientDataJSON: 'AA',
  authenticatorData: 'AA',
  signature: 'AA',
};
const registered = {
  decision: 'register',
  id: common.id,
  phone: 'Pixel 9',
  credentialId: 'AA',
  clientDataJSON: 'AA',
  attestationObject: 'AA',
  transports: [],
};
const account: SignedIn = {
  state: 'signed-in',
  email,
  method: 'number',
  phone: 'Pixel 9',
  signedInAt: 1_700_000_000_000,
  blocked: false,
  phones: [{ credentialId: 'AA', name: 'Pixel 9', registeredAt: 1_600_000_000_000, lastUsedAt: 0 }],
  log: [{ at: 1_700_000_000_000, method: 'number', outcome: 'signed-in' }],
};

type Answers = { [C in Call]?: () => unknown };

let ports: MessagePort[];
let calls: [Call, unknown][];
let answers: Answers;
/** What the server says of who is signed in; null where it cannot be reached. */
let overview: Overview | null;
let root: HTMLElement;

beforeEach(() => {
  ports = [];
  calls = [];
  answers = { 'sign-in': () => ({ next: 'number', challenge }), 'sign-in/ended': () => ({}) };
  overview = { state: 'signed-out' };
  vi.spyOn(window, 'postMessage').mockImplementation(((_message: unknown, _origin: string, [port]: [MessagePort]) => {
    ports.push(port);
  }) as typeof window.postMessage);
  history.replaceState(null, '', '/');
  root = document.createElement('div');
  document.body.replaceChildren(root);
});

afterEach(() => {
  render(null, root);
  for (const port of ports) port.close();
  vi.restoreAllMocks();
});

function open(): void {
  const api = {
    async call(name: Call, input: unknown) {
      calls.push([name, input]);
      const answer = answers[name];
      if (!answer) throw new AppError('site-unreachable');
      return answer();
    },
    async overview() {
      if (!overview) throw new AppError('site-unreachable');
      return overview;
    },
  } as Api;
  render(<App api={api} now={Date.now} />, root);
}

async function screen(name: string): Promise<HTMLElement> {
  return vi.waitFor(() => {
    const main = root.querySelector<HTMLElement>(`main[data-screen="${name}"]`);
    if (!main) throw new Error(`${root.querySelector('main')?.dataset.screen} instead of ${name}`);
    return main;
  });
}

function button(name: string): HTMLButtonElement {
  const found = [...root.querySelectorAll('button')].find(({ textContent }) => textContent === name);
  if (!found) throw new Error(`no button ${name} in ${root.textContent}`);
  return found;
}

function type(field: 'email' | 'password', text: string): void {
  const input = root.querySelector(`input[name=${field}]`) as HTMLInputElement;
  input.value = text;
}

async function says(text: string): Promise<void> {
  await vi.waitFor(() => expect(root.querySelector('[role=alert]')?.textContent).toContain(text));
}

function submit(): void {
  root.querySelector('form')?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }));
}

async function toNumber(): Promise<MessagePort> {
  open();
  await screen('email');
  type('email', email);
  submit();
  await screen('number');
  return vi.waitFor(() => ports.at(-1) ?? Promise.reject(new Error('nothing was posted')));
}

describe('the pages', () => {
  it('show the number at once, the account, and how far the request has come', async () => {
    const port = await toNumber();
    const main = await screen('number');
    expect(calls).toEqual([['sign-in', { email }]]);
    expect(main.querySelector('[data-number="42"]')?.textContent).toBe('42');
    expect(main.textContent).toContain(email);
    expect(main.querySelector('[role=timer]')).not.toBeNull();
    expect(document.activeElement).toBe(main.querySelector('h1'));
    port.postMessage({ type: 'status', stage: 'opened' });
    await vi.waitFor(() =>
      expect(main.querySelector('.progress > [aria-live=polite]')?.textContent).toBe('stage_opened'),
    );
    port.postMessage({ type: 'status', stage: 'opened', trouble: 'relay-unreachable' });
    await vi.waitFor(() => expect(main.textContent).toContain('error_relay_unreachable_next'));
    port.postMessage({ type: 'status', stage: 'opened', trouble: 'never-heard-of' });
    await vi.waitFor(() => expect(main.textContent).toContain('error_unexpected_next'));
  });

  it('say of a number whether it is picked or typed on the phone', async () => {
    await toNumber();
    expect((await screen('number')).querySelector('h1')?.textContent).toBe('provider_number_title');
    render(null, root);
    answers['sign-in'] = () => ({ next: 'number', challenge: { ...challenge, choices: [] } });
    await toNumber();
    expect((await screen('number')).querySelector('h1')?.textContent).toBe('provider_number_type_title');
  });

  it('sign in once the server has verified the answer', async () => {
    answers['sign-in/answer'] = () => ({ outcome: 'approved' });
    const port = await toNumber();
    overview = account;
    port.postMessage({ type: 'answer', answer: approval });
    const home = await screen('home');
    expect(calls.at(-1)).toEqual(['sign-in/answer', { answer: approval }]);
    expect(home.textContent).toContain('Pixel 9');
    expect(home.querySelector('[data-method=number]')).not.toBeNull();
    expect(home.querySelector('li[data-outcome=signed-in]')).not.toBeNull();
  });

  it('show the password form after one click, with the e-mail kept, and with nothing but the page', async () => {
    answers = { 'sign-in': answers['sign-in'] as () => unknown };
    const port = await toNumber();
    const told: unknown[] = [];
    port.onmessage = ({ data }) => told.push(data);
    button('common_use_password').click();
    const main = await screen('password');
    expect(main.textContent).toContain(email);
    expect(document.activeElement).toBe(main.querySelector('h1'));
    expect(main.querySelector<HTMLInputElement>('input[autocomplete=username]')?.value).toBe(email);
    await vi.waitFor(() => expect(told).toEqual([{ type: 'password' }]));
    button('provider_ask_phone').click();
    await screen('number');
  });

  it.each([
    [{ end: 'denied', reason: 'not-me' }, 'end_denied', 'provider_next_not_me'],
    [{ end: 'denied', reason: 'by-mistake' }, 'end_denied', 'provider_next_by_mistake'],
    [{ end: 'superseded' }, 'end_superseded', 'provider_next_superseded'],
    [{ end: 'timed-out' }, 'end_timed_out', 'provider_next_timed_out'],
    [{ end: 'failed', code: 'relay-timeout' }, 'error_relay_timeout', 'error_relay_timeout_next'],
    [{ end: 'failed', code: 'never-heard-of' }, 'error_unexpected', 'error_unexpected_next'],
  ])('say what happened and what to do: %j', async (ended, title, next) => {
    const port = await toNumber();
    port.postMessage({ type: 'ended', ...ended });
    const main = await screen('ended');
    expect(main.querySelector('h1')?.textContent).toBe(title);
    expect(document.activeElement).toBe(main.querySelector('h1'));
    expect(main.textContent).toContain(next);
    const { code: _, ...told } = ended as { code?: string };
    expect(calls.at(-1)).toEqual(['sign-in/ended', { id: challenge.id, ...told }]);
    button('provider_ask_again').click();
    await screen('number');
    button('common_use_password').click();
    await screen('password');
  });

  it('lead to the password where only that ends a block', async () => {
    answers['sign-in/answer'] = () => ({ outcome: 'failed', code: 'sign-in-blocked' });
    const port = await toNumber();
    port.postMessage({ type: 'answer', answer: approval });
    const main = await screen('ended');
    expect(main.textContent).toContain('error_sign_in_blocked_next');
    expect(button('common_use_password').classList).toContain('button-primary');
    expect(button('provider_ask_again').classList).not.toContain('button-primary');
  });

  it('say that another number was picked, or that the server cannot be reached', async () => {
    answers['sign-in/answer'] = () => ({ outcome: 'mismatched' });
    const port = await toNumber();
    port.postMessage({ type: 'answer', answer: { ...approval, chosen: '17' } });
    expect((await screen('ended')).textContent).toContain('end_mismatched');
    delete answers['sign-in/answer'];
    button('provider_ask_again').click();
    await screen('number');
    await vi.waitFor(() => expect(ports).toHaveLength(2));
    ports[1]?.postMessage({ type: 'answer', answer: approval });
    expect((await screen('ended')).textContent).toContain('error_site_unreachable');
  });

  it('ask for the password where there is no number, and say why', async () => {
    answers['sign-in'] = () => ({ next: 'password', code: 'too-many-requests', retryAfterMs: 61_000 });
    open();
    await screen('email');
    type('email', email);
    submit();
    const main = await screen('password');
    expect(main.querySelector('[role=alert]')?.textContent).toContain('error_too_many_requests');
    expect(ports).toEqual([]);
    answers['sign-in/password'] = () => {
      throw new AppError('wrong-password');
    };
    type('password', 'wrong horse');
    submit();
    await vi.waitFor(() => expect(main.querySelector('[role=alert]')?.textContent).toContain('error_wrong_password'));
    expect(main.querySelector('input[name=password]')?.getAttribute('aria-invalid')).toBe('true');
    answers['sign-in/password'] = () => ({});
    overview = account;
    submit();
    await screen('home');
    expect(calls.at(-1)).toEqual(['sign-in/password', { email, password: 'wrong horse' }]);
  });

  it.each([
    [{ code: 'sign-in-blocked' }, 'error_sign_in_blocked_next'],
    [{ code: 'too-many-requests', retryAfterMs: 61_000 }, 'provider_retry'],
  ])('say why there is no number also where the password is already asked for: %j', async (refusal, text) => {
    const port = await toNumber();
    port.postMessage({ type: 'ended', end: 'denied', reason: 'not-me' });
    await screen('ended');
    button('common_use_password').click();
    await screen('password');
    type('password', 'correct horse');
    answers['sign-in'] = () => ({ next: 'password', ...refusal });
    button('provider_ask_phone').focus();
    button('provider_ask_phone').click();
    await says(text);
    const field = root.querySelector<HTMLInputElement>('input[name=password]');
    expect(field?.value).toBe('correct horse');
    expect(root.textContent).not.toContain('provider_ask_phone');
    await vi.waitFor(() => expect(document.activeElement).toBe(field));
    submit();
    await says('error_site_unreachable');
  });

  it('say of two things that went wrong the later one', async () => {
    await toNumber();
    button('common_use_password').click();
    await screen('password');
    delete answers['sign-in'];
    button('provider_ask_phone').click();
    await says('error_site_unreachable');
    answers['sign-in/password'] = () => {
      throw new AppError('wrong-password');
    };
    submit();
    await says('error_wrong_password');
  });

  it('lead on with the password where a phone signed in and the account cannot be shown', async () => {
    answers['sign-in/answer'] = () => ({ outcome: 'approved' });
    const port = await toNumber();
    overview = null;
    port.postMessage({ type: 'answer', answer: approval });
    const main = await screen('password');
    expect(main.textContent).toContain(email);
    await says('error_site_unreachable');
    overview = account;
    answers['sign-in/password'] = () => ({});
    submit();
    await screen('home');
  });

  it('lead on with the password where an account was made and cannot be shown', async () => {
    history.replaceState(null, '', '/sign-up');
    answers['sign-up'] = () => ({});
    open();
    await screen('sign-up');
    overview = null;
    type('email', email);
    submit();
    expect((await screen('password')).textContent).toContain(email);
    await says('error_site_unreachable');
  });

  it('say that nobody is known yet where the server cannot be reached from the beginning, at the address that was asked for', async () => {
    overview = null;
    history.replaceState(null, '', '/security');
    open();
    await screen('email');
    await says('error_site_unreachable');
    expect(location.pathname).toBe('/security');
  });

  it('lead to the address where the site can be used', async () => {
    answers['sign-in'] = () => {
      throw new WrongAddress('http://localhost:8788');
    };
    open();
    await screen('email');
    submit();
    await says('provider_wrong_address_next');
    expect(root.querySelector('[role=alert] a')?.getAttribute('href')).toBe('http://localhost:8788');
  });

  it('keep who is signed in where the server cannot be reached', async () => {
    overview = account;
    open();
    await screen('home');
    overview = null;
    button('provider_security').click();
    await says('error_site_unreachable');
    await screen('home');
    overview = account;
    button('provider_security').click();
    await screen('security');
    expect(root.querySelector('[role=alert]')).toBeNull();
    overview = null;
    button('provider_back').click();
    await says('error_site_unreachable');
    await screen('security');
    history.replaceState(null, '', '/');
    dispatchEvent(new PopStateEvent('popstate'));
    expect((await screen('home')).textContent).toContain(email);
    await says('error_site_unreachable');
  });

  it('make an account, and say what is wrong with its password', async () => {
    history.replaceState(null, '', '/sign-up');
    answers['sign-up'] = () => {
      throw new AppError('weak-password');
    };
    open();
    const main = await screen('sign-up');
    type('email', email);
    type('password', 'short');
    submit();
    await vi.waitFor(() => expect(main.querySelector('[role=alert]')?.textContent).toContain('provider_password_rule'));
    button('provider_have_account').click();
    await screen('email');
    expect(root.querySelector<HTMLInputElement>('input[name=email]')?.value).toBe(email);
    expect(location.pathname).toBe('/');
  });

  it('sign out', async () => {
    overview = account;
    answers['sign-out'] = () => ({});
    open();
    await screen('home');
    button('provider_sign_out').click();
    await screen('email');
    expect(calls).toEqual([['sign-out', null]]);
  });
});

describe('security info', () => {
  beforeEach(async () => {
    overview = { ...account, phones: [] };
    history.replaceState(null, '', '/security');
    open();
    await screen('security');
  });

  it('adds a phone after the password one last time', async () => {
    answers['phones/request'] = () => ({ next: 'password' });
    answers.password = () => ({});
    answers['phones/answer'] = () => ({ outcome: 'approved' });
    button('provider_add_this').click();
    await vi.waitFor(() => expect(root.textContent).toContain('provider_last_password'));
    answers['phones/request'] = () => ({ next: 'phone', challenge: registration });
    type('password', 'correct horse');
    submit();
    await vi.waitFor(() => expect(ports).toHaveLength(1));
    expect(root.textContent).toContain('provider_add_confirm');
    overview = account;
    ports[0]?.postMessage({ type: 'answer', answer: registered });
    await vi.waitFor(() => expect(root.querySelector('.phone')?.textContent).toContain('Pixel 9'));
    expect(root.querySelector('[role=status]')?.textContent).toContain('provider_added');
    expect(calls.map(([name]) => name)).toEqual(['phones/request', 'password', 'phones/request', 'phones/answer']);
  });

  it('says that a phone was added, and that the account cannot be shown', async () => {
    answers['phones/request'] = () => ({ next: 'phone', challenge: registration });
    answers['phones/answer'] = () => ({ outcome: 'approved' });
    button('provider_add_this').click();
    await vi.waitFor(() => expect(ports).toHaveLength(1));
    overview = null;
    ports[0]?.postMessage({ type: 'answer', answer: registered });
    await says('error_site_unreachable');
    expect(root.querySelector('[role=status]')?.textContent).toContain('provider_added');
  });

  it('says what became of a registration that added nothing, or nothing when it was cancelled', async () => {
    answers['phones/request'] = () => ({ next: 'phone', challenge: registration });
    button('provider_add_this').click();
    await vi.waitFor(() => expect(ports).toHaveLength(1));
    ports[0]?.postMessage({ type: 'ended', end: 'failed', code: 'already-registered' });
    await vi.waitFor(() => expect(root.textContent).toContain('error_already_registered_next'));
    button('provider_add_this').click();
    await vi.waitFor(() => expect(ports).toHaveLength(2));
    button('common_cancel').click();
    await vi.waitFor(() => expect(root.querySelector('[data-step=ended]')).not.toBeNull());
    expect(root.querySelector('.notice')).toBeNull();
  });

  it('says when to try again', async () => {
    answers['phones/request'] = () => {
      throw new RateLimited(61_000);
    };
    button('provider_add_this').click();
    await vi.waitFor(() => expect(root.querySelector('[role=alert]')?.textContent).toContain('provider_retry'));
  });

  it('removes a phone once it was confirmed', async () => {
    overview = account;
    dispatchEvent(new PopStateEvent('popstate'));
    await vi.waitFor(() => expect(root.querySelector('.phone')).not.toBeNull());
    button('provider_remove').click();
    await vi.waitFor(() => expect(document.activeElement?.textContent).toBe('common_cancel'));
    button('common_cancel').click();
    await vi.waitFor(() => button('provider_remove').click());
    await vi.waitFor(() => button('provider_remove_confirm'));
    answers['phones/remove'] = () => ({});
    overview = null;
    button('provider_remove_confirm').click();
    await says('error_site_unreachable');
    await screen('security');
    overview = { ...account, phones: [] };
    button('provider_remove_confirm').click();
    await vi.waitFor(() => expect(root.querySelector('.phone')).toBeNull());
    // The server takes it for done that what is gone already goes.
    expect(calls).toEqual(Array(2).fill(['phones/remove', { credentialId: 'AA' }]));
  });
});
