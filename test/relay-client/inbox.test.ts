import { describe, expect, it } from 'vitest';
import { base64url } from '../../src/core/bytes.ts';
import { limits } from '../../src/core/limits.ts';
import type { Message } from '../../src/core/messages.ts';
import { newOwnKeys } from '../../src/core/pairing.ts';
import { type Contact, Post, type PostEvents } from '../../src/relay-client/post.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { FakeSocket } from './fake-socket.ts';
import { Storage } from './storage.ts';

const withdraw: Message = { kind: 'withdraw', id: base64url(new Uint8Array(16).fill(5)), reason: 'password' };
const lifeMs = 60_000;

describe('a hostile relay', () => {
  const clock = new ManualClock();
  const heard: Message[] = [];
  const dropped: string[] = [];
  const events = {
    message: async (_, message) => void heard.push(message),
    dropped: (_, code) => void dropped.push(code),
    status: () => undefined,
    peer: () => undefined,
  } as Partial<PostEvents> as PostEvents;

  async function resumed(contact: Contact, store: Storage): Promise<{ post: Post; socket: FakeSocket }> {
    const socket = new FakeSocket('');
    const random = seededRandom('hostile relay');
    const post = await Post.resume({ clock, events, store, random, open: () => socket }, [contact]);
    socket.say({
      frame: 'hello',
      version: 1,
      nonce: new Uint8Array(32),
      timeMs: clock.now(),
      bodyBytes: limits.bodyBytes,
      waitingMessages: 1,
    });
    socket.say({ frame: 'attached', channel: contact.channel, seq: 0, peer: 'here' });
    return { post, socket };
  }

  it('cannot have a first message taken for a new one, however late, nor make anything be remembered for ever', async () => {
    const random = seededRandom('hostile keys');
    const [ours, theirs] = [newOwnKeys(random), newOwnKeys(random)];
    const channel = random(16);
    const common = { pairing: base64url(channel), relay: 'https://relay.example', channel, psk: random(32) };
    const sender = { ...common, static: ours.static, remoteStatic: theirs.static.public, relayKeys: ours.relay };
    const receiver = { ...common, static: theirs.static, remoteStatic: ours.static.public, relayKeys: theirs.relay };
    const from = await resumed(sender, new Storage());
    await from.post.begin(common.pairing, withdraw, lifeMs);
    const [{ body } = { body: new Uint8Array() }] = from.socket.frames('put');
    from.post.stop();

    const store = new Storage();
    const deliver = async (seq: number) => {
      const { post, socket } = await resumed(receiver, store);
      socket.say({ frame: 'deliver', channel, seq, id: random(16), expiresMs: 2 ** 48 - 1, body });
      await expect.poll(() => socket.frames('ack')).toHaveLength(1);
      post.stop();
    };
    await deliver(1);
    clock.pass(2 * limits.longestRequestLifeMs + 1);
    await deliver(2);
    clock.pass(limits.messageLifeMs - 2 * limits.longestRequestLifeMs);
    await deliver(3);
    expect(heard).toEqual([withdraw]);
    expect(dropped).toEqual(['replayed', 'replayed']);
    for (const [, { expiresMs }] of (await store.entries('seen:')) as [string, { expiresMs: number }][]) {
      expect(expiresMs).toBeLessThanOrEqual(clock.now() + limits.messageLifeMs);
    }
  });
});
