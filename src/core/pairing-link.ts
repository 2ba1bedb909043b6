import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytes, decode, encode, struct, u8, u48, utf8UpTo } from './binary.ts';
import { type Bytes, base64url, fromBase64url, utf8 } from './bytes.ts';
import { AppError } from './errors.ts';
import { type KeyPair, signingKeys } from './keys.ts';
import { origin as parseOrigin } from './parse.ts';

const version = 1;
const layout = struct({ version: u8, key: bytes(32), secret: bytes(16), expiresMs: u48, relay: utf8UpTo(255) });

/** What a pairing QR says (docs/protocol.md §4). */
export interface PairingLink {
  /** The browser's X25519 public key for this pairing, 32 bytes. */
  key: Uint8Array;
  /** 16 bytes from which both sides derive what they share before they have spoken. */
  secret: Uint8Array;
  /** By the relay's clock, ms since 1970. */
  expiresMs: number;
  /** The relay's origin. The phone app lives there too. */
  relay: string;
}

/** The link as it stands in the QR. Everything secret is in the fragment, which no browser sends to a server. */
export function pairingUrl(link: PairingLink): string {
  return `${link.relay}/pair#${base64url(encode(layout, { version, ...link }))}`;
}

/**
 * Reads a scanned, pasted or opened link, or its fragment alone. Throws `link-malformed`, or `link-version` for one
 * of another version of Tandem. Whether it expired is for who knows the relay's clock.
 */
export function parsePairingLink(given: string): PairingLink {
  const encoded = given.trim().replace(/^[^#]*#/, '');
  let raw: Bytes;
  try {
    raw = fromBase64url(encoded);
  } catch (cause) {
    throw new AppError('link-malformed', undefined, { cause });
  }
  if (raw.length > 0 && raw[0] !== version) throw new AppError('link-version', `version ${raw[0]}`);
  try {
    const { key, secret, expiresMs, relay } = decode(layout, raw);
    return { key, secret, expiresMs, relay: parseOrigin(relay, 'relay') };
  } catch (cause) {
    throw new AppError('link-malformed', undefined, { cause });
  }
}

/** What both sides derive from the link's secret (HKDF-SHA256, RFC 5869, no salt). */
export interface PairingSecrets {
  /** 16 bytes. */
  channel: Bytes;
  /** Ed25519 keys that are good for joining the channel once. */
  joinKeys: KeyPair;
  /** 32 bytes. */
  psk: Bytes;
}

export function derivePairingSecrets(secret: Uint8Array): PairingSecrets {
  const derive = (label: string, length: number) => hkdf(sha256, secret, undefined, utf8(label), length) as Bytes;
  return {
    channel: derive('tandem/1 channel', 16),
    joinKeys: signingKeys(derive('tandem/1 join key', 32)),
    psk: derive('tandem/1 pairing psk', 32),
  };
}
