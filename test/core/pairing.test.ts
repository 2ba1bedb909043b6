import { describe, expect, it } from 'vitest';
import { utf8 } from '../../src/core/bytes.ts';
import { Conversation } from '../../src/core/conversation.ts';
import { agreementKeys } from '../../src/core/keys.ts';
import { decodeMessage, encodeMessage } from '../../src/core/messages.ts';
import { HandshakeState } from '../../src/core/noise/handshake-state.ts';
import { newOwnKeys, type OwnKeys, pairAsBrowser, pairAsPhone } from '../../src/core/pairing.ts';
import { derivePairingSecrets, type PairingLink } from '../../src/core/pairing-link.ts';
import { refusal } from '../support/refusal.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { tamperedEverywhere, truncatedEverywhere } from '../support/tampering.ts';

const random = seededRandom('pairing');
const browserKeys = newOwnKeys(random);
const phoneKeys = newOwnKeys(random);
const link: PairingLink = {
  key: browserKeys.static.public,
  secret: random(16),
  expiresMs: 1_800_000_000_000,
  relay: 'https://relay.example',
};

function pair(keys: OwnKeys = phoneKeys) {
  const phone = pairAsPhone(link, keys, 'Phone 7', random);
  const { second, paired: browser } = pairAsBrowser(link, browserKeys, 'Browser on Linux', phone.first, random);
  return { phone: phone.finish(second), browser };
}

describe('a pairing', () => {
  it('leaves both sides with the same digits, names, channel and pre-shared key', () => {
    const { phone, browser } = pair();
    expect(phone.digits).toMatch(/^\d{6}$/);
    expect(browser.digits).toBe(phone.digits);
    expect([phone.peerName, browser.peerName]).toEqual(['Browser on Linux', 'Phone 7']);
    expect(phone.shared.psk).toEqual(browser.shared.psk);
    expect(phone.shared.psk).not.toEqual(derivePairingSecrets(link.secret).psk);
    expect(phone.shared.channel).toEqual(derivePairingSecrets(link.secret).channel);
    expect(phone.shared.remoteStatic).toEqual(browserKeys.static.public);
    expect(browser.shared.remoteStatic).toEqual(phoneKeys.static.public);
  });

  it('has other digits each time, and for each phone', () => {
    const digits = [pair(), pair(), pair(newOwnKeys(random))].map(({ phone }) => phone.digits);
    expect(new Set(digits).size).toBe(3);
  });

  it('goes on as a conversation, from either side, also after a restart', () => {
    const { phone, browser } = pair();
    const confirm = encodeMessage({ kind: 'confirm' });
    expect(decodeMessage(browser.conversation.open(phone.conversation.seal(confirm)))).toEqual({ kind: 'confirm' });
    const saved = JSON.parse(JSON.stringify(browser.conversation));
    const restored = Conversation.restore(browser.shared, random, saved);
    expect(decodeMessage(phone.conversation.open(restored.seal(confirm)))).toEqual({ kind: 'confirm' });
  });

  it('is taken up again by a phone that was restarted before the reply came', () => {
    const ephemeral = random(32);
    const before = pairAsPhone(link, phoneKeys, 'Phone 7', random, ephemeral);
    const { second, paired } = pairAsBrowser(link, browserKeys, 'Browser on Linux', before.first, random);
    const after = pairAsPhone(link, phoneKeys, 'Phone 7', random, ephemeral);
    expect(after.first).toEqual(before.first);
    expect(after.finish(second).digits).toBe(paired.digits);
  });

  it('leaves keys that later requests can be sealed with', () => {
    const { phone, browser } = pair();
    const { conversation, body } = Conversation.start(browser.shared, random, utf8('request'));
    const accepted = Conversation.accept(phone.shared, random, body);
    expect(accepted.plaintext).toEqual(utf8('request'));
    expect(conversation.open(accepted.conversation.seal(utf8('receipt')))).toEqual(utf8('receipt'));
  });

  it.each<[string, Partial<PairingLink>]>([
    ['secret', { secret: random(16) }],
    ['relay', { relay: 'https://other.example' }],
    ['expiry', { expiresMs: link.expiresMs + 1 }],
    ['browser key', { key: agreementKeys(random(32)).public }],
  ])('fails for a phone that has read another %s', (_, change) => {
    const { first } = pairAsPhone({ ...link, ...change }, phoneKeys, 'Phone 7', random);
    const { code } = refusal(() => pairAsBrowser(link, browserKeys, 'Browser', first, random));
    expect(code).toBe('decryption-failed');
  });

  it('fails when any byte of the phone’s message is changed or missing', () => {
    const { first } = pairAsPhone(link, phoneKeys, 'P', random);
    for (const { bytes } of [...tamperedEverywhere(first), ...truncatedEverywhere(first)]) {
      const { code } = refusal(() => pairAsBrowser(link, browserKeys, 'B', bytes, random));
      expect(code).toBe('decryption-failed');
    }
  });

  it('fails when the reply is not from who showed the code', () => {
    const phone = pairAsPhone(link, phoneKeys, 'Phone 7', random);
    const { second } = pairAsBrowser(link, browserKeys, 'Browser', phone.first, random);
    for (const { bytes } of tamperedEverywhere(second)) {
      const retried = pairAsPhone(link, phoneKeys, 'Phone 7', random);
      expect(refusal(() => retried.finish(bytes)).code).toBe('decryption-failed');
    }
  });
});

describe('what a phone calls itself', () => {
  function introducedBy(payload: string): Uint8Array {
    const handshake = new HandshakeState({
      pattern: 'IKpsk1',
      role: 'initiator',
      prologue: prologueOfLink,
      static: phoneKeys.static,
      remoteStatic: link.key,
      psk: derivePairingSecrets(link.secret).psk,
      ephemeral: agreementKeys(random(32)),
    });
    return handshake.writeMessage(utf8(payload));
  }

  // docs/protocol.md §4, by hand: label, version, relay and expiry.
  const prologueOfLink = Uint8Array.of(
    ...[0, 16, ...utf8('tandem/1 pairing'), 1],
    ...[0, link.relay.length, ...utf8(link.relay)],
    ...[0x01, 0xa3, 0x18, 0x5c, 0x50, 0x00],
  );

  it('is taken as it is', () => {
    const { paired } = pairAsBrowser(link, browserKeys, 'B', introducedBy('{"name":"Zoë’s 📱"}'), random);
    expect(paired.peerName).toBe('Zoë’s 📱');
  });

  it.each([
    ['nothing', ''],
    ['not JSON', '{name}'],
    ['no name', '{}'],
    ['a number', '{"name":7}'],
    ['blanks', '{"name":"  "}'],
    ['too long', JSON.stringify({ name: 'x'.repeat(257) })],
    ['turned around', JSON.stringify({ name: 'abc\u202edef' })],
    ['a control character', JSON.stringify({ name: 'a\u0000b' })],
    ['a prototype', '{"__proto__":{"name":"x"}}'],
  ])('is refused when it is %s', (_, payload) => {
    const { code } = refusal(() => pairAsBrowser(link, browserKeys, 'B', introducedBy(payload), random));
    expect(code).toBe('malformed-message');
  });
});
