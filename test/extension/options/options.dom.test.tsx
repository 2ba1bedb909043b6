import { signal } from '@preact/signals';
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { View } from '../../../src/extension/messaging/view.ts';
import { Options } from '../../../src/extension/options/options.tsx';
import { useTexts } from '../../../src/ui/text.ts';
import { settled } from '../support/settled.ts';
import { nothing, pixel, settings } from '../support/views.ts';

const browser = vi.hoisted(() => ({
  runtime: { sendMessage: vi.fn() },
  commands: { getAll: vi.fn() },
  permissions: { request: vi.fn() },
}));
vi.mock('../../../src/extension/messaging/browser.ts', () => ({ browser }));

const view = signal<View | null>(null);
const lost = signal(false);

beforeEach(() => {
  useTexts((key) => key);
  document.documentElement.lang = 'en';
  browser.runtime.sendMessage.mockReset().mockResolvedValue({ output: null });
  browser.commands.getAll.mockResolvedValue([]);
});

afterEach(() => act(() => render(null, document.body)));

async function show(now: Partial<View>): Promise<HTMLElement> {
  await act(async () => {
    view.value = { ...nothing, ...now };
    render(<Options view={view} lost={lost} />, document.body);
  });
  return document.querySelector('main') as HTMLElement;
}

describe('the options', () => {
  it('say that they are being read, and show no setting, until the browser has told all of them', async () => {
    const main = await show({ phones: [pixel], settings: null });
    expect(main.querySelector('[role=status]')?.textContent).toBe('options_reading');
    expect(main.querySelector('input[name=relay], input[name=number-off]')).toBeNull();
    expect(main.textContent).toContain('Pixel');
    await show({ phones: [pixel], settings });
    expect(main.textContent).not.toContain('options_reading');
    expect(main.querySelector<HTMLInputElement>('input[name=relay]')?.value).toBe('https://relay.example');
  });

  it('say that the browser cannot read them, and show none as if it were so', async () => {
    const main = await show({ phones: [pixel], settings: 'unreadable' });
    expect(main.textContent).toMatch(/options_unreadable.*options_unreadable_next/);
    expect(main.textContent).not.toContain('options_reading');
    expect(main.querySelector('input[name=relay], input[name=number-off]')).toBeNull();
  });

  it('of an organisation cannot be changed', async () => {
    const main = await show({
      settings: {
        ...settings,
        relay: { origin: 'https://relay.contoso.example', isDefault: false, isManaged: true },
        numberOnPhone: { is: false, isManaged: true },
        hosts: [{ host: 'sts.contoso.example', isManaged: true, isGranted: true }],
      },
    });
    expect(main.querySelector<HTMLInputElement>('input[name=number-off]')).toMatchObject({
      disabled: true,
      checked: true,
    });
    expect(main.querySelector<HTMLInputElement>('input[name=relay]')).toMatchObject({ readOnly: true });
    expect(main.querySelector('[data-action=revoke]')).toBeNull();
  });

  it.each([
    [null, 'options_unpair', 'options_keep'],
    ['channel-closed', 'popup_remove', 'common_cancel'],
    ['pairing-unreadable', 'popup_remove', 'common_cancel'],
  ] as const)('part with a phone as its pairing is, %s, and ask once more', async (ended, does, keeps) => {
    const main = await show({ phones: [{ ...pixel, ended }] });
    const click = (text: string) =>
      act(async () => [...main.querySelectorAll('button')].find(({ textContent }) => textContent === text)?.click());
    await click(does);
    expect(main.querySelector('[role=alertdialog] p')?.textContent).toMatch(does);
    expect(document.activeElement?.textContent).toBe(keeps);
    const leaving = new KeyboardEvent('keydown', { key: 'Escape', bubbles: true });
    await act(async () => void document.activeElement?.dispatchEvent(leaving));
    expect(main.querySelector('[role=alertdialog]')).toBeNull();
    expect(document.activeElement?.textContent).toBe(does);
    expect(browser.runtime.sendMessage).not.toHaveBeenCalled();
    await click(does);
    await click(does);
    expect(browser.runtime.sendMessage.mock.calls).toEqual([
      [{ name: 'phone/unpair', input: { pairing: pixel.pairing } }],
    ]);
  });

  const type = (input: HTMLInputElement | null | undefined, value: string) =>
    act(async () => {
      if (!input) throw new Error('no input');
      input.value = value;
      input.dispatchEvent(new Event('input', { bubbles: true }));
    });
  const submit = (form: HTMLFormElement | null | undefined) =>
    act(async () => {
      form?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }));
      await settled();
    });

  it('call a phone something else by Enter, and what it calls itself where nothing was typed', async () => {
    const main = await show({ phones: [pixel] });
    const input = main.querySelector<HTMLInputElement>('input[name=name]');
    await submit(input?.form);
    expect(browser.runtime.sendMessage).not.toHaveBeenCalled();
    await type(input, '');
    expect(main.querySelector('[data-action=rename]')).not.toBeNull();
    await submit(input?.form);
    expect(browser.runtime.sendMessage.mock.calls).toEqual([
      [{ name: 'phone/rename', input: { pairing: pixel.pairing, name: '' } }],
    ]);
    expect([input?.value, document.activeElement]).toEqual(['Pixel', input]);
    expect(main.querySelector('[data-action=rename]')).toBeNull();
  });

  it('say that a relay is saved, or that it is none, of that one alone', async () => {
    const relay = { origin: 'https://relay.contoso.example', isDefault: false, isManaged: false };
    const main = await show({ settings: { ...settings, relay } });
    const input = main.querySelector<HTMLInputElement>('input[name=relay]');
    const outcome = () => main.querySelector('#relay-outcome')?.textContent;
    await submit(input?.form);
    expect(outcome()).toBe('options_saved');
    await type(input, 'nowhere');
    expect(outcome()).toBe('');
    await submit(input?.form);
    expect(outcome()).toBe('options_relay_invalid');
    await show({ settings });
    expect([outcome(), input?.value, input?.getAttribute('aria-invalid')]).toEqual([
      '',
      settings.relay.origin,
      'false',
    ]);
  });

  it('that are lost say so, instead of what is no longer true', async () => {
    await show({ phones: [pixel] });
    await act(async () => {
      lost.value = true;
    });
    expect(document.querySelector('main')?.dataset.screen).toBe('lost');
    lost.value = false;
  });
});
