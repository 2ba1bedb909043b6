import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base64url, fromBase64url } from '../../src/core/bytes.ts';
import { derivePairingSecrets, type PairingLink, pairingUrl, parsePairingLink } from '../../src/core/pairing-link.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { refusal } from '../support/refusal.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { tamperedEverywhere, truncatedEverywhere } from '../support/tampering.ts';

const random = seededRandom('pairing link');
const link: PairingLink = {
  key: random(32),
  secret: random(16),
  expiresMs: 1_800_000_000_000,
  relay: 'https://relay.example',
};
const fragment = pairingUrl(link).replace(/^.*#/, '');

const anyLink: fc.Arbitrary<PairingLink> = fc.record({
  key: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  secret: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  expiresMs: fc.nat({ max: 2 ** 48 - 1 }),
  relay: fc.oneof(
    fc.domain().map((domain) => `https://${domain.toLowerCase()}`),
    fc.integer({ min: 1024, max: 65_535 }).map((port) => `http://localhost:${port}`),
  ),
});

describe('a pairing link', () => {
  it('has everything secret behind its #', () => {
    expect(pairingUrl(link)).toMatch(/^https:\/\/relay\.example\/pair#[A-Za-z0-9_-]+$/);
  });

  it('comes back as it was: as a link, with blanks around it, or as its fragment', () => {
    fc.assert(
      fc.property(anyLink, (given) => {
        const url = pairingUrl(given);
        for (const form of [url, `  ${url}\n`, url.slice(url.indexOf('#')), url.slice(url.indexOf('#') + 1)]) {
          expect(parsePairingLink(form)).toEqual(given);
        }
      }),
      propertyRuns(100),
    );
  });

  it('is refused at every length that is shorter', () => {
    for (const { bytes } of truncatedEverywhere(fromBase64url(fragment))) {
      expect(refusal(() => parsePairingLink(base64url(bytes))).code).toBe('link-malformed');
    }
    for (let length = 0; length < fragment.length; length++) {
      expect(refusal(() => parsePairingLink(`${link.relay}/pair#${fragment.slice(0, length)}`)).code).toBe(
        'link-malformed',
      );
    }
  });

  it('is refused with anything after it', () => {
    const longer = new Uint8Array([...fromBase64url(fragment), 0]);
    expect(refusal(() => parsePairingLink(base64url(longer))).code).toBe('link-malformed');
  });

  it('is never the same once a byte is changed', () => {
    const raw = fromBase64url(fragment);
    for (const { bytes } of tamperedEverywhere(raw)) {
      try {
        expect(parsePairingLink(base64url(bytes))).not.toEqual(link);
      } catch (thrown) {
        expect(['link-malformed', 'link-version']).toContain((thrown as { code?: string }).code);
      }
    }
  });

  it('says so when it is of another version', () => {
    const raw = fromBase64url(fragment);
    for (const version of [0, 2, 255]) {
      raw[0] = version;
      expect(refusal(() => parsePairingLink(base64url(raw))).code).toBe('link-version');
    }
  });

  it('leads to no relay that is not secure', () => {
    for (const relay of ['http://relay.example', 'https://relay.example/', 'javascript:alert(1)', 'https://a@b', '']) {
      expect(refusal(() => parsePairingLink(pairingUrl({ ...link, relay }))).code).toBe('link-malformed');
    }
  });

  it.each(['', '#', 'https://relay.example/pair', 'not a link', 'https://a.example/#x#y', '💥', 'WIFI:S:home;P:x;;'])(
    'is not “%s”',
    (rubbish) => {
      expect(refusal(() => parsePairingLink(rubbish)).code).toBe('link-malformed');
    },
  );

  it('may be any text at all', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (rubbish) => {
        expect(['link-malformed', 'link-version']).toContain(refusal(() => parsePairingLink(rubbish)).code);
      }),
      propertyRuns(300),
    );
  });
});

describe('what both sides derive', () => {
  it('is the same for the same secret, and shares nothing between its parts', () => {
    const secrets = derivePairingSecrets(link.secret);
    expect(derivePairingSecrets(link.secret.slice())).toEqual(secrets);
    expect([secrets.channel.length, secrets.joinKeys.public.length, secrets.psk.length]).toEqual([16, 32, 32]);
    const parts = [secrets.channel, secrets.psk.slice(0, 16), secrets.joinKeys.secret.slice(0, 16)];
    expect(new Set(parts.map((part) => part.join())).size).toBe(3);
  });

  it('differs when any bit of the secret does', () => {
    const { channel, psk } = derivePairingSecrets(link.secret);
    for (const { bytes } of tamperedEverywhere(link.secret)) {
      const other = derivePairingSecrets(bytes);
      expect(other.channel).not.toEqual(channel);
      expect(other.psk).not.toEqual(psk);
    }
  });
});
