import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Phone } from '../../../src/demo/devices/phone.ts';
import type { Popup } from '../../../src/demo/devices/popup.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Axe {
  run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
}

/**
 * What axe-core finds wrong, and whether the page is wider than the screen: no style asks for the width, so that what fits
 * 320 px fits wider screens. English is as colourful as every other language, and is looked at in both colours, of which
 * axe-core knows the contrast alone.
 */
export async function faults({ page }: Pick<Phone, 'page'>): Promise<string[]> {
  if (await page.evaluate(() => !('axe' in window))) await page.evaluate(axe);
  const found = await violationsOf(page, { resultTypes: ['violations'] });
  const { isEnglish, isDark, isTooWide } = await page.evaluate(() => ({
    isEnglish: document.documentElement.lang === 'en',
    isDark: matchMedia('(prefers-color-scheme: dark)').matches,
    isTooWide: document.documentElement.scrollWidth > window.innerWidth,
  }));
  if (isTooWide) found.push('wider than the screen');
  if (!isEnglish) return found;
  await page.emulateMedia({ colorScheme: isDark ? 'light' : 'dark' });
  found.push(...(await violationsOf(page, { resultTypes: ['violations'], runOnly: ['color-contrast'] })));
  await page.emulateMedia({ colorScheme: isDark ? 'dark' : 'light' });
  return found;
}

function violationsOf(page: Phone['page'], options: object): Promise<string[]> {
  return page.evaluate(async (options) => {
    const { violations } = await (window as never as { axe: Axe }).axe.run(options);
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  }, options);
}

/** What axe-core finds wrong in the real popup. */
export async function violations(popup: Popup): Promise<string[]> {
  await popup.evaluate(axe);
  return popup.evaluate(
    `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html)))`,
  );
}
