import { setTimeout as after } from 'node:timers/promises';
import type { TestKeys } from '../../relay/raw-client.ts';
import { inBatches } from './system.ts';
import { madeChannel, startTandem, TandemSocket } from './systems/tandem.ts';
import { residentBytes } from './usage.ts';

const attachedType = 0x02;

export interface ConnectionRates {
  /** New connections that prove a key and open a mailbox, per second. */
  attaching: number;
  /** The same relay and connections, with a ping in the place of the proof. */
  greeted: number;
}

/** New connections per second, 64 under way at once; each is closed as soon as it was answered. */
export async function connectionRates(count: number): Promise<ConnectionRates> {
  const relay = await startTandem();
  const channels = await inBatches(200, () => madeChannel(relay.port));
  const rate = async (use: (socket: TandemSocket, at: number) => Promise<void>, times: number) => {
    const from = performance.now();
    await inBatches(
      times,
      async (at) => {
        const socket = await TandemSocket.connect(relay.port);
        await use(socket, at);
        socket.socket.destroy();
      },
      64,
    );
    return (times * 1_000) / (performance.now() - from);
  };
  const attach = async (socket: TandemSocket, at: number) => {
    const channel = channels[at % channels.length] as (typeof channels)[number];
    const answer = await socket.attach(channel.id, channel.creator);
    if (answer !== attachedType) throw new Error(`answered with type ${answer}`);
  };
  const ping = (socket: TandemSocket) => socket.ping();
  await rate(attach, count / 4);
  await rate(ping, count / 4);
  const rates = { attaching: await rate(attach, count), greeted: await rate(ping, count) };
  await relay.stop();
  return rates;
}

/** Resident bytes of a server of ours, once it has thrown away what it does not need. */
async function settledBytes(pid: number): Promise<number> {
  for (let round = 0; round < 3; round++) {
    process.kill(pid, 'SIGUSR2');
    await after(500);
  }
  return residentBytes(pid);
}

/** Resident bytes that each of `count` idle attached connections adds to the relay's process. */
export async function bytesPerConnection(count: number): Promise<number> {
  const maker = await startTandem();
  const channels = await inBatches(count / 2, () => madeChannel(maker.port));
  await maker.kill();
  const relay = await maker.again();
  const sideOf = (at: number): [Uint8Array, TestKeys] => {
    const channel = channels[at >> 1] as (typeof channels)[number];
    return [channel.id, at % 2 === 0 ? channel.creator : channel.joiner];
  };
  const connect = async (at: number) => {
    const socket = await TandemSocket.connect(relay.port);
    await socket.attach(...sideOf(at));
    return socket;
  };
  // The first half also grows what the process needs once, such as the young generation.
  const first = count / 2;
  await inBatches(first, connect);
  const before = await settledBytes(relay.processes.relay);
  await inBatches(count - first, (at) => connect(first + at));
  const bytes = ((await settledBytes(relay.processes.relay)) - before) / (count - first);
  await relay.stop();
  return bytes;
}
