import { signal } from '@preact/signals';
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, expect, it, vi } from 'vitest';
import type { ErrorCode } from '../../../src/core/errors.ts';
import type { RingState } from '../../../src/phone/push-subscriptions.ts';
import { Ringing } from '../../../src/phone/screens/ringing.tsx';

const go = vi.fn();

afterEach(() => act(() => render(null, document.body)));

async function show(state: RingState, failed: ErrorCode | null = null, before: ErrorCode | null = null): Promise<void> {
  const test = { state: signal(failed === null ? null : { passed: {}, failed }), failure: signal(before) };
  const props = { actions: { go }, ringing: { subscriptions: { state: signal(state) }, test } } as never;
  await act(() => render(<Ringing {...(props as Parameters<typeof Ringing>[0])} />, document.body));
}

const button = (text: string) =>
  [...document.querySelectorAll('button')].find(({ textContent }) => textContent === text) ?? null;

it('says how to pair where no browser is paired, in the place of a test that could only fail', async () => {
  await show({ is: 'unpaired' }, 'no-phone');
  expect(document.body.textContent).toContain('phone_browsers_none');
  expect(document.body.textContent).not.toContain('error_no_phone');
  expect(button('phone_ring_test') ?? button('common_try_again')).toBeNull();
  await act(() => button('phone_scan')?.click());
  expect(go).toHaveBeenLastCalledWith('scan');
});

it('offers a new subscription for what one mends, and not where the push service is none that can be used', async () => {
  await show({ is: 'on' }, 'push-expired');
  expect(button('phone_ring_update')).not.toBeNull();
  // Refused by the push service, be it for another key than this relay's.
  await show({ is: 'on' }, 'push-refused');
  expect(button('phone_ring_update')).not.toBeNull();
  await show({ is: 'off', code: 'push-refused' });
  expect(document.body.textContent).toContain('error_push_refused');
  expect(button('phone_ring_update')).toBeNull();
  expect(button('phone_ring_test')).not.toBeNull();
});

it('says and mends what failed before the app was opened again', async () => {
  await show({ is: 'on' }, null, 'push-lost');
  expect(document.body.textContent).toContain('error_push_lost');
  expect(button('phone_ring_update')).not.toBeNull();
  expect(button('phone_ring_test')).not.toBeNull();
});
