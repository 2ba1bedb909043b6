import { expect, it, vi } from 'vitest';
import { PageInFront } from '../../../src/extension/background/page-in-front.ts';
import { settled } from '../support/settled.ts';

it('the page that is offered to be allowed is the one that the popup was opened on last, however slow the browser is', async () => {
  let known: () => void = () => undefined;
  const hostsKnown = new Promise<void>((resolve) => (known = resolve));
  const query = vi.fn();
  const front = new PageInFront({
    tabs: { query, sendMessage: async () => undefined as never },
    hosts: { granted: [], lookAt: vi.fn(async () => undefined) },
    hostsKnown,
    changed: () => undefined,
    report: (thrown) => {
      throw thrown;
    },
  });
  query.mockResolvedValueOnce([{ id: 1, url: 'https://sso.contoso.example/sign-in' }]);
  await front.look();
  query.mockResolvedValueOnce([{ id: 2, url: 'about:config' }]);
  await front.look();
  known();
  await settled();
  expect(front.host).toBeNull();
  query.mockResolvedValueOnce([{ id: 1, url: 'https://sso.contoso.example/sign-in' }]);
  await front.look();
  await settled();
  expect(front.host).toBe('sso.contoso.example');
  // What was offered elsewhere is not shown while the browser looks.
  query.mockReturnValueOnce(new Promise(() => undefined));
  void front.look();
  expect(front.host).toBeNull();
});
