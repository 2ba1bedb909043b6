// The relay beside its references, in one run: `npm run bench:relay`.
import { arch, cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { pinLoad } from './cores.ts';
import { type PartName, partNames, runPart } from './parts.ts';
import { lineOf, type Row, tableOf } from './rows.ts';

const help = `Measures the relay beside its references, and says which bars it meets. Ratios count, not figures.

  --only PART,…   some parts alone: ${partNames.join(', ')}
  --short         for seconds instead of minutes: to see whether something changed much
  --plot FILE     where the plot of the growth is written (docs/images/relay-growth.svg; with --short a temporary one)
  --help          this
`;

const say = (line: string) => void process.stdout.write(`${line}\n`);

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    short: { type: 'boolean', default: false },
    plot: { type: 'string' },
    help: { type: 'boolean' },
  },
});
const asked = values.only?.split(',') ?? partNames;
const unknown = asked.filter((name) => !partNames.includes(name as PartName));
if (values.help || unknown.length > 0) {
  if (unknown.length > 0) say(`There is no part ${unknown.join(', ')}.`);
  say(help);
  process.exit(unknown.length > 0 ? 1 : 0);
}
if (!pinLoad()) say('No taskset, or one core only: server and load share cores, and ratios say little.');
say(`Node ${process.version}, ${arch()}, ${cpus().length} cores, load before ${loadavg()[0]?.toFixed(1)}`);
const plot = values.plot ?? (values.short ? '/tmp/relay-growth.svg' : 'docs/images/relay-growth.svg');
const rows: Row[] = [];
for (const name of asked as PartName[]) {
  const fromMs = performance.now();
  const found = await runPart(name, { short: values.short, plot, say });
  say(`– ${name}, ${((performance.now() - fromMs) / 1_000).toFixed(0)} s\n${found.map(lineOf).join('\n')}`);
  rows.push(...found);
}
say(`\n${tableOf(rows)}`);
process.exit(rows.some(({ met }) => met === false) ? 2 : 0);
