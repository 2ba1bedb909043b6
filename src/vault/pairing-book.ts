import { base64url, fromBase64url } from '../core/bytes.ts';
import type { SharedKeys } from '../core/conversation.ts';
import { agreementKeys, type KeyPair, signingKeys } from '../core/keys.ts';
import { limits } from '../core/limits.ts';
import { encodedBytes, integer, object, origin, type Parsed, string } from '../core/parse.ts';
import type { Vault } from './vault.ts';

/** A pairing that both people confirmed. */
export interface Pairing extends SharedKeys {
  /** base64url of the channel. */
  readonly pairing: string;
  /** The relay's origin. */
  readonly relay: string;
  /** Ours, Ed25519. */
  readonly relayKeys: KeyPair;
  /** What the other device calls itself. */
  readonly peerName: string;
  /** ms since 1970. */
  readonly pairedAt: number;
}

const key = encodedBytes(32);
const saved = object({
  relay: origin,
  channel: encodedBytes(16),
  static: key,
  remoteStatic: key,
  psk: key,
  relayKeys: key,
  peerName: string(limits.nameCharacters),
  pairedAt: integer(0, Number.MAX_SAFE_INTEGER),
});

/** The pairings of this device, in its vault. */
export class PairingBook {
  readonly #vault: Vault;

  constructor(vault: Vault) {
    this.#vault = vault;
  }

  /** Oldest first. Throws `key-storage-broken` when what is stored cannot be opened. */
  async all(): Promise<Pairing[]> {
    const entries = await this.#vault.entries('pairing:');
    return entries
      .map(([name, value]) => parsePairing(value, name))
      .sort((left, right) => left.pairedAt - right.pairedAt);
  }

  /** Null for one that there is not. Throws `key-storage-broken` when what is stored cannot be opened. */
  async find(pairing: string): Promise<Pairing | null> {
    const name = `pairing:${pairing}`;
    const value = await this.#vault.get(name);
    return value === undefined ? null : parsePairing(value, name);
  }

  add(pairing: Pairing): Promise<void> {
    return this.#vault.set({ [`pairing:${pairing.pairing}`]: pairingRecord(pairing) });
  }

  remove(pairing: string): Promise<void> {
    return this.#vault.remove([`pairing:${pairing}`]);
  }
}

/** A pairing as JSON. It is secret. */
export function pairingRecord(pairing: Pairing): Parsed<typeof saved> {
  return {
    relay: pairing.relay,
    channel: base64url(pairing.channel),
    static: base64url(pairing.static.secret),
    remoteStatic: base64url(pairing.remoteStatic),
    psk: base64url(pairing.psk),
    relayKeys: base64url(pairing.relayKeys.secret),
    peerName: pairing.peerName,
    pairedAt: pairing.pairedAt,
  };
}

/** The pairing that `pairingRecord` gave. Throws `malformed-message`, naming the field. */
export function parsePairing(value: unknown, name = 'pairing'): Pairing {
  const from = saved(value, name);
  return {
    pairing: from.channel,
    relay: from.relay,
    channel: fromBase64url(from.channel),
    static: agreementKeys(fromBase64url(from.static)),
    remoteStatic: fromBase64url(from.remoteStatic),
    psk: fromBase64url(from.psk),
    relayKeys: signingKeys(fromBase64url(from.relayKeys)),
    peerName: from.peerName,
    pairedAt: from.pairedAt,
  };
}
