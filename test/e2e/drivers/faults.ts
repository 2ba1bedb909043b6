import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Phone } from '../../../src/demo/devices/phone.ts';
import type { Popup } from '../../../src/demo/devices/popup.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core finds wrong, and whether the page is wider than the screen. */
export async function faults({ page }: Pick<Phone, 'page'>): Promise<string[]> {
  if (await page.evaluate(() => !('axe' in window))) await page.evaluate(axe);
  return page.evaluate(async () => {
    const { violations } = await (
      window as never as { axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } }
    ).axe.run();
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
    const isTooWide = document.documentElement.scrollWidth > window.innerWidth;
    return isTooWide ? [...found, 'wider than the screen'] : found;
  });
}

/** What axe-core finds wrong in the real popup. */
export async function violations(popup: Popup): Promise<string[]> {
  await popup.evaluate(axe);
  return popup.evaluate(
    `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html)))`,
  );
}
