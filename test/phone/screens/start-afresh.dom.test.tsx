import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, expect, it, vi } from 'vitest';
import { StartAfresh } from '../../../src/phone/screens/start-afresh.tsx';

afterEach(async () => {
  await act(() => render(null, document.body));
  vi.unstubAllGlobals();
});

it('says what keeps the app from starting afresh', async () => {
  const deleting: Partial<IDBOpenDBRequest> = {};
  vi.stubGlobal('indexedDB', { deleteDatabase: () => deleting });
  await act(() => render(<StartAfresh />, document.body));
  await act(() => document.querySelector('button')?.click());
  expect(document.querySelector('.notice')).toBeNull();
  await act(() => deleting.onblocked?.call(deleting as IDBOpenDBRequest, {} as IDBVersionChangeEvent));
  expect(document.querySelector('.notice')?.textContent).toBe('phone_start_afresh_blocked');
});
