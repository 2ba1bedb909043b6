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

/** Resident bytes that each of `count` idle attached connections adds to the relay's process. */
export async function bytesPerConnection(count: number): Promise<number> {
  const first = await startTandem();
  const channels = await inBatches(count / 2, () => madeChannel(first.port));
  await first.kill();
  const relay = await first.again();
  const pid = relay.process.pid as number;
  const connect = async (at: number) => {
    const channel = channels[at >> 1] as (typeof channels)[number];
    const socket = await TandemSocket.connect(relay.port);
    await socket.attach(channel.id, at % 2 === 0 ? channel.creator : channel.joiner);
    return socket;
  };
  // What the process needs once, whoever connects, is not the connections'.
  const warm = await inBatches(200, connect);
  for (const { socket } of warm) socket.destroy();
  const before = residentBytes(pid);
  await inBatches(count, connect);
  const bytes = (residentBytes(pid) - before) / count;
  await relay.stop();
  return bytes;
}
