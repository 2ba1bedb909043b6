// Makes a fresh clone ready: `node src/demo/ensure.mjs chromium`. Node's own modules only, as nothing is installed yet.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const leastNode = [20, 19];
const stamp = 'node_modules/.tandem-lock-hash';

/** Programs that the product or its tests start: where they are found, and the Debian package that brings them. */
const programs = {
  chromium: { names: ['chromium', 'chromium-browser'], variable: 'CHROMIUM_PATH', packages: ['chromium'] },
};

try {
  checkNode();
  installPackages();
  for (const name of process.argv.slice(2)) ensureProgram(name);
} catch (problem) {
  process.stderr.write(`\nTandem cannot start: ${problem.message}\n`);
  process.exit(1);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > leastNode[0] || (major === leastNode[0] && minor >= leastNode[1])) return;
  throw new Error(
    `Node ${process.versions.node} is too old. Install Node ${leastNode.join('.')} or newer, then try again.`,
  );
}

function installPackages() {
  const hash = createHash('sha256').update(readFileSync('package-lock.json')).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  say('Installing packages (npm ci) …');
  run(
    'npm',
    ['ci', '--no-audit', '--no-fund', '--loglevel=error'],
    'Packages could not be installed. Check the network, then try again.',
  );
  writeFileSync(stamp, hash);
}

function ensureProgram(name) {
  const { names, variable, packages } = programs[name];
  const given = process.env[variable];
  if (given !== undefined) {
    if (existsSync(given)) return;
    throw new Error(`${variable} is ${given}, where there is nothing. Correct it, or unset it.`);
  }
  if (names.some(onPath)) return;
  const remedy = `Install ${name} (on Debian or Ubuntu: sudo apt-get install ${packages.join(' ')}), or set ${variable} to where it is.`;
  if (process.getuid?.() !== 0 || !onPath('apt-get')) throw new Error(`${name} is missing. ${remedy}`);
  say(`Installing ${name} (apt-get) …`);
  run('apt-get', ['-qq', 'update'], remedy);
  run('apt-get', ['-qq', 'install', '-y', '--no-install-recommends', ...packages], remedy);
  if (!names.some(onPath)) throw new Error(`${name} is still missing. ${remedy}`);
}

function onPath(program) {
  return process.env.PATH.split(delimiter).some((folder) => existsSync(join(folder, program)));
}

function run(command, args, remedy) {
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { status } = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'], env: environment });
  if (status !== 0) throw new Error(remedy);
}

function say(text) {
  process.stdout.write(`${text}\n`);
}
