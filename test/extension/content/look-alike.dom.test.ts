import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { watchPage } from '../../../src/extension/content/watch-page.ts';
import type { Reply } from '../../../src/extension/messaging/listen.ts';
import { FakePort } from '../support/fake-port.ts';

const browser = vi.hoisted(() => ({
  runtime: {
    id: 'tandem',
    sendMessage: vi.fn(),
    connect: vi.fn(),
    onMessage: { addListener: vi.fn(), removeListener: vi.fn() },
  },
  i18n: { getMessage: (key: string) => key },
}));
vi.mock('../../../src/extension/messaging/browser.ts', () => ({ browser }));

const stranger = { type: 'stranger', provider: 'github-mobile' };

/** A copy of a provider's page, at a host that is neither the provider's nor allowed. */
beforeEach(() => {
  vi.resetModules();
  // happy-dom lays nothing out.
  Element.prototype.checkVisibility = () => true;
  vi.spyOn(Element.prototype, 'getBoundingClientRect').mockReturnValue(new DOMRect(0, 0, 100, 20));
  (window as unknown as { happyDOM: { setURL(url: string): void } }).happyDOM.setURL('https://evil.example/login');
  document.body.innerHTML = '<div id="github-mobile-authenticate-prompt"><h3>42</h3></div>';
});

afterEach(() => {
  vi.restoreAllMocks();
});

it.each<[string, Reply]>([
  ['is not allowed', { output: false }],
  ['may not even ask, as in a sandbox', { code: 'not-allowed' }],
])('one that %s is warned of, and told the background', async (_, reply) => {
  const port = new FakePort('sightings');
  browser.runtime.sendMessage.mockReset().mockResolvedValue(reply);
  browser.runtime.connect.mockReset().mockReturnValue(port);
  await import('../../../src/extension/content/main.iife.ts');
  await expect.poll(() => port.sent).toMatchObject([stranger]);
  expect(document.documentElement.lastElementChild?.tagName).toBe('DIV');
  (globalThis as unknown as { tandem: { watching: AbortController } }).tandem.watching.abort();
});

it('one of which nobody can say whether it is allowed is watched, and why is not swallowed', async () => {
  const seen: unknown[] = [];
  const watching = new AbortController();
  const granted = Promise.reject(new TypeError('nobody there'));
  const report = (sighting: unknown) => seen.push(sighting);
  const options = { window, granted, report, answerQuestions: () => undefined, signal: watching.signal };
  await expect(watchPage(options)).rejects.toThrow('nobody there');
  await expect.poll(() => seen).toMatchObject([stranger]);
  watching.abort();
});
