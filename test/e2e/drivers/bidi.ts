import { once } from 'node:events';
import WebSocket from 'ws';

interface Answer {
  id: number;
  type: 'success' | 'error' | 'event';
  result?: unknown;
  error?: string;
  message?: string;
}

interface Waiting {
  resolve(result: unknown): void;
  reject(problem: Error): void;
}

/** A session of WebDriver BiDi (https://w3c.github.io/webdriver-bidi/), command by command. */
export class Bidi {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => this.#answered(JSON.parse(String(data)) as Answer));
    socket.on('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the browser is gone'));
      this.#waiting.clear();
    });
  }

  /** `url`: where the browser says that it listens. */
  static async open(url: string, capabilities: object): Promise<Bidi> {
    const socket = new WebSocket(`${url}/session`);
    await once(socket, 'open');
    const bidi = new Bidi(socket);
    await bidi.send('session.new', { capabilities: { alwaysMatch: capabilities } });
    return bidi;
  }

  /** Gives the command's result; throws what the browser refuses with. */
  send<T>(method: string, params: object = {}): Promise<T> {
    const id = ++this.#last;
    const answered = new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, {
        resolve: resolve as (result: unknown) => void,
        reject: ({ message }) => reject(new Error(`${method}: ${message}`)),
      });
    });
    this.#socket.send(JSON.stringify({ id, method, params }));
    return answered;
  }

  close(): void {
    this.#socket.close();
  }

  #answered({ id, type, result, error, message }: Answer): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (type === 'error') waiting?.reject(new Error(`${error}: ${message}`));
    else waiting?.resolve(result);
  }
}
