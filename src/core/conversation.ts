import { bytes, decode, encode, oneOf, struct, u8, u48, upTo } from './binary.ts';
import { type Bytes, base64url, concat, fromBase64url, utf8 } from './bytes.ts';
import { AppError } from './errors.ts';
import { agreementKeys, type KeyPair, type Random } from './keys.ts';
import { limits } from './limits.ts';
import { CipherState } from './noise/cipher-state.ts';
import { type HandshakeOptions, HandshakeState } from './noise/handshake-state.ts';
import { encodedBytes, integer, object, type Parsed, tagged } from './parse.ts';

/** What two paired devices share; enough to talk, not enough to approve. */
export interface SharedKeys {
  /** 16 bytes. */
  readonly channel: Uint8Array;
  /** Ours, X25519. */
  readonly static: KeyPair;
  /** Theirs, 32 bytes. */
  readonly remoteStatic: Uint8Array;
  /** 32 bytes, exported from the pairing handshake. */
  readonly psk: Uint8Array;
}

/** `first` and `second` carry the handshake, each with a payload; `further` is what follows. */
const steps = ['first', 'second', 'further'] as const;
const envelope = struct({
  version: u8,
  step: oneOf(steps),
  conversation: bytes(16),
  nonce: u48,
  sealed: upTo(limits.bodyBytes),
});
const version = 1;
const nothing = new Uint8Array(0);

const key = encodedBytes(32);
const symmetric = object({ chainingKey: key, hash: key, key, nonce: integer(0, 2 ** 48) });

/** A conversation at rest: JSON, with bytes in base64url. It is secret. */
const saved = tagged('stage', {
  asked: { id: encodedBytes(16), ephemeral: key, symmetric },
  heard: { id: encodedBytes(16), remoteEphemeral: key, symmetric },
  open: {
    id: encodedBytes(16),
    send: key,
    sendNonce: integer(0, 2 ** 48),
    receive: key,
    receiveNonce: integer(0, 2 ** 48),
  },
});
export type SavedConversation = Parsed<typeof saved>;

type State =
  | { stage: 'asked'; handshake: HandshakeState; ephemeral: KeyPair }
  | { stage: 'heard'; handshake: HandshakeState }
  | { stage: 'open'; send: CipherState; receive: CipherState };

/**
 * One request and all that is said about it, sealed with Noise KKpsk0 (docs/protocol.md §5). Messages carry their
 * nonce, because one that expired at the relay never comes; what was opened once is refused a second time.
 */
export class Conversation {
  /** 16 bytes. */
  readonly id: Uint8Array;
  readonly #keys: SharedKeys;
  readonly #random: Random;
  #state: State;

  private constructor(id: Uint8Array, keys: SharedKeys, random: Random, state: State) {
    this.id = id;
    this.#keys = keys;
    this.#random = random;
    this.#state = state;
  }

  /** Begins one: `plaintext` rides in its first message. Gives the conversation and the body to send. */
  static start(keys: SharedKeys, random: Random, plaintext: Uint8Array): { conversation: Conversation; body: Bytes } {
    const id = random(16);
    const ephemeral = agreementKeys(random(32));
    const handshake = new HandshakeState(handshakeOptions('initiator', keys, id, ephemeral));
    const sealed = handshake.writeMessage(plaintext);
    const conversation = new Conversation(id, keys, random, { stage: 'asked', handshake, ephemeral });
    return { conversation, body: wrap('first', id, 0, sealed) };
  }

  /** Takes a first message. Throws `malformed-frame`, `unsupported-version` or `decryption-failed`. */
  static accept(
    keys: SharedKeys,
    random: Random,
    body: Uint8Array,
  ): { conversation: Conversation; plaintext: Uint8Array } {
    const { step, conversation: id, sealed } = unwrap(body);
    if (step !== 'first') throw new AppError('decryption-failed', 'not a first message');
    // First used by the second message, so it is not saved: a restored conversation draws another.
    const handshake = new HandshakeState(handshakeOptions('responder', keys, id, agreementKeys(random(32))));
    const plaintext = handshake.readMessage(sealed);
    return { conversation: new Conversation(id, keys, random, { stage: 'heard', handshake }), plaintext };
  }

  /** A conversation whose handshake was another one and is over: the pairing's. `id`: 16 bytes. */
  static opened(
    keys: SharedKeys,
    random: Random,
    id: Uint8Array,
    { send, receive }: { send: Uint8Array; receive: Uint8Array },
  ): Conversation {
    return new Conversation(id, keys, random, {
      stage: 'open',
      send: new CipherState(send),
      receive: new CipherState(receive),
    });
  }

  /** The conversation that `toJSON` gave. Throws `malformed-message`. */
  static restore(keys: SharedKeys, random: Random, value: unknown): Conversation {
    const from = saved(value, 'conversation');
    const id = fromBase64url(from.id, 16);
    if (from.stage === 'open') {
      const send = new CipherState(fromBase64url(from.send), from.sendNonce);
      const receive = new CipherState(fromBase64url(from.receive), from.receiveNonce);
      return new Conversation(id, keys, random, { stage: 'open', send, receive });
    }
    const role = from.stage === 'asked' ? 'initiator' : 'responder';
    const ephemeral = agreementKeys(from.stage === 'asked' ? fromBase64url(from.ephemeral) : random(32));
    const { chainingKey, hash, key, nonce } = from.symmetric;
    const handshake = HandshakeState.restore(handshakeOptions(role, keys, id, ephemeral), {
      symmetric: { chainingKey: fromBase64url(chainingKey), hash: fromBase64url(hash), key: fromBase64url(key), nonce },
      next: 1,
      remoteStatic: keys.remoteStatic,
      remoteEphemeral: from.stage === 'heard' ? fromBase64url(from.remoteEphemeral) : null,
    });
    const state: State =
      from.stage === 'asked' ? { stage: 'asked', handshake, ephemeral } : { stage: 'heard', handshake };
    return new Conversation(id, keys, random, state);
  }

  toJSON(): SavedConversation {
    const id = base64url(this.id);
    const state = this.#state;
    if (state.stage === 'open') {
      const { send, receive } = state;
      return {
        stage: 'open',
        id,
        send: base64url(send.key as Uint8Array),
        sendNonce: send.nonce,
        receive: base64url(receive.key as Uint8Array),
        receiveNonce: receive.nonce,
      };
    }
    const { symmetric: of, remoteEphemeral } = state.handshake.snapshot();
    const symmetric = {
      chainingKey: base64url(of.chainingKey),
      hash: base64url(of.hash),
      key: base64url(of.key as Uint8Array),
      nonce: of.nonce,
    };
    return state.stage === 'asked'
      ? { stage: 'asked', id, ephemeral: base64url(state.ephemeral.secret), symmetric }
      : { stage: 'heard', id, remoteEphemeral: base64url(remoteEphemeral as Uint8Array), symmetric };
  }

  /** Whether `seal` can be called: the side that began waits for the first reply. */
  get canSeal(): boolean {
    return this.#state.stage !== 'asked';
  }

  /** The body that says `plaintext`. Store the conversation before sending it: a nonce is never used twice. */
  seal(plaintext: Uint8Array): Bytes {
    const state = this.#state;
    if (state.stage === 'asked') throw new AppError('decryption-failed', 'sealing before the first reply');
    if (state.stage === 'heard') {
      const sealed = state.handshake.writeMessage(plaintext);
      this.#open(state.handshake);
      return wrap('second', this.id, 0, sealed);
    }
    const { nonce } = state.send;
    return wrap('further', this.id, nonce, state.send.encryptWithAd(nothing, plaintext));
  }

  /** The plaintext of a body. Throws `malformed-frame`, `unsupported-version`, `decryption-failed`, or `replayed` for one that was opened before. */
  open(body: Uint8Array): Uint8Array {
    const { step, conversation, nonce, sealed } = unwrap(body);
    if (base64url(conversation) !== base64url(this.id)) throw new AppError('decryption-failed', 'another conversation');
    const state = this.#state;
    if (step === 'second' && state.stage === 'asked') {
      // A copy, so that a forged reply spoils nothing.
      const handshake = Conversation.restore(this.#keys, this.#random, this.toJSON()).#handshake();
      const plaintext = handshake.readMessage(sealed);
      this.#open(handshake);
      return plaintext;
    }
    if (step !== 'further' || state.stage !== 'open') {
      const past = state.stage === 'open' || (state.stage === 'heard' && step === 'first');
      throw new AppError(past ? 'replayed' : 'decryption-failed', `${step} while ${state.stage}`);
    }
    if (nonce < state.receive.nonce) throw new AppError('replayed', `nonce ${nonce}`);
    const expected = state.receive.nonce;
    state.receive.setNonce(nonce);
    try {
      return state.receive.decryptWithAd(nothing, sealed);
    } catch (cause) {
      state.receive.setNonce(expected);
      throw cause;
    }
  }

  #open(handshake: HandshakeState): void {
    const { send, receive } = handshake.split();
    this.#state = { stage: 'open', send: new CipherState(send), receive: new CipherState(receive) };
  }

  #handshake(): HandshakeState {
    if (this.#state.stage === 'open') throw new TypeError('no handshake any more');
    return this.#state.handshake;
  }
}

/** Which conversation a body belongs to and whether it begins it. Throws `malformed-frame` or `unsupported-version`. */
export function peek(body: Uint8Array): { conversation: Uint8Array; first: boolean } {
  const { conversation, step } = unwrap(body);
  return { conversation, first: step === 'first' };
}

function handshakeOptions(
  role: 'initiator' | 'responder',
  keys: SharedKeys,
  id: Uint8Array,
  ephemeral: KeyPair,
): HandshakeOptions {
  return {
    pattern: 'KKpsk0',
    role,
    prologue: concat(utf8('tandem/1 conversation'), keys.channel, id),
    static: keys.static,
    remoteStatic: keys.remoteStatic,
    psk: keys.psk,
    ephemeral,
  };
}

function wrap(step: (typeof steps)[number], conversation: Uint8Array, nonce: number, sealed: Uint8Array): Bytes {
  return encode(envelope, { version, step, conversation, nonce, sealed });
}

function unwrap(body: Uint8Array) {
  const content = decode(envelope, body);
  if (content.version !== version) throw new AppError('unsupported-version', `conversation version ${content.version}`);
  // Nothing seals a handshake message's nonce, so only one value of it is good.
  if (content.step !== 'further' && content.nonce !== 0) throw new AppError('malformed-frame', 'nonce in a handshake');
  return content;
}
