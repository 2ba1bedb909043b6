import { signal } from '@preact/signals';
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, expect, it, vi } from 'vitest';
import type { Phone } from '../../../src/phone/phone.ts';
import { App } from '../../../src/phone/screens/app.tsx';
import type { Shell } from '../../../src/phone/shell.ts';

// It is the build that takes them apart from the texts of what is shown first.
vi.mock('../../../src/phone/later-texts.ts', () => ({ loadLaterTexts: async () => undefined }));

afterEach(() => act(() => render(null, document.body)));

it('takes no tap while the app is back and does not lead yet, as nothing would come of it', async () => {
  const life = { phase: 'opened', expiresAt: 60_000, reachedAt: { detected: 0 } };
  const request = { type: 'observed', origin: 'https://login.example', apps: [], direction: 'type', number: '07' };
  const dismiss = vi.fn();
  const phone = {
    view: signal({ screen: 'observed', key: 'a', held: { request, life, dismissed: false } }),
    fault: signal(null),
    trouble: signal(null),
    settling: signal(false),
    actions: { dismiss },
    now: () => 0,
  } as never as Phone;
  const leads = signal<Phone | null>(null);
  const shell = { state: signal({ is: 'leading', phone }), phone: leads } as never as Shell;
  await act(() => render(<App shell={shell} ringing={signal(null)} />, document.body));
  const close = () => document.querySelector('[data-screen=observed] button') as HTMLButtonElement;
  await expect.poll(() => close()?.disabled).toBe(true);
  await act(() => {
    leads.value = phone;
  });
  await act(() => close().click());
  expect(dismiss).toHaveBeenCalledExactlyOnceWith('a');
});
