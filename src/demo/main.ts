import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Browser } from 'playwright-core';
import { AppError } from '../core/errors.ts';
import { buildAll } from './build.ts';
import { type DemoOptions, help, readCommandLine } from './command-line.ts';
import { Desktop } from './devices/desktop.ts';
import { Phone } from './devices/phone.ts';
import { type Servers, startServers } from './servers.ts';
import { Steps } from './steps.ts';
import { playTour } from './tour.ts';

const dist = resolve('dist');
const extension = join(dist, 'extension-chrome');

/** What has been started, newest last; ended in the opposite order. */
const started: (() => Promise<void>)[] = [];

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function stop(): Promise<void> {
  for (const end of started.splice(0).reverse()) await end();
}

async function run(options: DemoOptions): Promise<void> {
  const playing = options.tour || !hasDisplay();
  const steps = new Steps(say, () => performance.now());
  await steps.do('Build extension, phone app and sign-in pages', () =>
    buildAll(options.publicUrl ?? `http://localhost:${options.relayPort}`),
  );
  const data = playing ? temporaryData() : '.data/demo';
  const servers = await steps.do('Start relay and identity provider', () =>
    startServers({ ...options, data, dist, write: () => undefined }),
  );
  started.push(() => servers.stop());
  say(`     Relay and phone app: ${servers.relay}`);
  say(`     Identity provider:   ${servers.provider}`);
  if (playing) {
    const saved = await playTour({ servers, extension, folder: resolve('tour'), steps });
    say(`\nA whole sign-in in ${steps.total}. ${saved} screenshots are in tour/.`);
    if (options.tour) return;
    say('There is no display here to open a window on, so the servers go on by themselves. Ctrl-C ends them.');
  } else {
    await openWindows(servers);
    say(guide);
  }
  await new Promise(() => undefined);
}

const guide = `
Two windows are open: a browser with Tandem on the sign-in page, and a phone.
  1. Create an account on the sign-in page.
  2. Open Tandem in the toolbar (behind the puzzle piece), pair a phone, copy the link and paste it in the phone's window.
     Compare the six digits and confirm on both.
  3. On the account's page open "Security info" and add the phone.
  4. Sign out, enter your e-mail address, and pick the number on the phone.
Ctrl-C ends everything.`;

async function openWindows(servers: Servers): Promise<void> {
  const desktop = await Desktop.launch({ extension, headless: false });
  started.push(() => desktop.close());
  const page = desktop.context.pages()[0] ?? (await desktop.context.newPage());
  await page.goto(servers.provider);
  const phones: Browser = await Phone.browser(false);
  started.push(() => phones.close());
  await Phone.open(phones, servers.relay);
  // The welcome page, which an extension's installation opens, is behind it for later.
  await page.bringToFront();
}

/** A tour starts from nothing and leaves nothing. */
function temporaryData(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-tour-'));
  started.push(async () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function hasDisplay(): boolean {
  if (process.platform === 'darwin' || process.platform === 'win32') return true;
  return Boolean(process.env.DISPLAY ?? process.env.WAYLAND_DISPLAY);
}

/** One line for whoever started it. */
function explain(thrown: unknown): string {
  const { code, port } = thrown as { code?: string; port?: number };
  const cause = thrown instanceof Error ? (thrown.cause as { code?: string; port?: number } | undefined) : undefined;
  if ((code ?? cause?.code) === 'EADDRINUSE') {
    return `Port ${port ?? cause?.port} is taken. Stop what uses it, or choose others: npm start -- --port-relay PORT --port-provider PORT`;
  }
  if (thrown instanceof AppError && thrown.code === 'not-allowed')
    return 'Another "npm start" is running here. Stop it, or use its windows.';
  return thrown instanceof Error ? thrown.message : String(thrown);
}

// Whoever read what it says has enough (`| head -1`): as after Ctrl-C.
process.stdout.on('error', (thrown: NodeJS.ErrnoException) => {
  if (thrown.code !== 'EPIPE') process.stderr.write(`Nothing can be printed: ${thrown.message}\n`);
  void stop().then(() => process.exit(thrown.code === 'EPIPE' ? 0 : 1));
});
const read = readCommandLine(process.argv.slice(2));
if ('help' in read) {
  say(help);
} else if ('mistake' in read) {
  process.stderr.write(`${read.mistake}\n\n${help}`);
  process.exitCode = 2;
} else {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void stop().then(() => process.exit(0)));
  }
  try {
    await run(read.run);
    await stop();
  } catch (thrown) {
    process.stderr.write(`\n${explain(thrown)}\n`);
    await stop();
    process.exitCode = 1;
  }
}
