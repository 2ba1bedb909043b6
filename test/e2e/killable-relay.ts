import { once } from 'node:events';
import { type RelayProcess, relayProcess } from '../relay/relay-process.ts';

/** The relay as its operator runs it, which can be killed and started again on the same data and port. */
export class KillableRelay {
  readonly origin: string;
  readonly #args: readonly string[];
  #process: RelayProcess;

  private constructor(process: RelayProcess, args: readonly string[]) {
    this.origin = process.origin;
    this.#process = process;
    this.#args = args;
  }

  static async start(data: string, phoneApp: string): Promise<KillableRelay> {
    const args = ['--data', data, '--phone-app', phoneApp];
    return new KillableRelay(await relayProcess(['--port', '0', ...args]), args);
  }

  /** Starts it again; resolves once it listens. */
  async restart(): Promise<void> {
    this.#process = await relayProcess(['--port', new URL(this.origin).port, ...this.#args]);
  }

  /** kill -9. */
  async kill(): Promise<void> {
    const { child } = this.#process;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
}
