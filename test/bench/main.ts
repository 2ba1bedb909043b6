// Measures: `npm run bench` everything, `npm run bench -- pages` one part alone.

import { benchNumbers } from './numbers.ts';
import { benchPages } from './pages.ts';
import { benchRinging } from './ring.ts';
import { benchSignIns } from './sign-ins.ts';
import { benchSizes } from './sizes.ts';

/** Each gives its table. */
const parts: Readonly<Record<string, () => Promise<string[]>>> = {
  'sign-ins': benchSignIns,
  numbers: benchNumbers,
  pages: benchPages,
  ringing: benchRinging,
  sizes: async () => benchSizes(),
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(parts, name));
if (unknown.length > 0) {
  process.stderr.write(`No part ${unknown.join(', ')}. There are: ${Object.keys(parts).join(', ')}.\n`);
  process.exit(2);
}
for (const [name, measure] of Object.entries(parts)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  process.stderr.write(`${name} …\n`);
  const table = await measure();
  process.stdout.write(`${table.join('\n')}\n\n`);
}
