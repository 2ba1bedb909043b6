import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, expect, it } from 'vitest';
import { Policy } from '../../../src/extension/options/policy.tsx';

afterEach(() => act(() => render(null, document.body)));

it('the administrator sees which fields of the policy cannot be read', async () => {
  await act(() => render(<Policy unread={['hosts[1]', 'relay']} />, document.body));
  expect([...document.querySelectorAll('code')].map(({ textContent }) => textContent)).toEqual(['hosts[1]', 'relay']);
});

it('nothing is said of a policy that can be read', async () => {
  await act(() => render(<Policy unread={[]} />, document.body));
  expect(document.body.textContent).toBe('');
});
