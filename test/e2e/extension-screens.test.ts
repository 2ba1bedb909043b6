import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Desktop } from '../../src/demo/devices/desktop.ts';
import { optionsScreens, popupScreens, type Shown, welcomeScreens } from '../extension/support/screens.ts';
import { nothing } from '../extension/support/views.ts';
import { scriptBackground } from './drivers/scripted-background.ts';

const axe = readFileSync(resolve('node_modules/axe-core/axe.min.js'), 'utf8');

/** What is wrong with a screen: for assistive technology, on a narrow display, for a keyboard. */
async function wrongWith(page: Page, focus: string): Promise<string[]> {
  const isFocused = await page
    .locator(focus)
    .waitFor({ timeout: 5_000 })
    .then(
      () => true,
      () => false,
    );
  const violations = await page.evaluate<string[]>(
    `axe.run({ resultTypes: ['violations'] }).then(({ violations }) =>
      violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html)))`,
  );
  const tooWide = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
  const focused = await page.evaluate<string>('document.activeElement.tagName');
  return [
    ...violations,
    ...(tooWide > 0 ? [`${tooWide} px too wide`] : []),
    ...(isFocused ? [] : [`the focus is on ${focused}`]),
  ];
}

const looks = [
  { language: 'en', direction: 'ltr', colorScheme: 'light', width: 360 },
  { language: 'de', direction: 'ltr', colorScheme: 'dark', width: 320 },
  { language: 'ar', direction: 'rtl', colorScheme: 'light', width: 320 },
] as const;

describe.each(looks)('every screen, $language, $colorScheme, $width px', (look) => {
  it('is usable', async () => {
    const { language, direction, colorScheme, width } = look;
    const desktop = await Desktop.launch({
      extension: resolve('dist/extension-chrome'),
      headless: true,
      language,
      colorScheme,
    });
    onTestFinished(() => desktop.close());
    const page = await desktop.context.newPage();
    await page.setViewportSize({ width, height: 600 });
    const { push, lose } = await scriptBackground(page);
    const surfaces = { popup: popupScreens, options: optionsScreens, welcome: welcomeScreens };
    const wrong: Record<string, string[]> = {};
    const inspect = async (name: string, { screen, pressed }: Omit<Shown, 'view'>) => {
      await page.locator(`main[data-screen="${screen}"]`).waitFor();
      if (pressed) await page.locator(pressed.control).click();
      const found = await wrongWith(page, pressed?.focus ?? 'h1:focus');
      if (found.length > 0) wrong[name] = found;
    };
    for (const [surface, screens] of Object.entries(surfaces)) {
      await page.goto(`chrome-extension://${desktop.extensionId}/src/extension/${surface}/index.html`);
      await page.bringToFront();
      await page.evaluate(axe);
      for (const [name, shown] of Object.entries(screens)) {
        // Each as if it was opened with this.
        await push({ ...nothing, fault: 'unexpected' });
        await push(shown.view);
        await inspect(`${surface}: ${name}`, shown);
      }
    }
    expect(await page.evaluate('[document.documentElement.lang, document.documentElement.dir]')).toEqual([
      language,
      direction,
    ]);
    await lose();
    await inspect('lost', { screen: 'lost' });
    expect(wrong).toEqual({});
  });
});
