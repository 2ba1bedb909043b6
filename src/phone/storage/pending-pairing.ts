import { base64url, fromBase64url } from '../../core/bytes.ts';
import { agreementKeys, signingKeys } from '../../core/keys.ts';
import { limits } from '../../core/limits.ts';
import { orNull } from '../../core/or-null.ts';
import type { OwnKeys } from '../../core/pairing.ts';
import type { PairingLink } from '../../core/pairing-link.ts';
import { boolean, encodedBytes, integer, origin, string, tagged } from '../../core/parse.ts';
import { type Pairing, pairingRecord, parsePairing } from '../../vault/pairing-book.ts';
import type { Vault } from '../../vault/vault.ts';
import { pendingPlace } from './pending-place.ts';

/** The link was read; what it takes to say the first message again, byte for byte, and to read the reply. */
export interface Joining {
  readonly stage: 'joining';
  readonly link: PairingLink;
  readonly keys: OwnKeys;
  /** 32 bytes. */
  readonly ephemeralSecret: Uint8Array;
  /** Of the first message at the relay, 16 bytes. */
  readonly firstId: Uint8Array;
  readonly deviceName: string;
  /** The first message was put, so that a reply may come. */
  readonly asked: boolean;
}

/** Both sides show digits. */
export interface Comparing {
  readonly stage: 'comparing';
  readonly pairing: Pairing;
  readonly digits: string;
  /** By this device's clock, ms. */
  readonly since: number;
  /** Which side has said that they match. */
  readonly here: boolean;
  readonly there: boolean;
}

/** A pairing that is not yet confirmed, as it survives a reload. */
export type PendingPairing = Joining | Comparing;

const name = string(limits.nameCharacters, /\S/);
const time = integer(0, Number.MAX_SAFE_INTEGER);
const key = encodedBytes(32);
const saved = tagged('stage', {
  joining: {
    linkKey: key,
    secret: encodedBytes(16),
    expiresMs: time,
    relay: origin,
    staticSecret: key,
    relaySeed: key,
    ephemeralSecret: key,
    firstId: encodedBytes(16),
    deviceName: name,
    asked: boolean,
  },
  comparing: {
    pairing: parsePairing,
    digits: string(6, /^\d{6}$/),
    since: time,
    here: boolean,
    there: boolean,
  },
});

/** The pairing under way, or null; forgets one that cannot be read. Throws `key-storage-broken`. */
export async function loadPendingPairing(vault: Vault): Promise<PendingPairing | null> {
  const value = await vault.get(pendingPlace);
  const from = orNull(() => saved(value, pendingPlace));
  if (from === null) {
    await forgetPendingPairing(vault);
    return null;
  }
  if (from.stage === 'comparing') return from;
  return {
    stage: 'joining',
    link: {
      key: fromBase64url(from.linkKey),
      secret: fromBase64url(from.secret),
      expiresMs: from.expiresMs,
      relay: from.relay,
    },
    keys: {
      static: agreementKeys(fromBase64url(from.staticSecret)),
      relay: signingKeys(fromBase64url(from.relaySeed)),
    },
    ephemeralSecret: fromBase64url(from.ephemeralSecret),
    firstId: fromBase64url(from.firstId),
    deviceName: from.deviceName,
    asked: from.asked,
  };
}

export function savePendingPairing(vault: Vault, pending: PendingPairing): Promise<void> {
  return vault.set({ [pendingPlace]: recordOf(pending) });
}

export function forgetPendingPairing(vault: Vault): Promise<void> {
  return vault.remove([pendingPlace]);
}

function recordOf(pending: PendingPairing): Record<string, unknown> {
  if (pending.stage === 'comparing') return { ...pending, pairing: pairingRecord(pending.pairing) };
  const { link, keys, ephemeralSecret, firstId, deviceName, asked } = pending;
  return {
    stage: 'joining',
    linkKey: base64url(link.key),
    secret: base64url(link.secret),
    expiresMs: link.expiresMs,
    relay: link.relay,
    staticSecret: base64url(keys.static.secret),
    relaySeed: base64url(keys.relay.secret),
    ephemeralSecret: base64url(ephemeralSecret),
    firstId: base64url(firstId),
    deviceName,
    asked,
  };
}
