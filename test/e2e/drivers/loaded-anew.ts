import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Desktop } from '../../../src/demo/devices/desktop.ts';

/** What Chromium must be started with so that `clickToolbar` can. */
export const toolbarArgs = ['--enable-unsafe-extension-debugging'] as const;

/** Has the browser load the extension anew, as it does with an update, while its pages stay open. Resolves once its worker runs. */
export async function loadAnew(desktop: Desktop): Promise<void> {
  const extensions = await desktop.context.newPage();
  await extensions.goto('chrome://extensions');
  // Without its developer mode the browser does not load again what came by the command line.
  await extensions.evaluate('chrome.developerPrivate.updateProfileConfiguration({ inDeveloperMode: true })');
  await desktop.inWorker('globalThis.isToDie = true');
  await extensions.evaluate(`chrome.developerPrivate.reload(${JSON.stringify(desktop.extensionId)})`);
  await extensions.close();
  await expect.poll(() => desktop.inWorker('globalThis.isToDie === true')).toBe(false);
}

/** Clicks Tandem in the toolbar while `page` is in front, which lets the extension look at that page. */
export async function clickToolbar(desktop: Desktop, page: Page): Promise<void> {
  await page.bringToFront();
  const browser = desktop.context.browser();
  if (!browser) throw new Error('the browser is gone');
  const session = await browser.newBrowserCDPSession();
  const { targetInfos } = await session.send('Target.getTargets', { filter: [{ type: 'tab' }] });
  const tab = targetInfos.find(({ url }) => url === page.url());
  // Not yet among the commands that Playwright knows.
  const send = session.send.bind(session) as (method: string, of: object) => Promise<unknown>;
  await send('Extensions.triggerAction', { id: desktop.extensionId, targetId: tab?.targetId });
  await session.detach();
}
