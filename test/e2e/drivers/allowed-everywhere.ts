import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * A copy of the built extension that the browser lets into every page. What a click on the toolbar and the browser's own
 * question give, no script can.
 */
export function allowedEverywhere(): { extension: string; remove: () => void } {
  const extension = mkdtempSync(join(tmpdir(), 'tandem-extension-'));
  cpSync(resolve('dist/extension-chrome'), extension, { recursive: true });
  const manifest = JSON.parse(readFileSync(join(extension, 'manifest.json'), 'utf8'));
  const allowed = { ...manifest, host_permissions: ['https://*/*', 'http://*/*'] };
  writeFileSync(join(extension, 'manifest.json'), JSON.stringify(allowed));
  return { extension, remove: () => rmSync(extension, { recursive: true, force: true }) };
}
