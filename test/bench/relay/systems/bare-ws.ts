import { fileURLToPath } from 'node:url';
import { spawnServer } from '../cores.ts';
import { LeanSocket } from '../lean-socket.ts';
import { bodyBytes, ended, inBatches, type Lane, printedPort, type System } from '../system.ts';

const server = fileURLToPath(new URL('../servers/bare-ws.ts', import.meta.url));

async function lane(port: number, at: number): Promise<Lane> {
  const receiver = await LeanSocket.connect(port, `/${at}/receiver`);
  const sender = await LeanSocket.connect(port, `/${at}/sender`);
  const { bytes, at: start } = LeanSocket.template(new Uint8Array(bodyBytes));
  const lane: Lane = {
    send(number) {
      const message = Buffer.from(bytes);
      message.writeUInt32BE(number, start);
      sender.write(message);
    },
    onAcknowledged: () => undefined,
    onDelivered: () => undefined,
  };
  sender.onMessage = (message) => lane.onAcknowledged(message.readUInt32BE(0));
  receiver.onMessage = (message) => lane.onDelivered(message.readUInt32BE(0));
  return lane;
}

function forwarding(name: string, ...options: string[]): System {
  return {
    name,
    missing: () => null,
    async start() {
      const child = spawnServer([process.execPath, '--import', 'tsx', server, ...options]);
      const port = await printedPort(child);
      return {
        processes: { ws: child.pid as number },
        lanes: (count) => inBatches(count, (at) => lane(port, at)),
        stop: () => ended(child, 'SIGKILL'),
      };
    },
  };
}

/** `ws` as it is, which forwards and stores nothing: what the relay is held against. */
export const bareWs = forwarding('bare `ws`, forwards only');

/** The same with one write for each socket and turn, which at a high load is several times as fast. */
export const bareWsPerTurn = forwarding('bare `ws` that writes once per turn', 'per-turn');
