// Makes a fresh clone ready: `node src/demo/ensure.mjs chromium firefox`. Node's own modules only, as nothing is installed yet.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const leastNode = [20, 19];
const stamp = 'node_modules/.tandem-lock-hash';

/** Programs that the product or its tests start: their names, and the package that brings them on Debian, else on Ubuntu. */
const programs = {
  chromium: {
    names: ['chromium', 'chromium-browser'],
    variable: 'CHROMIUM_PATH',
    packages: ['chromium', 'chromium-browser'],
  },
  firefox: {
    names: ['firefox-esr', 'firefox'],
    variable: 'FIREFOX_PATH',
    packages: ['firefox-esr', 'firefox'],
  },
  redis: {
    names: ['redis-server'],
    variable: 'REDIS_SERVER_PATH',
    packages: ['redis-server', 'redis-server'],
    without: 'Redis is not tested',
  },
};

// What nobody reads any more (`npm test | head -1`) is not written: what was begun is made ready all the same.
process.stdout.on('error', (problem) => {
  if (problem.code !== 'EPIPE') throw problem;
});
try {
  checkNode();
  installPackages();
  for (const name of process.argv.slice(2)) ensure(name);
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
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw new Error('Packages could not be installed. Check the network, then try again.');
  writeFileSync(stamp, hash);
}

/** What the tests can do without is only spoken of. */
function ensure(name) {
  try {
    ensureProgram(name);
  } catch (problem) {
    const { without } = programs[name];
    if (without === undefined) throw problem;
    say(`${without}: ${problem.message}`);
  }
}

function ensureProgram(name) {
  const { names, variable, packages } = programs[name];
  const given = process.env[variable];
  if (given !== undefined) {
    if (existsSync(given)) return;
    throw new Error(`${variable} is ${given}, where there is nothing. Correct it, or unset it.`);
  }
  if (names.some(runs)) return;
  const remedy = `Install ${name} (on Debian: sudo apt-get install ${packages[0]}; on Ubuntu: ${packages[1]}), or set ${variable} to where it is.`;
  if (process.getuid?.() !== 0 || !onPath('apt-get')) throw new Error(`${name} is missing. ${remedy}`);
  say(`Installing ${name} (apt-get) …`);
  const isInstalled =
    apt('update') && packages.some((each) => apt('install', '-y', '--no-install-recommends', each) && names.some(runs));
  if (!isInstalled) throw new Error(`${name} could not be installed. ${remedy}`);
}

/** Whether a program is there and is no placeholder that only says how to get it. */
function runs(program) {
  return onPath(program) && spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
}

function apt(...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync('apt-get', ['-qq', ...args], { stdio: 'ignore', env }).status === 0;
}

function onPath(program) {
  return process.env.PATH.split(delimiter).some((folder) => existsSync(join(folder, program)));
}

function say(text) {
  process.stdout.write(`${text}\n`);
}
