import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { PairingEntry } from '../../../src/phone/pairings.ts';
import { Browsers } from '../../../src/phone/screens/browsers.tsx';

const entry: PairingEntry = {
  pairing: 'A',
  browser: 'Work',
  system: 'Chrome on Linux',
  pairedAt: 1,
  seenAt: 1,
  usedAt: 1,
  ended: null,
};
const rename = vi.fn();

beforeEach(() => {
  document.documentElement.lang = 'en';
  rename.mockReset();
});
afterEach(() => act(() => render(null, document.body)));

async function show(of: Partial<PairingEntry> = {}): Promise<void> {
  const props = { view: { screen: 'browsers', pairings: [{ ...entry, ...of }] }, actions: { rename } } as never;
  await act(() => render(<Browsers {...(props as Parameters<typeof Browsers>[0])} />, document.body));
}

const button = (text: string) =>
  [...document.querySelectorAll('button')].find(({ textContent }) => textContent === text) as HTMLButtonElement;
const field = () => document.querySelector<HTMLInputElement>('input[name="name"]');

it('is renamed where the person is, whatever is heard of it meanwhile', async () => {
  await show();
  expect(document.querySelector('[data-pairing]')?.textContent).toContain('WorkChrome on Linux');
  await act(() => button('phone_browsers_rename').click());
  expect(document.activeElement).toBe(field());
  const typed = field() as HTMLInputElement;
  typed.value = 'Home';
  await act(() => void typed.dispatchEvent(new Event('input', { bubbles: true })));
  button('phone_browsers_save').focus();
  await show({ seenAt: 2 });
  expect(document.activeElement).toBe(button('phone_browsers_save'));
  await act(() => button('phone_browsers_save').click());
  expect(rename).toHaveBeenCalledExactlyOnceWith('A', 'Home');
  expect(document.activeElement).toBe(button('phone_browsers_rename'));
});

it('keeps its name at the Escape key', async () => {
  await show();
  await act(() => button('phone_browsers_rename').click());
  await act(() => void field()?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true })));
  expect(field()).toBeNull();
  expect(document.activeElement).toBe(button('phone_browsers_rename'));
  expect(rename).not.toHaveBeenCalled();
});

it('whose keys cannot be read has no name and no times, and can be removed', async () => {
  await show({ browser: '', system: undefined, pairedAt: 0, seenAt: 0, ended: 'pairing-unreadable' });
  const card = document.querySelector('[data-pairing]');
  expect(card?.textContent).toContain('phone_browsers_nameless');
  expect(card?.textContent).not.toContain('phone_browsers_since');
  expect([...(card?.querySelectorAll('button') ?? [])].map(({ textContent }) => textContent)).toEqual([
    'phone_browsers_remove',
  ]);
});
