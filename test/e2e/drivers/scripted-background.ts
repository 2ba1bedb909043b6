import type { Page } from 'playwright-core';
import type { View } from '../../../src/extension/messaging/view.ts';

/** In the page, before its scripts: the background's pushed view comes from `push`, and `lose` ends it for good. */
const script = `(() => {
  const { runtime } = chrome;
  const connect = runtime.connect.bind(runtime);
  const event = () => {
    const all = new Set();
    return { addListener: (f) => all.add(f), removeListener: (f) => all.delete(f), fire: (...of) => all.forEach((f) => f(...of)) };
  };
  runtime.connect = (info) => {
    if (info?.name !== 'state') return connect(info);
    const port = { name: 'state', onMessage: event(), onDisconnect: event(), postMessage() {}, disconnect() {} };
    globalThis.push = (view) => port.onMessage.fire(view, port);
    globalThis.lose = () => {
      runtime.connect = () => { throw new Error('Extension context invalidated.'); };
      port.onDisconnect.fire(port);
    };
    return port;
  };
})();`;

/**
 * Puts a test in the place of the background of the extension's pages that are opened in this tab from now on: it pushes
 * the views, so that each screen is there at once, also one that takes a broken browser.
 */
export async function scriptBackground(
  page: Page,
): Promise<{ push(view: View): Promise<void>; lose(): Promise<void> }> {
  await page.addInitScript(script);
  return {
    push: (view) => page.evaluate(`push(${JSON.stringify(view)})`),
    lose: () => page.evaluate('lose()'),
  };
}
