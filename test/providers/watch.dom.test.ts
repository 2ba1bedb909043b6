import { expect, it, onTestFinished, vi } from 'vitest';
import type { Sighting } from '../../src/providers/sighting.ts';
import { watch } from '../../src/providers/watch.ts';

it('a page that changes its address without loading is seen where the browser has no Navigation API', async () => {
  const { document, history, performance } = window;
  const page = { readyState: 'loading' as DocumentReadyState, now: 0 };
  const stop = new AbortController();
  const seen: Sighting[] = [];
  // happy-dom lays nothing out, and is never loading.
  const { prototype } = Element;
  prototype.checkVisibility = () => true;
  vi.spyOn(prototype, 'getBoundingClientRect').mockReturnValue(new DOMRect(0, 0, 100, 20));
  vi.spyOn(document, 'readyState', 'get').mockImplementation(() => page.readyState);
  vi.spyOn(performance, 'now').mockImplementation(() => page.now);
  (window as unknown as { happyDOM: { setURL(url: string): void } }).happyDOM.setURL('https://github.com/login');
  onTestFinished(() => {
    stop.abort();
    vi.restoreAllMocks();
  });
  expect('navigation' in window).toBe(false);

  watch({ window, granted: [], report: (sighting) => seen.push(sighting), signal: stop.signal });
  Object.assign(page, { readyState: 'interactive', now: 1000 });
  document.dispatchEvent(new Event('DOMContentLoaded'));
  history.pushState(null, '', '/sessions/two-factor/mobile');
  document.body.innerHTML = '<div id="github-mobile-authenticate-prompt"><h3>42</h3></div>';
  await expect.poll(() => seen).toMatchObject([{ type: 'number', provider: 'github-mobile', number: '42' }]);
});
