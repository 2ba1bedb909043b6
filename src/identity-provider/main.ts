import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Bytes } from '../core/bytes.ts';
import { help, readCommandLine } from './command-line.ts';
import type { Log } from './context.ts';
import { openLmdbStore } from './lmdb-store.ts';
import { startIdentityProvider } from './server.ts';
import type { Store } from './store.ts';

const log: Log = (event, facts = {}) => {
  process.stdout.write(`${JSON.stringify({ at: new Date().toISOString(), event, ...facts })}\n`);
};
const random = (length: number): Bytes => crypto.getRandomValues(new Uint8Array(length));

function refuse(sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(2);
}

// What nobody reads any more (`| head -1`) is not written; whoever signs in has nothing to do with that.
process.stdout.on('error', (cause: NodeJS.ErrnoException) => {
  if (cause.code !== 'EPIPE') refuse(`Nothing can be printed: ${cause.message}.`);
});
const read = readCommandLine(process.argv.slice(2));
if ('help' in read) {
  process.stdout.write(help);
  process.exit(0);
}
if ('mistake' in read) refuse(`${read.mistake}\nSee --help.`);

const { data, ...options } = read.run;
if (!existsSync(join(options.pages, 'index.html'))) {
  refuse(`There are no pages in ${options.pages}. Build them with "npm run build", or say --pages.`);
}
const store = openStore();
try {
  const provider = await startIdentityProvider({ ...options, store, clock: Date, random, log });
  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    await provider.stop();
    await store.close();
    process.exit(0);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  // Who waits for this line may stop us at once.
  log('listening', { origin: provider.origin, port: provider.port });
} catch (cause) {
  await store.close();
  const inUse = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE';
  refuse(inUse ? `Port ${options.port} is taken. Choose another with --port.` : String(cause));
}

function openStore(): Store {
  try {
    return openLmdbStore(data);
  } catch (cause) {
    refuse(
      `Cannot store there: ${(cause as Error).message}. Choose a directory that this user may write to with --data.`,
    );
  }
}
