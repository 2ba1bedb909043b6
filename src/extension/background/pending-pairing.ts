import { base64url, fromBase64url } from '../../core/bytes.ts';
import type { SharedKeys } from '../../core/conversation.ts';
import { errorCodes } from '../../core/errors.ts';
import { agreementKeys, signingKeys } from '../../core/keys.ts';
import { limits } from '../../core/limits.ts';
import type { OwnKeys, Paired } from '../../core/pairing.ts';
import { derivePairingSecrets, type PairingLink } from '../../core/pairing-link.ts';
import {
  boolean,
  encodedBytes,
  encodedUpTo,
  integer,
  object,
  oneOf,
  origin,
  type Parsed,
  type Parser,
  string,
  tagged,
} from '../../core/parse.ts';
import type { Contact } from '../../relay-client/post.ts';
import type { Pairing } from '../../vault/pairing-book.ts';

const key = encodedBytes(32);
const time = integer(0, 2 ** 48 - 1);

/** A code that is shown and that no phone has read yet. */
const offer = object({
  relay: origin,
  secret: encodedBytes(16),
  static: key,
  relayKeys: key,
  /** By the relay's clock. */
  expiresMs: time,
  /** By ours. */
  expiresAt: time,
});
export type Offer = Parsed<typeof offer>;
export const parseOffer: Parser<Offer> = offer;

/** A phone has read the code; what is missing is that both people say that the digits are the same. */
const handshake = object({
  relay: origin,
  channel: encodedBytes(16),
  static: key,
  relayKeys: key,
  remoteStatic: key,
  psk: key,
  digits: string(6, /^[0-9]{6}$/),
  peerName: string(limits.nameCharacters),
  /** Our half, until it surely left: the phone shows nothing without it. */
  second: object({ id: encodedBytes(16), body: encodedUpTo(limits.bodyBytes), expiresMs: time }),
  confirmedHere: boolean,
  confirmedThere: boolean,
  /** By our clock. */
  expiresAt: time,
});
export type Handshake = Parsed<typeof handshake>;
export const parseHandshake: Parser<Handshake> = handshake;

/** How it went, for whoever looks. */
const end = tagged('step', {
  paired: { phone: string(limits.nameCharacters) },
  failed: { code: oneOf(...errorCodes) },
});
export type PairingEnd = Parsed<typeof end>;
export const parseEnd: Parser<PairingEnd> = end;

export function ownKeysOf({ static: secret, relayKeys }: { static: string; relayKeys: string }): OwnKeys {
  return { static: agreementKeys(fromBase64url(secret)), relay: signingKeys(fromBase64url(relayKeys)) };
}

export function channelOf({ secret }: Offer): Uint8Array {
  return derivePairingSecrets(fromBase64url(secret)).channel;
}

export function linkOf(from: Offer): PairingLink {
  return {
    key: ownKeysOf(from).static.public,
    secret: fromBase64url(from.secret),
    expiresMs: from.expiresMs,
    relay: from.relay,
  };
}

/** What is left to do once a phone's half was taken. `now`: ms since 1970; `id`: 16 bytes for our half's message. */
export function handshakeOf(from: Offer, paired: Paired, second: Uint8Array, id: Uint8Array, now: number): Handshake {
  const { shared, digits, peerName } = paired;
  return {
    relay: from.relay,
    channel: base64url(shared.channel),
    static: from.static,
    relayKeys: from.relayKeys,
    remoteStatic: base64url(shared.remoteStatic),
    psk: base64url(shared.psk),
    digits,
    peerName,
    second: { id: base64url(id), body: base64url(second), expiresMs: from.expiresMs },
    confirmedHere: false,
    confirmedThere: false,
    expiresAt: now + limits.comparingMs,
  };
}

export function contactOf(from: Handshake): Contact {
  const own = ownKeysOf(from);
  const shared: SharedKeys = {
    channel: fromBase64url(from.channel),
    static: own.static,
    remoteStatic: fromBase64url(from.remoteStatic),
    psk: fromBase64url(from.psk),
  };
  return { ...shared, pairing: from.channel, relay: from.relay, relayKeys: own.relay };
}

/** `now`: ms since 1970. */
export function pairingOf(from: Handshake, now: number): Pairing {
  return { ...contactOf(from), peerName: from.peerName, pairedAt: now };
}
