import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const names = ['chromium', 'chromium-browser'];

/** The path of Chromium: `CHROMIUM_PATH`, else the first on `PATH`. Throws when there is none; `ensure.mjs` installs it. */
export function findChromium(): string {
  const given = process.env.CHROMIUM_PATH;
  if (given !== undefined) return given;
  const folders = (process.env.PATH ?? '').split(delimiter);
  const found = folders.flatMap((folder) => names.map((name) => join(folder, name))).find((path) => existsSync(path));
  if (found === undefined) throw new Error('Chromium is missing: install it, or set CHROMIUM_PATH');
  return found;
}
