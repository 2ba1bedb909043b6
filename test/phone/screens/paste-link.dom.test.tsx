import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PasteLink } from '../../../src/phone/screens/paste-link.tsx';

const onLink = vi.fn();
let field: HTMLInputElement;

const describedBy = () => document.getElementById(field.getAttribute('aria-describedby') ?? '')?.textContent;

async function paste(text: string): Promise<void> {
  await act(() => {
    field.value = text;
    field.dispatchEvent(new Event('input', { bubbles: true }));
  });
}

async function pair(): Promise<void> {
  await act(() => document.querySelector('button')?.click());
}

beforeEach(async () => {
  onLink.mockReset();
  await act(() => render(<PasteLink onLink={onLink} />, document.body));
  field = document.querySelector('input') as HTMLInputElement;
});

afterEach(() => act(() => render(null, document.body)));

describe('the field for the link', () => {
  it('gives what was pasted', async () => {
    await paste(' https://relay.example/pair#a ');
    await pair();
    expect(onLink).toHaveBeenCalledExactlyOnceWith('https://relay.example/pair#a');
    expect([field.getAttribute('aria-invalid'), describedBy()]).toEqual(['false', undefined]);
  });

  it.each(['', '  '])(
    'gets the focus and says what belongs there when it is sent with nothing in it: "%s"',
    async (text) => {
      await paste(text);
      await pair();
      expect(onLink).not.toHaveBeenCalled();
      expect(document.activeElement).toBe(field);
      expect([field.getAttribute('aria-invalid'), describedBy()]).toEqual(['true', 'phone_paste_missing']);
      expect(document.querySelector('[role=status]')?.textContent).toBe('phone_paste_missing');
    },
  );

  it('says so no more once something is put there', async () => {
    await pair();
    await paste('h');
    expect([field.getAttribute('aria-invalid'), describedBy()]).toEqual(['false', undefined]);
    expect(document.querySelector('[role=status]')).toBeNull();
  });
});
