import { signal } from '@preact/signals';
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, expect, it } from 'vitest';
import type { Ringing } from '../../../src/phone/ringing.ts';
import { RingNotice } from '../../../src/phone/screens/ring-notice.tsx';

afterEach(() => act(() => render(null, document.body)));

it('says that the person came too late until that was read, and asks to ring all the same', async () => {
  const isTooLate = signal(true);
  const ringing = {
    isTooLate,
    readTooLate: () => {
      isTooLate.value = false;
    },
    subscriptions: { state: signal({ is: 'asks' }) },
    test: { failure: signal(null) },
  } as never as Ringing;
  await act(() => render(<RingNotice ringing={ringing} onWhy={() => undefined} />, document.body));
  const titles = () => [...document.querySelectorAll('.notice-title')].map(({ textContent }) => textContent);
  expect(titles()).toEqual(['phone_ring_too_late', 'phone_ring_ask']);
  await act(() => document.querySelector('button')?.click());
  expect(titles()).toEqual(['phone_ring_ask']);
});

it('says why a ring test failed until that was read', async () => {
  const failure = signal<string | null>('push-lost');
  const ringing = {
    isTooLate: signal(false),
    subscriptions: { state: signal({ is: 'on' }) },
    test: { failure, forget: () => (failure.value = null) },
  } as never as Ringing;
  await act(() => render(<RingNotice ringing={ringing} onWhy={() => undefined} />, document.body));
  expect(document.body.textContent).toContain('error_push_lost');
  await act(() => document.querySelector<HTMLElement>('.notice button')?.click());
  expect(document.body.textContent).toBe('');
});
