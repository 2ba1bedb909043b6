import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Phone } from '../../../src/demo/devices/phone.ts';
import type { Popup } from '../../../src/demo/devices/popup.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Axe {
  run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
}

/** Widths that phones have, px. */
const widths = [320, 430] as const;

/**
 * What axe-core finds wrong, and at which width of a phone the page is wider than the screen. English is short and as
 * colourful as every other language: it is looked at in both colours, of which axe-core knows the contrast, the others at
 * both widths.
 */
export async function faults({ page }: Pick<Phone, 'page'>): Promise<string[]> {
  if (await page.evaluate(() => !('axe' in window))) await page.evaluate(axe);
  const found = await violationsOf(page, { resultTypes: ['violations'] });
  const { isEnglish, isDark } = await page.evaluate(() => ({
    isEnglish: document.documentElement.lang === 'en',
    isDark: matchMedia('(prefers-color-scheme: dark)').matches,
  }));
  if (isEnglish) {
    await page.emulateMedia({ colorScheme: isDark ? 'light' : 'dark' });
    found.push(...(await violationsOf(page, { resultTypes: ['violations'], runOnly: ['color-contrast'] })));
    await page.emulateMedia({ colorScheme: isDark ? 'dark' : 'light' });
  }
  const size = page.viewportSize();
  const others = size === null || isEnglish ? [] : widths.filter((width) => width !== size.width);
  if (await isTooWide(page)) found.push('wider than the screen');
  for (const width of others) {
    await page.setViewportSize({ height: 932, ...size, width });
    if (await isTooWide(page)) found.push(`wider than a screen of ${width} px`);
  }
  if (size && others.length > 0) await page.setViewportSize(size);
  return found;
}

function isTooWide(page: Phone['page']): Promise<boolean> {
  return page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
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
