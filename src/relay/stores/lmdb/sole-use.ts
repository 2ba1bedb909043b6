import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { AppError } from '../../../core/errors.ts';
import { makeDirectory } from './make-directory.ts';

/** Bytes of a Unix socket's path (`sun_path`, on macOS the least); what is longer Node cuts off without a word. */
const longestPath = 103;

/**
 * Takes a directory, which is made where it is missing, for this process alone. The socket in it, to which nobody says anything,
 * is there until the process ends: one that was left by a process that was killed answers nobody. Gives what lets go of it.
 * Throws `not-allowed` where another process has it or its path is too long, and what Node throws where it cannot be written.
 */
export async function soleUse(directory: string): Promise<() => Promise<void>> {
  const path = join(directory, 'in-use');
  if (Buffer.byteLength(path) > longestPath) {
    throw new AppError(
      'not-allowed',
      `${directory} is too long: a socket in it may have a path of ${longestPath} bytes. Choose a shorter one with --data, or one from where the relay is started`,
    );
  }
  makeDirectory(directory);
  const server = (await listening(path)) ?? (await takenOver(path, directory));
  server.unref();
  return async () => {
    const closed = once(server, 'close');
    server.close();
    await closed;
  };
}

async function takenOver(path: string, directory: string): Promise<Server> {
  if (!(await answers(path))) rmSync(path, { force: true });
  const server = await listening(path);
  if (server) return server;
  throw new AppError('not-allowed', `${directory} is in use by another relay. Several at once need Redis (--redis)`);
}

/** Null where there is something already. */
async function listening(path: string): Promise<Server | null> {
  const server = createServer((socket) => socket.destroy());
  server.listen(path);
  try {
    await once(server, 'listening');
    return server;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EADDRINUSE') return null;
    throw thrown;
  }
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
