import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { TurnCork } from '../../../src/relay/stores/redis/turn-cork.ts';

const opcodes = { binary: 0x82, pong: 0x8a, isClose: 0x8, isPing: 0x9 } as const;
const cork = new TurnCork();

/**
 * The client half of a WebSocket and no more, so that the load costs a fraction of what the server costs: frames are
 * masked with zeros (RFC 6455 allows any key), parsed where they lie in the receive buffer, and written once per turn.
 */
export class LeanSocket {
  /** `message` is good until this returns. */
  onMessage: (message: Buffer) => void = () => undefined;
  onClose: () => void = () => undefined;
  readonly #socket: Socket;
  #rest: Buffer | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Resolves after the upgrade. Rejects as Node does, or when the server says anything but 101. */
  static async connect(port: number, path: string, protocol?: string): Promise<LeanSocket> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    socket.write(
      [
        `GET ${path} HTTP/1.1`,
        `Host: 127.0.0.1:${port}`,
        'Upgrade: websocket',
        'Connection: Upgrade',
        `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
        'Sec-WebSocket-Version: 13',
        ...(protocol ? [`Sec-WebSocket-Protocol: ${protocol}`] : []),
        '\r\n',
      ].join('\r\n'),
    );
    const lean = new LeanSocket(socket);
    await lean.#upgraded();
    return lean;
  }

  /** A message with its header, to be sent any number of times, each time as a copy with parts of it changed. */
  static template(payload: Uint8Array): { bytes: Buffer; at: number } {
    const long = payload.length > 125;
    const at = long ? 8 : 6;
    const bytes = Buffer.alloc(at + payload.length);
    bytes[0] = opcodes.binary;
    bytes[1] = 0x80 | (long ? 126 : payload.length);
    if (long) bytes.writeUInt16BE(payload.length, 2);
    bytes.set(payload, at);
    return { bytes, at };
  }

  /** Bytes with their header; they must not change any more. */
  write(bytes: Buffer): void {
    cork.hold(this.#socket);
    this.#socket.write(bytes);
  }

  send(payload: Uint8Array): void {
    this.write(LeanSocket.template(payload).bytes);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #upgraded(): Promise<void> {
    return new Promise((resolve, reject) => {
      let head = Buffer.alloc(0);
      const read = (chunk: Buffer) => {
        head = Buffer.concat([head, chunk]);
        const end = head.indexOf('\r\n\r\n');
        if (end < 0) return;
        this.#socket.off('data', read);
        if (!head.toString('latin1').startsWith('HTTP/1.1 101')) {
          reject(new Error(head.toString('latin1', 0, end)));
          return;
        }
        this.#socket.on('data', (more: Buffer) => this.#read(more));
        resolve();
        // After whoever waits has said what is to become of the first message.
        if (head.length > end + 4) setImmediate(() => this.#read(head.subarray(end + 4)));
      };
      this.#socket.on('data', read);
      this.#socket.on('error', (cause) => {
        reject(cause);
        this.#socket.destroy();
      });
      this.#socket.on('close', () => this.onClose());
    });
  }

  #read(chunk: Buffer): void {
    const data = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk;
    this.#rest = null;
    let at = 0;
    while (data.length - at >= 2) {
      const short = (data[at + 1] as number) & 0x7f;
      const header = short < 126 ? 2 : 4;
      if (data.length - at < header) break;
      const length = short < 126 ? short : data.readUInt16BE(at + 2);
      if (data.length - at < header + length) break;
      this.#take((data[at] as number) & 0x0f, data.subarray(at + header, at + header + length));
      at += header + length;
    }
    if (at < data.length) this.#rest = at === 0 ? data : Buffer.from(data.subarray(at));
  }

  #take(opcode: number, payload: Buffer): void {
    if (opcode === opcodes.isPing) {
      const { bytes } = LeanSocket.template(payload);
      bytes[0] = opcodes.pong;
      this.write(bytes);
    } else if (opcode === opcodes.isClose) this.#socket.end();
    else this.onMessage(payload);
  }
}
