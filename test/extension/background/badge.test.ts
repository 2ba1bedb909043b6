import { describe, expect, it, vi } from 'vitest';
import { BadgeDisplay, badgeOf } from '../../../src/extension/background/badge.ts';
import type { View } from '../../../src/extension/messaging/view.ts';
import { nothing, observed, challenge as request } from '../support/views.ts';

const words = (key: string) => (key === 'common_name' ? 'Tandem' : key);
const warning = { id: 'A', provider: 'Microsoft', host: 'xn--evil.example', suspicion: 'look-alike' } as const;
const ask = { ...warning, suspicion: 'ask' } as const;

describe('the badge', () => {
  it.each([
    [nothing, '', 'Tandem'],
    [{ ...nothing, request }, '42', 'Tandem · 42 · Example'],
    [
      { ...nothing, request: { ...request, life: { ...request.life, trouble: 'relay-unreachable' } } },
      '!',
      'Tandem · 42 · Example',
    ],
    [
      { ...nothing, request: { ...request, life: { ...request.life, trouble: 'phone-not-woken' } } },
      '42',
      'Tandem · 42 · Example',
    ],
    [{ ...nothing, request: { ...request, type: 'registration', number: null } }, '+', 'Tandem · Example'],
    [{ ...nothing, request: observed }, '07', 'Tandem · 07 · Microsoft'],
    [
      { ...nothing, request: { ...observed, life: { ...observed.life, trouble: 'no-phone' } } },
      '07',
      'Tandem · 07 · Microsoft',
    ],
    [{ ...nothing, request: { ...observed, number: '123' } }, '123', 'Tandem · 123 · Microsoft'],
    [{ ...nothing, request: { ...observed, number: '123456' } }, '#', 'Tandem · 123456 · Microsoft'],
    [{ ...nothing, request: { ...observed, number: 'K' } }, 'K', 'Tandem · K · Microsoft'],
    [{ ...nothing, request, warning }, '!', 'Tandem · popup_warning_look_alike · xn--evil.example'],
    [{ ...nothing, request, warning: ask }, '42', 'Tandem · 42 · Example'],
    [{ ...nothing, warning: ask }, '?', 'Tandem · popup_ask · xn--evil.example'],
    [{ ...nothing, fault: 'key-storage-broken' }, '!', 'Tandem'],
    [{ ...nothing, ended: request }, '', 'Tandem'],
  ] as [View, string, string][])('of %# is right', (view, text, title) => {
    expect(badgeOf(view, words)).toMatchObject({ text, title });
  });

  it('is white on colours with a contrast of at least 4.5 (WCAG 2.2 §1.4.3)', () => {
    for (const view of [{ ...nothing, request }, { ...nothing, fault: 'unexpected' } as View]) {
      expect(contrastWithWhite(badgeOf(view, words).background)).toBeGreaterThan(4.5);
    }
  });

  it('is set only when it changes', async () => {
    const action = {
      setBadgeText: vi.fn(),
      setBadgeBackgroundColor: vi.fn(),
      setBadgeTextColor: vi.fn(),
      setTitle: vi.fn(),
    };
    const display = new BadgeDisplay(action, words);
    await display.show({ ...nothing, request });
    await display.show({ ...nothing, request: { ...request, account: 'bo' } });
    await display.show(nothing);
    expect(action.setBadgeText.mock.calls).toEqual([[{ text: '42' }], [{ text: '' }]]);
  });
});

function contrastWithWhite(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05);
}
