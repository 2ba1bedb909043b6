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
