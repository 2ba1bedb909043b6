import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { encode, struct, u8, u48, utf8UpTo } from './binary.ts';
import { type Bytes, text, utf8 } from './bytes.ts';
import { Conversation, type SharedKeys } from './conversation.ts';
import { agreementKeys, type KeyPair, type Random, signingKeys } from './keys.ts';
import { limits } from './limits.ts';
import { HandshakeState } from './noise/handshake-state.ts';
import { derivePairingSecrets, type PairingLink } from './pairing-link.ts';
import { json, object, string } from './parse.ts';

const prologueLayout = struct({ label: utf8UpTo(64), version: u8, relay: utf8UpTo(255), expiresMs: u48 });
const introduction = object({ name: string(limits.nameCharacters, /\S/) });

/** One side's own keys for one pairing; each pairing has new ones, so that nothing links two of them. */
export interface OwnKeys {
  /** X25519. */
  readonly static: KeyPair;
  /** Ed25519: who we are to the relay. */
  readonly relay: KeyPair;
}

export function newOwnKeys(random: Random): OwnKeys {
  return { static: agreementKeys(random(32)), relay: signingKeys(random(32)) };
}

/** What the handshake leaves; it counts once both people have compared the digits. */
export interface Paired {
  shared: SharedKeys;
  /** Six digits, as text, to be compared. */
  digits: string;
  /** What the other device calls itself; not to be believed before the digits are. */
  peerName: string;
  /** For `confirm` or `refuse`. Its id is the channel's. */
  conversation: Conversation;
}

/** The phone's half: `first` is to be sent, `finish` takes the reply. Noise IKpsk1, the phone first. */
export interface PhonePairing {
  readonly first: Uint8Array;
  /** Throws `decryption-failed` for a reply that is not from who showed the QR, `malformed-message` for one that makes no sense. */
  finish(second: Uint8Array): Paired;
}

/**
 * `ephemeralSecret`, 32 bytes, is kept by a phone that may be restarted before the reply comes: with the same one, keys
 * and name it says the same bytes again and can read the reply.
 */
export function pairAsPhone(
  link: PairingLink,
  keys: OwnKeys,
  name: string,
  random: Random,
  ephemeralSecret: Uint8Array = random(32),
): PhonePairing {
  const { channel, psk } = derivePairingSecrets(link.secret);
  const handshake = new HandshakeState({
    pattern: 'IKpsk1',
    role: 'initiator',
    prologue: prologue(link),
    static: keys.static,
    remoteStatic: link.key,
    psk,
    ephemeral: agreementKeys(ephemeralSecret),
  });
  const first = handshake.writeMessage(introduce(name));
  return {
    first,
    finish: (second) => finish(handshake, channel, keys, handshake.readMessage(second), random),
  };
}

/**
 * The browser's half: takes the phone's message, gives the reply to send. Throws `decryption-failed` for a phone that
 * has not read this QR, `malformed-message` for one that makes no sense.
 */
export function pairAsBrowser(
  link: PairingLink,
  keys: OwnKeys,
  name: string,
  first: Uint8Array,
  random: Random,
): { second: Uint8Array; paired: Paired } {
  const { channel, psk } = derivePairingSecrets(link.secret);
  const handshake = new HandshakeState({
    pattern: 'IKpsk1',
    role: 'responder',
    prologue: prologue(link),
    static: keys.static,
    psk,
    ephemeral: agreementKeys(random(32)),
  });
  const theirs = handshake.readMessage(first);
  const second = handshake.writeMessage(introduce(name));
  return { second, paired: finish(handshake, channel, keys, theirs, random) };
}

function finish(
  handshake: HandshakeState,
  channel: Bytes,
  keys: OwnKeys,
  introducedAs: Uint8Array,
  random: Random,
): Paired {
  const { name } = introduction(json(text(introducedAs)), 'introduction');
  const shared: SharedKeys = {
    channel,
    static: keys.static,
    remoteStatic: handshake.remoteStatic as Uint8Array,
    psk: handshake.exportKey(),
  };
  return {
    shared,
    digits: digits(handshake.handshakeHash()),
    peerName: name,
    conversation: Conversation.opened(shared, random, channel, handshake.split()),
  };
}

/** 64 bits of the handshake hash, so that no six digits are likelier than others by more than 2^−44. */
function digits(hash: Uint8Array): string {
  const bits = hkdf(sha256, hash, undefined, utf8('tandem/1 digits'), 8);
  const value = new DataView(bits.buffer, bits.byteOffset, 8).getBigUint64(0) % 1_000_000n;
  return value.toString().padStart(6, '0');
}

function prologue({ relay, expiresMs }: PairingLink): Bytes {
  return encode(prologueLayout, { label: 'tandem/1 pairing', version: 1, relay, expiresMs });
}

function introduce(name: string): Bytes {
  return utf8(JSON.stringify({ name }));
}
