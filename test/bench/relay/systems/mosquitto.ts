import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { spawnServer } from '../cores.ts';
import { LeanSocket } from '../lean-socket.ts';
import { answers, freePort } from '../port.ts';
import { bodyBytes, ended, inBatches, type Lane, type System } from '../system.ts';

const program = '/usr/sbin/mosquitto';
/** MQTT 3.1.1 §2.2: packet types with the flags that they have here. */
const packets = { connect: 0x10, publishQos1: 0x32, acknowledged: 0x40, subscribe: 0x82, isPublish: 0x30 } as const;

/** MQTT's strings and bodies: a length in two bytes before them. */
function field(value: string): Buffer {
  const text = Buffer.from(value);
  return Buffer.concat([Buffer.from([text.length >> 8, text.length & 255]), text]);
}

function packet(type: number, ...parts: Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const length: number[] = [];
  for (let left = body.length; length.length === 0 || left > 0; left >>= 7) {
    length.push((left & 127) | (left > 127 ? 128 : 0));
  }
  return Buffer.concat([Buffer.from([type, ...length]), body]);
}

/** One packet after the other, wherever the WebSocket's messages begin and end. */
function onPackets(socket: LeanSocket, take: (type: number, body: Buffer) => void): void {
  let rest = Buffer.alloc(0);
  socket.onMessage = (message) => {
    let data = rest.length === 0 ? message : Buffer.concat([rest, message]);
    while (data.length >= 2) {
      let [length, at, shift] = [0, 1, 0];
      for (; at < data.length; shift += 7) {
        const byte = data[at++] as number;
        length |= (byte & 127) << shift;
        if (byte < 128) break;
      }
      if (data.length < at + length) break;
      take(data[0] as number, data.subarray(at, at + length));
      data = data.subarray(at + length);
    }
    rest = Buffer.from(data);
  };
}

async function connected(port: number, name: string): Promise<LeanSocket> {
  const socket = await LeanSocket.connect(port, '/mqtt', 'mqtt');
  const answered = new Promise<void>((resolve) => onPackets(socket, () => resolve()));
  const keepsSession = 0;
  socket.send(packet(packets.connect, field('MQTT'), Buffer.from([4, keepsSession, 0, 0]), field(name)));
  await answered;
  return socket;
}

async function lane(port: number, at: number): Promise<Lane> {
  const topic = `lane/${at}`;
  const receiver = await connected(port, `receiver-${at}`);
  const subscribed = new Promise<void>((resolve) => onPackets(receiver, () => resolve()));
  receiver.send(packet(packets.subscribe, Buffer.from([0, 1]), field(topic), Buffer.from([1])));
  await subscribed;
  const sender = await connected(port, `sender-${at}`);
  const body = Buffer.alloc(bodyBytes);
  const publish = LeanSocket.template(packet(packets.publishQos1, field(topic), Buffer.from([0, 0]), body));
  const idAt = publish.bytes.length - bodyBytes - 2;
  const numbers = new Map<number, number>();
  let last = 0;
  const lane: Lane = {
    send(number) {
      last = (last % 65_535) + 1;
      numbers.set(last, number);
      const message = Buffer.from(publish.bytes);
      message.writeUInt16BE(last, idAt);
      message.writeUInt32BE(number, idAt + 2);
      sender.write(message);
    },
    onAcknowledged: () => undefined,
    onDelivered: () => undefined,
  };
  onPackets(sender, (_type, answer) => {
    const id = answer.readUInt16BE(0);
    lane.onAcknowledged(numbers.get(id) as number);
    numbers.delete(id);
  });
  onPackets(receiver, (type, message) => {
    if ((type & 0xf0) !== packets.isPublish) return;
    const from = 2 + message.readUInt16BE(0);
    receiver.send(packet(packets.acknowledged, message.subarray(from, from + 2)));
    lane.onDelivered(message.readUInt32BE(from + 2));
  });
  return lane;
}

/** Debian's mosquitto over WebSocket, QoS 1, sessions kept, saving its database at every change. */
export const mosquitto: System = {
  name: 'mosquitto, saving at every change',
  missing: () => (existsSync(program) ? null : 'mosquitto is not installed (Debian: apt install mosquitto)'),
  async start() {
    const directory = mkdtempSync(join(tmpdir(), 'tandem-bench-'));
    const [port, other] = [await freePort(), await freePort()];
    const settings = [
      // 2.0.11 does not start with a WebSocket listener alone.
      `listener ${other} 127.0.0.1`,
      `listener ${port} 127.0.0.1`,
      'protocol websockets',
      'allow_anonymous true',
      'persistence true',
      `persistence_location ${directory}/`,
      'autosave_on_changes true',
      'autosave_interval 1',
      'max_inflight_messages 0',
      'max_queued_messages 0',
      'log_type none',
      ...(process.getuid?.() === 0 ? ['user root'] : []),
    ];
    writeFileSync(join(directory, 'mosquitto.conf'), settings.join('\n'));
    const child = spawnServer([program, '-c', join(directory, 'mosquitto.conf')]);
    while (!(await answers(port))) {
      if (child.exitCode !== null) throw new Error(`mosquitto ended with ${child.exitCode}`);
      await after(50);
    }
    return {
      processes: { mosquitto: child.pid as number },
      lanes: (count) => inBatches(count, (at) => lane(port, at)),
      async stop() {
        await ended(child, 'SIGKILL');
        rmSync(directory, { recursive: true });
      },
    };
  },
};
