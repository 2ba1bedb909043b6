import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** The relay as its operator runs it: a process of its own that can be killed and started again on the same data. */
export class RelayProcess {
  readonly origin: string;
  readonly #args: string[];
  #child: ChildProcess | null = null;

  private constructor(origin: string, args: string[]) {
    this.origin = origin;
    this.#args = args;
  }

  static async start(data: string, phoneApp: string): Promise<RelayProcess> {
    const port = await freePort();
    const args = [
      '--import',
      'tsx',
      'src/relay/main.ts',
      '--port',
      String(port),
      '--data',
      data,
      '--phone-app',
      phoneApp,
    ];
    const relay = new RelayProcess(`http://localhost:${port}`, args);
    await relay.restart();
    return relay;
  }

  /** Starts it again; resolves once it listens. */
  async restart(): Promise<void> {
    const child = spawn(process.execPath, this.#args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    let said = '';
    await new Promise<void>((resolve, reject) => {
      const read = (data: Buffer) => {
        said += data;
        if (said.includes(this.origin)) resolve();
      };
      child.stdout.on('data', read);
      child.stderr.on('data', read);
      child.once('exit', (code) => reject(new Error(`the relay ended with ${code}: ${said}`)));
    });
  }

  /** kill -9. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
