import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, expect, it, vi } from 'vitest';
import type { OtherLink } from '../../../src/phone/pairing-progress.ts';
import { AnotherLink } from '../../../src/phone/screens/another-link.tsx';

const answer = vi.fn<(replaces: boolean) => void>();

afterEach(async () => {
  answer.mockReset();
  await act(() => render(null, document.body));
});

const show = (other: OtherLink) =>
  act(() =>
    render(
      <main>
        <h1 tabIndex={-1}>Compare the digits</h1>
        <AnotherLink other={other} onAnswer={answer} />
      </main>,
      document.body,
    ),
  );
const press = (text: string) =>
  act(() => [...document.querySelectorAll('button')].find(({ textContent }) => textContent === text)?.click());

it('asks whether another link takes the place of the pairing under way, and by default leaves it be', async () => {
  await show('asks');
  expect(document.activeElement?.textContent).toBe('phone_pairing_other_stay');
  const leave = new KeyboardEvent('keydown', { key: 'Escape', bubbles: true });
  await act(() => void document.activeElement?.dispatchEvent(leave));
  expect(answer.mock.calls).toEqual([[false]]);
  await press('phone_pairing_other_begin');
  expect(answer).toHaveBeenLastCalledWith(true);
  await show(null);
  expect(document.activeElement?.textContent).toBe('Compare the digits');
});

it('says why another link cannot take its place', async () => {
  await show('link-version');
  expect(document.body.textContent).toContain('error_link_version');
  await press('common_close');
  expect(answer.mock.calls).toEqual([[false]]);
});
