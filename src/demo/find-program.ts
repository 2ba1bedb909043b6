import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * The path of a program: what the environment's `variable` says, else the first of `names` on `PATH`. Throws when there
 * is none; `ensure.mjs` installs those that the product and its tests start.
 */
export function findProgram(names: readonly string[], variable: string): string {
  const given = process.env[variable];
  if (given !== undefined) return given;
  const folders = (process.env.PATH ?? '').split(delimiter);
  const found = folders.flatMap((folder) => names.map((name) => join(folder, name))).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`${names[0]} is missing: install it, or set ${variable}`);
  return found;
}
