import { describe, expect, it, onTestFinished } from 'vitest';
import { codeOf } from '../../../src/core/errors.ts';
import { newOwnKeys } from '../../../src/core/pairing.ts';
import { derivePairingSecrets } from '../../../src/core/pairing-link.ts';
import { createChannel } from '../../../src/extension/background/channel-creation.ts';
import { startTestRelay } from '../../relay/test-relay.ts';
import { seededRandom } from '../../support/seeded-random.ts';

function newChannel(relay: string, seed = 'channel') {
  const random = seededRandom(seed);
  const { channel, joinKeys } = derivePairingSecrets(random(16));
  return { relay, channel, keys: newOwnKeys(random).relay, joinKey: joinKeys.public };
}

const refusalOf = (answer: Promise<unknown>) => answer.then(() => 'created', codeOf);
const saying =
  (body: string, status = 200) =>
  async () =>
    new Response(body, { status });

describe('creating a channel', () => {
  it('gives the relay’s time', async () => {
    const relay = await startTestRelay();
    onTestFinished(() => relay.stop());
    expect(await createChannel(fetch, newChannel(relay.origin))).toBe(relay.clock.nowMs);
  });

  it('throws what the relay refuses with', async () => {
    const relay = await startTestRelay({ limits: { creationsPerAddressHour: 1 } });
    onTestFinished(() => relay.stop());
    expect(await refusalOf(createChannel(fetch, newChannel(relay.origin)))).toBe('created');
    expect(await refusalOf(createChannel(fetch, newChannel(relay.origin, 'other')))).toBe('too-many-requests');
  });

  it('says that a relay cannot be reached', async () => {
    expect(await refusalOf(createChannel(fetch, newChannel('http://localhost:1')))).toBe('relay-unreachable');
  });

  it.each([
    [saying('<h1>proxy</h1>'), 'relay-unreachable'],
    [saying('{"code":"toString"}', 502), 'relay-unreachable'],
    [saying('null', 500), 'relay-unreachable'],
    [saying('{}'), 'malformed-message'],
    [saying('{"timeMs":"now"}'), 'malformed-message'],
    [() => Promise.reject(new DOMException('late', 'TimeoutError')), 'relay-timeout'],
  ])('believes nothing else: %#', async (fetch, code) => {
    expect(await refusalOf(createChannel(fetch, newChannel('https://relay.example')))).toBe(code);
  });
});
