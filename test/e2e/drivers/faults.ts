import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Phone } from '../../../src/demo/devices/phone.ts';
import type { Popup } from '../../../src/demo/devices/popup.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Axe {
  run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
}

const widths = [320, 430] as const;
const colours = ['light', 'dark'] as const;

/** What axe-core finds wrong, and where the page is wider than the screen, at both widths of a phone and in both colours. */
export async function faults({ page }: Pick<Phone, 'page'>): Promise<string[]> {
  if (await page.evaluate(() => !('axe' in window))) await page.evaluate(axe);
  const isDark = await page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches);
  const size = page.viewportSize() ?? { width: 430, height: 932 };
  const found: string[] = [];
  for (const width of widths) {
    await page.setViewportSize({ ...size, width });
    for (const colorScheme of colours) {
      await page.emulateMedia({ colorScheme });
      const violations = await violationsOf(page);
      if (await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)) {
        violations.push('wider than the screen');
      }
      found.push(...violations.map((violation) => `${width} px, ${colorScheme}: ${violation}`));
    }
  }
  await page.emulateMedia({ colorScheme: isDark ? 'dark' : 'light' });
  await page.setViewportSize(size);
  return found;
}

function violationsOf(page: Phone['page']): Promise<string[]> {
  return page.evaluate(async () => {
    const { violations } = await (window as never as { axe: Axe }).axe.run({ resultTypes: ['violations'] });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  });
}

/** What axe-core finds wrong in the real popup. */
export async function violations(popup: Popup): Promise<string[]> {
  await popup.evaluate(axe);
  return popup.evaluate(
    `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html)))`,
  );
}
