import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Desktop } from '../../src/demo/devices/desktop.ts';
import { startMemoryRelay } from './drivers/memory-relay.ts';
import { NodePhone, unsignedApproval } from './drivers/node-phone.ts';
import { challengeOf, TestSite } from './drivers/test-site.ts';

const axe = readFileSync(resolve('node_modules/axe-core/axe.min.js'), 'utf8');
/** As long as accounts get, and with nowhere good to break. */
const account = 'maria-magdalena.von-und-zu-hohenstein-waldburg@students.of.the.example.org.ar.zz';

/** What is wrong with a screen: for assistive technology, on a narrow display, for a keyboard. */
async function wrongWith(page: Page): Promise<unknown[]> {
  await page.bringToFront();
  await page.evaluate(axe);
  const violations = await page.evaluate<string[]>(
    'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html)))',
  );
  const tooWide = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
  return tooWide > 0 ? [...violations, `${tooWide} px too wide`] : violations;
}

const looks = [
  { language: 'en', direction: 'ltr', colorScheme: 'light', width: 360 },
  { language: 'de', direction: 'ltr', colorScheme: 'dark', width: 320 },
  { language: 'ar', direction: 'rtl', colorScheme: 'light', width: 320 },
] as const;

describe.each(looks)(
  'every screen, $language, $colorScheme, $width px',
  ({ language, direction, colorScheme, width }) => {
    it('is usable', async () => {
      const [relay, site, desktop] = await Promise.all([
        startMemoryRelay(),
        TestSite.start(),
        Desktop.launch({ extension: resolve('dist/extension-chrome'), headless: true, language, colorScheme }),
      ]);
      onTestFinished(async () => {
        await desktop.close();
        await Promise.all([site.stop(), relay.stop()]);
      });
      await desktop.useRelay(relay.origin);
      const page = await desktop.context.newPage();
      await page.goto(site.origin);
      const popup = await desktop.extensionPage('popup');
      await popup.setViewportSize({ width, height: 600 });

      /** Waits for a screen and looks at it. */
      async function good(selector: string): Promise<void> {
        await popup.locator(`main${selector}`).waitFor();
        expect(await wrongWith(popup), selector).toEqual([]);
        expect(await popup.evaluate('document.activeElement.tagName'), selector).toBe('H1');
      }

      await good('[data-screen="idle"]');
      expect(await popup.evaluate('[document.documentElement.lang, document.documentElement.dir]')).toEqual([
        language,
        direction,
      ]);
      await popup.locator('[data-action="pair"]').click();
      await popup.locator('[data-link]').waitFor();
      await good('[data-screen="pair"]');
      const link = (await popup.locator('[data-link]').getAttribute('data-link')) ?? '';
      const phone = await NodePhone.scan(link, 'Samsung Internet on Android');
      onTestFinished(() => phone.stop());
      await good('[data-screen="digits"]');
      await popup.locator('[data-action="match"]').click();
      await good('[data-screen="waiting"]');
      await phone.confirm();
      await good('[data-screen="paired"]');
      await popup.locator('[data-action="done"]').click();
      await good('[data-screen="idle"][data-phones="1"]');

      await site.ask(page, challengeOf(account), { outcome: 'mismatched' });
      const first = await phone.request(account);
      await phone.receipt(first, 'opened');
      await good('[data-screen="request"][data-stage="opened"]');
      await phone.answer(first.from, unsignedApproval(first.request.id, '17'));
      await good('[data-end="mismatched"]');
      await site.ask(page, challengeOf('bo'));
      const second = await phone.request('bo');
      await phone.answer(second.from, { decision: 'deny', id: second.request.id, reason: 'not-me' });
      await good('[data-end="denied"]');
      await site.ask(page, challengeOf('cy'));
      const third = await phone.request('cy');
      await phone.answer(third.from, { decision: 'cannot', id: third.request.id, code: 'wrong-origin' });
      await good('[data-end="failed"]');
      await relay.stop();
      await site.ask(page, challengeOf(account));
      await good('[data-screen="request"][data-trouble="relay-unreachable"]');

      for (const name of ['options', 'welcome'] as const) {
        const other = await desktop.extensionPage(name);
        await other.setViewportSize({ width, height: 600 });
        await other.locator('[data-pairing]').waitFor();
        if (name === 'options') await other.locator('[data-action="unpair"]').click();
        expect(await wrongWith(other), name).toEqual([]);
      }
    });
  },
);
