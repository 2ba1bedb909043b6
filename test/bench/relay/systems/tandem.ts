import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodeRelayFrame, encodeFrame } from '../../../../src/core/frames.ts';
import { attachProof, joinProof } from '../../../../src/core/relay-proofs.ts';
import { creationOf, newChannel, type TestChannel, type TestKeys } from '../../../relay/raw-client.ts';
import { spawnServer } from '../cores.ts';
import { LeanSocket } from '../lean-socket.ts';
import { bodyBytes, ended, inBatches, type Lane, printedPort, type RunningSystem, type System } from '../system.ts';

const server = fileURLToPath(new URL('../servers/tandem.ts', import.meta.url));
/** What the server in `servers/tandem.ts` says that its origin is. */
const relayOrigin = 'http://localhost';
const types = { stored: 0x04, rejected: 0x05, deliver: 0x06, received: 0x07 } as const;
/** Where a frame's fields begin (docs/protocol.md §2). */
const places = { id: 17, deliverSeq: 17, deliverId: 23, ackSeq: 17, putId: 17 } as const;

/** One connection, after the greeting. */
export class TandemSocket {
  readonly socket: LeanSocket;
  readonly #nonce: Uint8Array;

  private constructor(socket: LeanSocket, nonce: Uint8Array) {
    this.socket = socket;
    this.#nonce = nonce;
  }

  static async connect(port: number): Promise<TandemSocket> {
    const socket = await LeanSocket.connect(port, '/v1/socket');
    const greeting = await nextOf(socket);
    const hello = decodeRelayFrame(greeting);
    if (hello.frame !== 'hello') throw new Error(`greeted with ${hello.frame}`);
    return new TandemSocket(socket, hello.nonce);
  }

  /** Resolves with the answer's type byte. What waits comes right behind it, and is given to `take`. */
  async attach(
    channel: Uint8Array,
    keys: TestKeys,
    since = 0,
    take: (message: Buffer) => void = () => undefined,
  ): Promise<number> {
    const proof = attachProof({ relayOrigin, nonce: this.#nonce, channel, key: keys.public });
    this.socket.send(encodeFrame({ frame: 'attach', channel, key: keys.public, since, signature: keys.sign(proof) }));
    return (await nextOf(this.socket, take))[0] as number;
  }

  async join({ id, join, joiner }: TestChannel): Promise<void> {
    const proof = joinProof({ relayOrigin, nonce: this.#nonce, channel: id, key: joiner.public });
    const frame = { frame: 'join', channel: id, joinKey: join.public, key: joiner.public } as const;
    this.socket.send(encodeFrame({ ...frame, signature: join.sign(proof) }));
    const answer = decodeRelayFrame(await nextOf(this.socket));
    if (answer.frame !== 'attached') throw new Error(`answered with ${answer.frame}`);
  }

  async ping(): Promise<void> {
    this.socket.send(encodeFrame({ frame: 'ping' }));
    await nextOf(this.socket);
  }
}

/** The next message, copied; those behind it are given to `take`. */
export function nextOf(socket: LeanSocket, take: (message: Buffer) => void = () => undefined): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    socket.onClose = () => reject(new Error('closed'));
    socket.onMessage = (message) => {
      socket.onMessage = take;
      resolve(new Uint8Array(message));
    };
  });
}

/** A channel that both sides have, and the connection of the phone that joined it: its mailbox is open. */
export async function joinedChannel(
  port: number,
  phonePort = port,
): Promise<{ channel: TestChannel; phone: TandemSocket }> {
  const channel = newChannel();
  const response = await fetch(`http://127.0.0.1:${port}/v1/channels`, {
    method: 'POST',
    body: creationOf(channel, relayOrigin) as BodyInit,
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  const phone = await TandemSocket.connect(phonePort);
  await phone.join(channel);
  return { channel, phone };
}

/** A channel that both sides have, and nobody has open. */
export async function madeChannel(port: number): Promise<TestChannel> {
  const { channel, phone } = await joinedChannel(port);
  phone.socket.destroy();
  return channel;
}

/**
 * A lane over two connections that are attached to its channel. What arrives together is acknowledged together, by its last
 * number: at once, or after `handledMs`. `unanswered`: what its sender waits for, shared by the lanes that share it.
 */
export function laneOver(
  channel: Uint8Array,
  sender: LeanSocket,
  receiver: LeanSocket,
  { handledMs = 0, unanswered = new Set<number>() } = {},
): Lane {
  const put = LeanSocket.template(
    encodeFrame({
      frame: 'put',
      channel,
      id: new Uint8Array(16),
      lifeMs: 3_600_000,
      collapse: null,
      body: new Uint8Array(bodyBytes),
    }),
  );
  const ack = LeanSocket.template(encodeFrame({ frame: 'ack', channel, seq: 0 }));
  const lane: Lane = {
    send(number) {
      unanswered.add(number);
      const message = Buffer.from(put.bytes);
      message.writeUInt32BE(number, put.at + places.putId);
      sender.write(message);
    },
    onAcknowledged: () => undefined,
    onDelivered: () => undefined,
  };
  sender.onMessage = (message) => {
    if (message[0] === types.rejected) throw new Error(`rejected ${message[33]}`);
    if (message[0] !== types.stored && message[0] !== types.received) return;
    const number = message.readUInt32BE(places.id);
    if (unanswered.delete(number)) lane.onAcknowledged(number);
  };
  let answer: Buffer | null = null;
  receiver.onMessage = (message) => {
    if (message[0] !== types.deliver) return;
    if (!answer) {
      answer = Buffer.from(ack.bytes);
      const acknowledge = () => {
        receiver.write(answer as Buffer);
        answer = null;
      };
      if (handledMs === 0) setImmediate(acknowledge);
      else setTimeout(acknowledge, handledMs);
    }
    message.copy(answer, ack.at + places.ackSeq, places.deliverSeq, places.deliverSeq + 6);
    lane.onDelivered(message.readUInt32BE(places.deliverId));
  };
  return lane;
}

/** A lane whose receiver may be at another relay than its sender. */
export async function lane(port: number, receiverPort = port, handledMs = 0): Promise<Lane> {
  const { channel, phone } = await joinedChannel(port, receiverPort);
  const browser = await TandemSocket.connect(port);
  await browser.attach(channel.id, channel.creator);
  return laneOver(channel.id, browser.socket, phone.socket, { handledMs });
}

/** `storage`: a directory for the embedded store, or the URL of a Redis. */
export async function startServer(storage: string, onPort = 0, options: Parameters<typeof spawnServer>[1] = {}) {
  const command = [process.execPath, '--expose-gc', '--import', 'tsx', server, storage, String(onPort)] as const;
  const child = spawnServer(command, options);
  return { child, port: await printedPort(child) };
}

export interface RunningTandem extends RunningSystem {
  readonly processes: { readonly relay: number };
  readonly port: number;
  /** After `kill -9`: on the same port and directory. */
  again(): Promise<RunningTandem>;
  kill(): Promise<void>;
}

export async function startTandem(
  env: NodeJS.ProcessEnv = {},
  directory = mkdtempSync(join(tmpdir(), 'tandem-bench-')),
  onPort = 0,
): Promise<RunningTandem> {
  const { child, port } = await startServer(directory, onPort, { env });
  return {
    processes: { relay: child.pid as number },
    port,
    lanes: (count) => inBatches(count, () => lane(port)),
    again: () => startTandem(env, directory, port),
    kill: () => ended(child, 'SIGKILL'),
    async stop() {
      await ended(child, 'SIGKILL');
      rmSync(directory, { recursive: true });
    },
  };
}

/** The relay on its embedded store. `env` is added to its environment. */
export function tandem(name: string, env: NodeJS.ProcessEnv = {}): System {
  return { name, missing: () => null, start: () => startTandem(env) };
}

/** The same with receivers that handle a message for longer than a disk needs: what its senders hear is that it was stored. */
export function tandemHandling(handledMs: number): System {
  return {
    name: `receivers that acknowledge after ${handledMs} ms`,
    missing: () => null,
    async start() {
      const relay = await startTandem();
      return { ...relay, lanes: (count) => inBatches(count, () => lane(relay.port, relay.port, handledMs)) };
    },
  };
}
