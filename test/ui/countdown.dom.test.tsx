import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, expect, it } from 'vitest';
import { Countdown } from '../../src/ui/countdown.tsx';

afterEach(() => act(() => render(null, document.body)));

it.each([
  [0, '60'],
  [42_500, '18'],
  [3_600_000, '0'],
  [-3_600_000, '60'],
])('where the clock is %i ms from its beginning, it shows %s s', async (ms, shown) => {
  await act(() => render(<Countdown expiresAt={60_000} wholeMs={60_000} now={() => ms} />, document.body));
  expect(document.querySelector('.countdown-seconds')?.textContent).toBe(shown);
});
