import { expect, it, vi } from 'vitest';
import { advance, begin } from '../../../src/core/request.ts';
import { type CallHandlersOptions, callHandlers } from '../../../src/extension/background/call-handlers.ts';
import { settled } from '../support/settled.ts';

it('an end that is dismissed while the worker starts takes along what was found out about it', async () => {
  let restored: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => (restored = resolve));
  const ended = { life: advance(begin(0, 60_000), { type: 'tick' }, 60_000) };
  const requests = { lastEnded: null as unknown, dismissEnds: vi.fn(async () => undefined) };
  const ringTests = { closeMissed: vi.fn(async () => undefined) };
  const handlers = callHandlers({ ready, requests, ringTests } as unknown as CallHandlersOptions);
  const dismissed = handlers['request/dismiss'](null, { kind: 'extension-page' });
  await settled();
  expect(requests.dismissEnds).not.toHaveBeenCalled();
  requests.lastEnded = ended;
  restored();
  await dismissed;
  expect(requests.dismissEnds).toHaveBeenCalledOnce();
  expect(ringTests.closeMissed).toHaveBeenCalledOnce();
});

it('the password that is always wanted is kept also for a request that has ended in the same moment', async () => {
  const lastEnded = { id: 'one', kind: 'observed', origin: 'https://github.com', seen: { account: 'octocat' } };
  const requests = { open: [], lastEnded, usePassword: vi.fn(async () => undefined) };
  const settings = { addPassword: vi.fn(async () => undefined) };
  const options = { ready: Promise.resolve(), requests, settings };
  const handlers = callHandlers(options as unknown as CallHandlersOptions);
  await handlers['settings/add-password']({ id: 'one' }, { kind: 'extension-page' });
  expect(settings.addPassword).toHaveBeenCalledWith({ origin: 'https://github.com', account: 'octocat' });
});
