import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Button } from '../../src/ui/button.tsx';
import { Question } from '../../src/ui/question.tsx';
import { useAsking } from '../../src/ui/use-asking.ts';

const remove = vi.fn();

beforeEach(() => remove.mockReset());
afterEach(() => act(() => render(null, document.body)));

function Item({ name }: { name: string }) {
  const asking = useAsking();
  return asking.isOpen ? (
    <Question asks={`Remove ${name}?`} yes="Remove" onYes={remove} onNo={asking.close} />
  ) : (
    <Button {...asking.opener}>{name}</Button>
  );
}

async function show(...names: string[]): Promise<void> {
  await act(() =>
    render(
      <main>
        <h1 tabIndex={-1}>Things</h1>
        {names.map((name, at) => (
          <Item key={at === 0 ? 'first' : name} name={name} />
        ))}
      </main>,
      document.body,
    ),
  );
}

const button = (text: string) =>
  [...document.querySelectorAll('button')].find(({ textContent }) => textContent === text) as HTMLButtonElement;
const click = (text: string) => act(() => button(text).click());
const focused = () => document.activeElement?.textContent;

async function press(key: string): Promise<void> {
  await act(() => void document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true })));
}

it('takes the focus to the way out, once: what changes around it leaves the focus where the person is', async () => {
  await show('one');
  await click('one');
  expect(document.querySelector('[role="alertdialog"]')?.getAttribute('aria-labelledby')).toBe(
    document.querySelector('.notice-title')?.id,
  );
  expect(focused()).toBe('common_cancel');
  button('Remove').focus();
  await show('one, renamed');
  expect(document.querySelector('.notice-title')?.textContent).toBe('Remove one, renamed?');
  expect(focused()).toBe('Remove');
  expect(remove).not.toHaveBeenCalled();
});

it.each([
  ['the button', () => click('common_cancel')],
  ['the Escape key', () => press('Escape')],
])('is cancelled by %s, and gives the focus back to what it was opened with', async (_, cancel) => {
  await show('one', 'two');
  await click('two');
  await press('Enter');
  expect(document.querySelector('[role="alertdialog"]')).not.toBeNull();
  await cancel();
  expect(document.querySelector('[role="alertdialog"]')).toBeNull();
  expect(focused()).toBe('two');
  expect(remove).not.toHaveBeenCalled();
});

it('gives the focus to the heading when what it was about has gone', async () => {
  await show('one', 'two');
  await click('two');
  await click('Remove');
  expect(remove).toHaveBeenCalledOnce();
  await show('one');
  expect(focused()).toBe('Things');
});
