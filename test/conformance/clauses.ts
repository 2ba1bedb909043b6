import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { setTimeout as after } from 'node:timers/promises';
import { type ClientOptions, WebSocket } from 'ws';
import { encodeFrame } from '../../src/core/frames.ts';
import { attachProof } from '../../src/core/relay-proofs.ts';
import { bytes, creationOf, newChannel, postChannel, type RawClient, same, testKeys } from '../relay/raw-client.ts';
import type { RelayUnderTest } from './relay-under-test.ts';

/** One thing that docs/protocol.md has a relay do. */
export interface Clause {
  section: string;
  says: string;
  /** Rejects when the relay does otherwise. */
  holds(relay: RelayUnderTest): Promise<void>;
}

const hour = 3_600_000;
/** Between which a relay’s clock stands that counts ms since 1970, and not s or µs. */
const [earliestMs, latestMs] = [Date.UTC(2020), Date.UTC(2200)];
const codes = { malformed: 4000, tooLarge: 4001 } as const;

async function closesWith(relay: RelayUnderTest, message: Uint8Array | string, code: number): Promise<void> {
  const client = await relay.connect();
  client.socket.send(message);
  assert.equal(await client.closeCode(), code);
}

/** A `put` without collapse: byte 37 says so, bytes 38 and 39 are its length. */
const putFrame = (bodyBytes: number) =>
  encodeFrame({
    frame: 'put',
    channel: bytes(16),
    id: bytes(16),
    lifeMs: 1_000,
    collapse: null,
    body: bytes(bodyBytes),
  });

function withByte(encoded: Uint8Array, at: number, value: number): Uint8Array {
  const changed = encoded.slice();
  changed[at] = value;
  return changed;
}

function sendInPieces({ socket }: RawClient, message: Uint8Array, pieces: number): void {
  for (let at = 0; at < pieces - 1; at++) socket.send(message.subarray(at, at + 1), { binary: true, fin: false });
  socket.send(message.subarray(pieces - 1), { binary: true, fin: true });
}

/** The HTTP status with which a relay answers an upgrade that it does not take. */
async function upgradeStatus(relay: RelayUnderTest, path: string, options: ClientOptions): Promise<number | undefined> {
  const socket = new WebSocket(`${relay.origin.replace(/^http/, 'ws')}${path}`, options);
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
  socket.on('error', () => undefined).terminate();
  return response.statusCode;
}

async function creationIs(relay: RelayUnderTest, body: Uint8Array, status: number, code: string): Promise<void> {
  const response = await postChannel(relay.origin, body);
  assert.equal(response.status, status);
  assert.equal(((await response.json()) as { code: unknown }).code, code);
}

async function refusedWith(client: RawClient, code: string): Promise<void> {
  assert.equal((await client.next('refused')).code, code);
}

async function rejectedWith(client: RawClient, id: Uint8Array, code: string): Promise<number> {
  const rejected = await client.next('rejected', (frame) => same(frame.id, id));
  assert.equal(rejected.code, code);
  return rejected.retryAfterMs;
}

async function noneDelivered(client: RawClient): Promise<void> {
  await client.fence();
  assert.equal(client.taken('deliver').length, 0, 'a message was delivered');
}

const stored = (client: RawClient, id: Uint8Array) => client.next('stored', (frame) => same(frame.id, id));
const delivered = (client: RawClient, id: Uint8Array) => client.next('deliver', (frame) => same(frame.id, id));

const frames: readonly Clause[] = [
  {
    section: '2.1',
    says: 'hello comes first, with version 1, its limits, and a nonce of its own for each connection',
    async holds(relay) {
      const [one, other] = [await relay.connect(), await relay.connect()];
      assert.equal(one.nonce.length, 32);
      assert.ok(!same(one.nonce, other.nonce), 'the same nonce twice');
      assert.deepEqual([one.hello?.version, one.hello?.bodyBytes, one.hello?.waitingMessages], [1, 8192, 64]);
    },
  },
  {
    section: '2.4',
    says: 'a text message closes with 4000',
    holds: (relay) => closesWith(relay, 'hello', codes.malformed),
  },
  {
    section: '2.4',
    says: 'an unknown type closes with 4000',
    holds: (relay) => closesWith(relay, new Uint8Array([0x7f]), codes.malformed),
  },
  {
    section: '2.4',
    says: 'an empty message closes with 4000',
    holds: (relay) => closesWith(relay, new Uint8Array(0), codes.malformed),
  },
  {
    section: '2',
    says: 'a frame of the relay’s own closes with 4000',
    holds: (relay) => closesWith(relay, encodeFrame({ frame: 'pong', timeMs: 1 }), codes.malformed),
  },
  {
    section: '1',
    says: 'a byte too many closes with 4000',
    holds: (relay) =>
      closesWith(relay, new Uint8Array([...encodeFrame({ frame: 'close', channel: bytes(16) }), 0]), codes.malformed),
  },
  {
    section: '1',
    says: 'a byte too few closes with 4000',
    holds: (relay) =>
      closesWith(relay, encodeFrame({ frame: 'close', channel: bytes(16) }).slice(0, -1), codes.malformed),
  },
  {
    section: '2.4',
    says: 'a message of over 8448 bytes closes with 4001',
    holds: (relay) => closesWith(relay, new Uint8Array(8449), codes.tooLarge),
  },
  {
    section: '2.3',
    says: 'a body of over 8192 bytes closes with 4001',
    holds: (relay) => closesWith(relay, withByte(putFrame(8192), 39, 0xff), codes.tooLarge),
  },
  {
    section: '2.4',
    says: 'a message is read in 64 pieces, and closes with 4001 in more',
    async holds(relay) {
      const client = await relay.connect();
      sendInPieces(client, putFrame(64), 64);
      assert.equal((await client.next('rejected')).code, 'not-attached');
      sendInPieces(client, putFrame(64), 66);
      assert.equal(await client.closeCode(), codes.tooLarge);
    },
  },
  {
    section: '1',
    says: 'an optional that is neither there nor missing closes with 4000, and so does text that is not UTF-8',
    async holds(relay) {
      await closesWith(relay, withByte(putFrame(1), 37, 2), codes.malformed);
      const subscribe = encodeFrame({ frame: 'subscribe', channel: bytes(16), subscription: '{}' });
      await closesWith(relay, withByte(subscribe, 19, 0xff), codes.malformed);
    },
  },
  {
    section: '2.4',
    says: 'an upgrade from a page of another origin is answered 403, one at another path 404',
    async holds(relay) {
      assert.equal(await upgradeStatus(relay, '/v1/socket', { origin: 'https://other.example' }), 403);
      assert.equal(await upgradeStatus(relay, '/v1/another', {}), 404);
    },
  },
  {
    section: '2.1',
    says: 'ping is answered by pong; it, hello and deliver have one clock, in ms since 1970',
    async holds(relay) {
      const { channel, creator, joiner } = await relay.paired();
      const timeMs = async () => {
        creator.send({ frame: 'ping' });
        return (await creator.next('pong')).timeMs;
      };
      const beforeMs = await timeMs();
      const lifeMs = 50_000;
      const { expiresMs } = await delivered(joiner, creator.put(channel.id, bytes(10), { lifeMs }));
      const times = [earliestMs, creator.hello?.timeMs ?? 0, beforeMs, expiresMs - lifeMs, await timeMs(), latestMs];
      assert.deepEqual(
        times,
        times.toSorted((left, right) => left - right),
      );
    },
  },
];

const creation: readonly Clause[] = [
  {
    section: '3',
    says: 'a channel is created by 201 with the relay’s time, repeated by 200, and by other keys refused with 409',
    async holds(relay) {
      const channel = newChannel();
      const first = await postChannel(relay.origin, creationOf(channel, relay.origin));
      assert.equal(first.status, 201);
      assert.equal(typeof ((await first.json()) as { timeMs: unknown }).timeMs, 'number');
      assert.equal((await postChannel(relay.origin, creationOf(channel, relay.origin))).status, 200);
      await creationIs(relay, creationOf({ ...newChannel(), id: channel.id }, relay.origin), 409, 'channel-exists');
    },
  },
  {
    section: '3',
    says: 'a creation that is signed for another relay is refused with 403',
    holds: (relay) => creationIs(relay, creationOf(newChannel(), 'https://other.example'), 403, 'bad-signature'),
  },
  {
    section: '3',
    says: 'a creation that is too short is refused with 400, one that is too long with 413',
    async holds(relay) {
      await creationIs(relay, new Uint8Array(143), 400, 'malformed-frame');
      await creationIs(relay, new Uint8Array(145), 413, 'too-large');
    },
  },
  {
    section: '3',
    says: 'a creation from a page of another origin is refused with 403 (not-allowed)',
    async holds(relay) {
      const body = creationOf(newChannel(), relay.origin) as BodyInit;
      const headers = { origin: 'https://other.example' };
      const response = await fetch(`${relay.origin}/v1/channels`, { method: 'POST', headers, body });
      assert.equal(response.status, 403);
      assert.equal(((await response.json()) as { code: unknown }).code, 'not-allowed');
    },
  },
  {
    section: '3',
    says: 'it is alive and ready, and refuses other methods with 405',
    async holds(relay) {
      for (const path of ['/healthz', '/readyz']) assert.equal((await fetch(`${relay.origin}${path}`)).status, 200);
      assert.equal((await fetch(`${relay.origin}/v1/channels`, { method: 'PUT' })).status, 405);
    },
  },
  {
    section: '3',
    says: 'the push key is 65 bytes in base64url',
    async holds(relay) {
      const { key } = (await (await fetch(`${relay.origin}/v1/push-key`)).json()) as { key: string };
      assert.equal(Buffer.from(key, 'base64url').length, 65);
    },
  },
];

const attaching: readonly Clause[] = [
  {
    section: '2.1',
    says: 'attached says that nobody has joined yet; then that the peer is here; then that it is away',
    async holds(relay) {
      const { channel, creator, attached } = await relay.created();
      assert.equal(attached.peer, 'awaited');
      const joiner = await relay.connect();
      joiner.sendJoin(channel.id, channel.join, channel.joiner.public);
      assert.equal((await joiner.next('attached')).peer, 'here');
      await creator.next('peer', ({ event }) => event === 'joined');
      await relay.leave(joiner, creator);
      const again = await relay.connect();
      assert.equal((await again.attach(channel.id, channel.creator)).peer, 'away');
    },
  },
  {
    section: '2.3',
    says: 'another key, a proof for another nonce and one for another relay are refused (bad-signature)',
    async holds(relay) {
      const { channel } = await relay.created();
      const client = await relay.connect();
      client.sendAttach(channel.id, testKeys());
      await refusedWith(client, 'bad-signature');
      const proofs = [
        { relayOrigin: relay.origin, nonce: bytes(32) },
        { relayOrigin: 'https://other.example', nonce: client.nonce },
      ];
      for (const of of proofs) {
        const key = channel.creator.public;
        const signature = channel.creator.sign(attachProof({ ...of, channel: channel.id, key }));
        client.send({ frame: 'attach', channel: channel.id, key, since: 0, signature });
        await refusedWith(client, 'bad-signature');
      }
    },
  },
  {
    section: '2.2',
    says: 'a join whose proof is not the join key’s is refused (bad-signature)',
    async holds(relay) {
      const { channel, creator } = await relay.created();
      const client = await relay.connect();
      client.sendJoin(channel.id, testKeys(), channel.joiner.public);
      await refusedWith(client, 'bad-signature');
      const forged = { public: channel.join.public, sign: channel.joiner.sign };
      client.sendJoin(channel.id, forged, channel.joiner.public);
      await refusedWith(client, 'bad-signature');
      await creator.fence();
      assert.deepEqual(creator.taken('peer'), []);
    },
  },
  {
    section: '2.3',
    says: 'a channel that was never created is refused (unknown-channel)',
    async holds(relay) {
      const client = await relay.connect();
      client.sendAttach(bytes(16), testKeys());
      await refusedWith(client, 'unknown-channel');
    },
  },
  {
    section: '2.1',
    says: 'a second joiner is refused (already-joined), the creator hears of it; the same one is let in until it has attached',
    async holds(relay) {
      const { channel, creator } = await relay.paired();
      const other = await relay.connect();
      other.sendJoin(channel.id, channel.join, testKeys().public);
      await refusedWith(other, 'already-joined');
      await creator.next('peer', ({ event }) => event === 'second-join');
      other.sendJoin(channel.id, channel.join, channel.joiner.public);
      await other.next('attached');
      await other.attach(channel.id, channel.joiner);
      const late = await relay.connect();
      late.sendJoin(channel.id, channel.join, channel.joiner.public);
      await refusedWith(late, 'already-joined');
    },
  },
  {
    section: '2.1',
    says: 'the newest socket of a key wins; what the one before puts is rejected, and the peer hears nothing of it',
    async holds(relay) {
      const { channel, creator, joiner } = await relay.paired();
      const newest = await relay.connect();
      await newest.attach(channel.id, channel.joiner);
      const id = creator.put(channel.id, bytes(10));
      await delivered(newest, id);
      await noneDelivered(joiner);
      await rejectedWith(joiner, joiner.put(channel.id, bytes(10)), 'not-attached');
      await creator.fence();
      assert.deepEqual(
        creator.taken('peer').map(({ event }) => event),
        ['joined'],
      );
    },
  },
  {
    section: '2.3',
    says: 'put, subscribe, ring and close without an open mailbox are refused (not-attached), ack is passed over',
    async holds(relay) {
      const { channel } = await relay.created();
      const client = await relay.connect();
      await rejectedWith(client, client.put(channel.id, bytes(10)), 'not-attached');
      client.send({ frame: 'subscribe', channel: channel.id, subscription: '{}' });
      await refusedWith(client, 'not-attached');
      client.send({ frame: 'ring', channel: channel.id, id: bytes(16) });
      await refusedWith(client, 'not-attached');
      client.send({ frame: 'close', channel: channel.id });
      await refusedWith(client, 'not-attached');
      client.send({ frame: 'ack', channel: channel.id, seq: 1 });
      await client.fence();
      assert.deepEqual(client.unread, []);
    },
  },
];

const delivery: readonly Clause[] = [
  {
    section: '2.1',
    says: 'what is put is delivered and stored with one number, numbers rise, and received follows ack',
    async holds(relay) {
      const { channel, creator, joiner } = await relay.paired();
      const bodies = [bytes(0), bytes(1), bytes(8192)];
      let last = 0;
      for (const body of bodies) {
        const id = creator.put(channel.id, body);
        const deliver = await delivered(joiner, id);
        assert.ok(same(deliver.body, body));
        assert.ok(deliver.seq > last);
        assert.equal((await stored(creator, id)).seq, deliver.seq);
        last = deliver.seq;
        joiner.send({ frame: 'ack', channel: channel.id, seq: deliver.seq });
        await creator.next('received', (frame) => same(frame.id, id));
      }
    },
  },
  {
    section: '2.1',
    says: 'what is put before anybody has joined is kept for whoever joins; ack above the last number stands for all so far',
    async holds(relay) {
      const { channel, creator } = await relay.created();
      const ids = [creator.put(channel.id, bytes(10)), creator.put(channel.id, bytes(10))];
      for (const id of ids) await stored(creator, id);
      const joiner = await relay.connect();
      joiner.sendJoin(channel.id, channel.join, channel.joiner.public);
      let last = 0;
      for (const id of ids) last = (await delivered(joiner, id)).seq;
      joiner.send({ frame: 'ack', channel: channel.id, seq: last + 1_000 });
      for (const id of ids) await creator.next('received', (frame) => same(frame.id, id));
      await delivered(joiner, creator.put(channel.id, bytes(10)));
    },
  },
  {
    section: '2.1',
    says: 'what is acknowledged at once is received, whether or not stored came before, and keeps its number',
    async holds(relay) {
      const { channel, creator, joiner } = await relay.paired();
      const id = bytes(16);
      joiner.tap = (frame) => {
        if (frame.frame === 'deliver') joiner.send({ frame: 'ack', channel: channel.id, seq: frame.seq });
        return false;
      };
      creator.put(channel.id, bytes(10), { id });
      const { seq } = await delivered(joiner, id);
      await creator.next('received', (frame) => same(frame.id, id));
      await creator.fence();
      assert.equal(creator.taken('rejected').length, 0, 'it was rejected');
      creator.taken('stored');
      creator.put(channel.id, bytes(10), { id });
      assert.equal((await stored(creator, id)).seq, seq);
    },
  },
  {
    section: '2.1',
    says: 'what waits comes oldest first, comes again until it is acknowledged, and begins after since',
    async holds(relay) {
      const { channel, creator, joiner } = await relay.paired();
      await relay.leave(joiner, creator);
      const ids = Array.from({ length: 5 }, () => creator.put(channel.id, bytes(10)));
      for (const id of ids) await stored(creator, id);
      const arrived = async (since: number) => {
        const phone = await relay.connect();
        await phone.attach(channel.id, channel.joiner, since);
        await phone.fence();
        const found = phone.taken('deliver');
        return { phone, found, ids: found.map(({ id }) => Buffer.from(id).toString('hex')) };
      };
      const wanted = ids.map((id) => Buffer.from(id).toString('hex'));
      const first = await arrived(0);
      assert.deepEqual(first.ids, wanted);
      const second = (first.found[1] as { seq: number }).seq;
      assert.deepEqual((await arrived(second)).ids, wanted.slice(2));
      const third = await arrived(0);
      assert.deepEqual(third.ids, wanted);
      third.phone.send({ frame: 'ack', channel: channel.id, seq: second });
      await creator.next('received', ({ id }) => same(id, ids[1] as Uint8Array));
      assert.deepEqual((await arrived(0)).ids, wanted.slice(2));
    },
  },
  {
    section: '2.1',
    says: 'received is said again at the sender’s next attach',
    async holds(relay) {
      const { channel, creator, joiner } = await relay.paired();
      const id = creator.put(channel.id, bytes(10));
      const { seq } = await delivered(joiner, id);
      await stored(creator, id);
      await relay.leave(creator, joiner);
      joiner.send({ frame: 'ack', channel: channel.id, seq });
      await joiner.fence();
      const again = await relay.connect();
      await again.attach(channel.id, channel.creator);
      await again.next('received', (frame) => same(frame.id, id));
    },
  },
  {
    section: '2.1',
    says: 'a repeat of an id has its first number and is delivered once, also after it was acknowledged',
    async holds(relay) {
      const { channel, creator, joiner } = await relay.paired();
      const id = creator.put(channel.id, bytes(10));
      const { seq } = await delivered(joiner, id);
      assert.equal((await stored(creator, id)).seq, seq);
      joiner.send({ frame: 'ack', channel: channel.id, seq });
      await creator.next('received');
      creator.put(channel.id, bytes(10), { id });
      assert.equal((await stored(creator, id)).seq, seq);
      await noneDelivered(joiner);
    },
  },
  {
    section: '2.1',
    says: 'a repeat of an id that waits changes nothing, whatever else it says, and the ids of both sides are apart',
    async holds(relay) {
      const { channel, creator, joiner } = await relay.paired();
      await relay.leave(joiner, creator);
      const [body, id] = [bytes(10), bytes(16)];
      creator.put(channel.id, body, { id });
      const { seq } = await stored(creator, id);
      creator.put(channel.id, bytes(20), { id });
      assert.equal((await stored(creator, id)).seq, seq);
      const phone = await relay.connect();
      assert.equal((await phone.attach(channel.id, channel.joiner)).seq, seq);
      phone.put(channel.id, bytes(30), { id });
      await delivered(creator, id);
      await phone.fence();
      const found = phone.taken('deliver');
      assert.deepEqual(
        found.map((deliver) => same(deliver.body, body)),
        [true],
      );
    },
  },
  {
    section: '2.1',
    says: 'a full mailbox has room again after ack, and for what replaces something in it',
    async holds(relay) {
      const { channel, creator, joiner } = await relay.paired();
      const collapse = bytes(16);
      const ids = Array.from({ length: 64 }, (_, at) =>
        creator.put(channel.id, bytes(10), { collapse: at === 63 ? collapse : null }),
      );
      for (const id of ids) await stored(creator, id);
      await stored(creator, creator.put(channel.id, bytes(10), { collapse }));
      await rejectedWith(creator, creator.put(channel.id, bytes(10)), 'mailbox-full');
      joiner.send({ frame: 'ack', channel: channel.id, seq: (await delivered(joiner, ids[0] as Uint8Array)).seq });
      await creator.next('received');
      await stored(creator, creator.put(channel.id, bytes(10)));
    },
  },
  {
    section: '2.1',
    says: 'of what was replaced the sender hears no received, and its id said again is not delivered',
    async holds(relay) {
      const { channel, creator, joiner } = await relay.paired();
      const collapse = bytes(16);
      const ids = [0, 1].map(() => creator.put(channel.id, bytes(10), { collapse })) as [Uint8Array, Uint8Array];
      const [first, second] = [await delivered(joiner, ids[0]), await delivered(joiner, ids[1])];
      creator.put(channel.id, bytes(10), { id: ids[0], collapse });
      for (const { id, seq } of [first, second, first]) assert.equal((await stored(creator, id)).seq, seq);
      joiner.send({ frame: 'ack', channel: channel.id, seq: second.seq });
      assert.ok(same((await creator.next('received')).id, ids[1]), 'received for what was replaced');
      await noneDelivered(joiner);
    },
  },
  {
    section: '2.1',
    says: 'collapse replaces what is unread under the same bytes',
    async holds(relay) {
      const { channel, creator, joiner } = await relay.paired();
      await relay.leave(joiner, creator);
      const collapse = bytes(16);
      const ids = [0, 1, 2].map(() => creator.put(channel.id, bytes(10), { collapse }));
      for (const id of ids) await stored(creator, id);
      const phone = await relay.connect();
      await phone.attach(channel.id, channel.joiner);
      await phone.fence();
      const found = phone.taken('deliver');
      assert.equal(found.length, 1);
      assert.ok(same((found[0] as { id: Uint8Array }).id, ids[2] as Uint8Array));
    },
  },
  {
    section: '2.1',
    says: 'what expired is not delivered',
    async holds(relay) {
      const { channel, creator, joiner } = await relay.paired();
      await relay.leave(joiner, creator);
      await stored(creator, creator.put(channel.id, bytes(10), { lifeMs: 300 }));
      await after(600);
      const phone = await relay.connect();
      await phone.attach(channel.id, channel.joiner);
      await noneDelivered(phone);
    },
  },
  {
    section: '2.3',
    says: 'a life of over 24 h is rejected (too-large), and none at all (expired)',
    async holds(relay) {
      const { channel, creator } = await relay.paired();
      const put = (lifeMs: number) => creator.put(channel.id, bytes(10), { lifeMs });
      await rejectedWith(creator, put(24 * hour + 1), 'too-large');
      await rejectedWith(creator, put(0), 'expired');
      await stored(creator, put(24 * hour));
    },
  },
  {
    section: '2.3',
    says: 'the message that is one too many is rejected (mailbox-full), with when to try again',
    async holds(relay) {
      const { channel, creator, joiner } = await relay.paired();
      await relay.leave(joiner, creator);
      const ids = Array.from({ length: 64 }, () => creator.put(channel.id, bytes(10)));
      for (const id of ids) await stored(creator, id);
      assert.ok((await rejectedWith(creator, creator.put(channel.id, bytes(10)), 'mailbox-full')) > 0);
    },
  },
  {
    section: '2.1',
    says: 'both directions are apart, and so are two channels on one connection',
    async holds(relay) {
      const [one, other] = [await relay.paired(), await relay.paired()];
      await one.creator.attach(other.channel.id, other.channel.creator);
      const ids = [one.creator.put(one.channel.id, bytes(10)), one.creator.put(other.channel.id, bytes(10))];
      await delivered(one.joiner, ids[0] as Uint8Array);
      await delivered(other.joiner, ids[1] as Uint8Array);
      const back = one.joiner.put(one.channel.id, bytes(10));
      assert.ok(same((await delivered(one.creator, back)).channel, one.channel.id));
    },
  },
];

const ending: readonly Clause[] = [
  {
    section: '2.1',
    says: 'close is heard by both sides, and whoever comes later is refused (channel-closed)',
    async holds(relay) {
      const { channel, creator, joiner } = await relay.paired();
      joiner.send({ frame: 'close', channel: channel.id });
      await Promise.all([creator.next('closed'), joiner.next('closed')]);
      const late = await relay.connect();
      late.sendAttach(channel.id, channel.creator);
      await refusedWith(late, 'channel-closed');
      late.sendJoin(channel.id, channel.join, channel.joiner.public);
      await refusedWith(late, 'channel-closed');
      await rejectedWith(creator, creator.put(channel.id, bytes(10)), 'not-attached');
      await creationIs(relay, creationOf(channel, relay.origin), 410, 'channel-closed');
    },
  },
  {
    section: '2.1',
    says: 'without a subscription a put that finds nobody there, and a ring, are answered by pushed none',
    async holds(relay) {
      const { channel, creator, joiner } = await relay.paired();
      await relay.leave(joiner, creator);
      const put = creator.put(channel.id, bytes(10));
      assert.equal((await creator.next('pushed', ({ id }) => same(id, put))).outcome, 'none');
      const ring = bytes(16);
      creator.send({ frame: 'ring', channel: channel.id, id: ring });
      assert.equal((await creator.next('pushed', ({ id }) => same(id, ring))).outcome, 'none');
    },
  },
  {
    section: '2.1',
    says: 'what was delivered is pushed as well when its receiver leaves without an ack, or gives none for a while',
    async holds(relay) {
      const { channel, creator, joiner } = await relay.paired();
      const late = creator.put(channel.id, bytes(10));
      assert.equal((await creator.next('pushed', ({ id }) => same(id, late))).outcome, 'none');
      const left = creator.put(channel.id, bytes(10));
      await joiner.next('deliver', ({ id }) => same(id, left));
      await relay.leave(joiner, creator);
      assert.equal((await creator.next('pushed', ({ id }) => same(id, left))).outcome, 'none');
    },
  },
  {
    section: '2.1',
    says: 'a subscription to a host that is no push service is refused (push-refused)',
    async holds(relay) {
      const { channel, creator } = await relay.created();
      const keys = {
        p256dh: Buffer.from(bytes(65)).toString('base64url'),
        auth: Buffer.from(bytes(16)).toString('base64url'),
      };
      for (const endpoint of [
        'https://127.0.0.1/push',
        'http://fcm.googleapis.com/push',
        'https://relay.example/push',
      ]) {
        creator.send({ frame: 'subscribe', channel: channel.id, subscription: JSON.stringify({ endpoint, keys }) });
        await refusedWith(creator, 'push-refused');
      }
    },
  },
];

/** In the order of the protocol. */
export const clauses: readonly Clause[] = [...frames, ...creation, ...attaching, ...delivery, ...ending];
