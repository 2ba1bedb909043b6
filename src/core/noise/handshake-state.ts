import { x25519 } from '@noble/curves/ed25519.js';
import { concat } from '../bytes.ts';
import { AppError } from '../errors.ts';
import type { KeyPair } from '../keys.ts';
import { type Pattern, type PatternName, patterns, type Token } from './patterns.ts';
import { type SymmetricSnapshot, SymmetricState } from './symmetric-state.ts';

const keyLength = 32;
const tagLength = 16;

export interface HandshakeOptions {
  pattern: PatternName;
  role: 'initiator' | 'responder';
  prologue: Uint8Array;
  /** Our long-lived X25519 keys. */
  static: KeyPair;
  /** The peer's long-lived public key, 32 bytes, where the pattern wants it known. */
  remoteStatic?: Uint8Array;
  /** The pre-shared key, 32 bytes. */
  psk: Uint8Array;
  /** Fresh X25519 keys, used once: for one handshake message of ours. */
  ephemeral: KeyPair;
}

/** What a handshake that waits for its peer needs to go on after its process ended; the static keys and the psk are given again. */
export interface HandshakeSnapshot {
  symmetric: SymmetricSnapshot;
  next: number;
  remoteStatic: Uint8Array | null;
  remoteEphemeral: Uint8Array | null;
}

/** One side of a handshake (Noise §5.3). Throws `decryption-failed` on whatever a peer with other keys sends; it is then of no more use. */
export class HandshakeState {
  readonly #pattern: Pattern;
  readonly #initiator: boolean;
  readonly #static: KeyPair;
  readonly #ephemeral: KeyPair;
  readonly #psk: Uint8Array;
  #symmetric: SymmetricState;
  #remoteStatic: Uint8Array | null;
  #remoteEphemeral: Uint8Array | null = null;
  #next = 0;

  constructor(options: HandshakeOptions) {
    this.#pattern = patterns[options.pattern];
    this.#initiator = options.role === 'initiator';
    this.#static = options.static;
    this.#ephemeral = options.ephemeral;
    this.#psk = options.psk;
    this.#remoteStatic = options.remoteStatic ?? null;
    this.#symmetric = SymmetricState.initialize(this.#pattern.name);
    this.#symmetric.mixHash(options.prologue);
    const { initiator, responder } = this.#pattern.before;
    for (const _ of initiator) this.#symmetric.mixHash(this.#initiator ? this.#static.public : this.#known());
    for (const _ of responder) this.#symmetric.mixHash(this.#initiator ? this.#known() : this.#static.public);
  }

  /** The handshake that `snapshot` was taken of; `options` as they were then. */
  static restore(options: HandshakeOptions, snapshot: HandshakeSnapshot): HandshakeState {
    const state = new HandshakeState(options);
    state.#symmetric = SymmetricState.restore(snapshot.symmetric);
    state.#next = snapshot.next;
    state.#remoteStatic = snapshot.remoteStatic;
    state.#remoteEphemeral = snapshot.remoteEphemeral;
    return state;
  }

  snapshot(): HandshakeSnapshot {
    return {
      symmetric: this.#symmetric.snapshot(),
      next: this.#next,
      remoteStatic: this.#remoteStatic,
      remoteEphemeral: this.#remoteEphemeral,
    };
  }

  /** The peer's long-lived public key, 32 bytes, once it is known. */
  get remoteStatic(): Uint8Array | null {
    return this.#remoteStatic;
  }

  /** Whether both messages have been said. */
  get finished(): boolean {
    return this.#next === this.#pattern.messages.length;
  }

  /** WriteMessage(payload). */
  writeMessage(payload: Uint8Array): Uint8Array {
    const parts: Uint8Array[] = [];
    for (const token of this.#tokens(true)) {
      if (token === 'e') {
        parts.push(this.#ephemeral.public);
        this.#mixEphemeral(this.#ephemeral.public);
      } else if (token === 's') {
        parts.push(this.#symmetric.encryptAndHash(this.#static.public));
      } else {
        this.#mix(token);
      }
    }
    return concat(...parts, this.#symmetric.encryptAndHash(payload));
  }

  /** ReadMessage(message): the payload. Throws `decryption-failed`. */
  readMessage(message: Uint8Array): Uint8Array {
    let at = 0;
    const take = (length: number): Uint8Array => {
      if (message.length - at < length) throw new AppError('decryption-failed', 'message too short');
      at += length;
      return message.slice(at - length, at);
    };
    for (const token of this.#tokens(false)) {
      if (token === 'e') {
        this.#remoteEphemeral = take(keyLength);
        this.#mixEphemeral(this.#remoteEphemeral);
      } else if (token === 's') {
        this.#remoteStatic = this.#symmetric.decryptAndHash(
          take(keyLength + (this.#symmetric.hasKey() ? tagLength : 0)),
        );
      } else {
        this.#mix(token);
      }
    }
    return this.#symmetric.decryptAndHash(message.slice(at));
  }

  /** 32 bytes that only the two who said exactly this share. */
  handshakeHash(): Uint8Array {
    return this.#symmetric.handshakeHash();
  }

  /** Split(): what we send with and what we receive with, 32 bytes each. */
  split(): { send: Uint8Array; receive: Uint8Array } {
    this.#mustBeFinished();
    const [initiator, responder] = this.#symmetric.split();
    return this.#initiator ? { send: initiator, receive: responder } : { send: responder, receive: initiator };
  }

  /** A 32-byte secret beside the two of `split`, for a later handshake's psk. */
  exportKey(): Uint8Array {
    this.#mustBeFinished();
    return this.#symmetric.exportKey();
  }

  #tokens(ours: boolean): readonly Token[] {
    const tokens = this.#pattern.messages[this.#next];
    if (!tokens || (this.#next % 2 === 0) !== (this.#initiator === ours)) {
      throw new AppError('decryption-failed', 'out of turn');
    }
    this.#next += 1;
    return tokens;
  }

  /** In a handshake with a psk an ephemeral is mixed into the key as well (Noise §9.2). */
  #mixEphemeral(key: Uint8Array): void {
    this.#symmetric.mixHash(key);
    this.#symmetric.mixKey(key);
  }

  #mix(token: Exclude<Token, 'e' | 's'>): void {
    if (token === 'psk') {
      this.#symmetric.mixKeyAndHash(this.#psk);
      return;
    }
    // The token's letters name the initiator's key, then the responder's.
    const [initiators, responders] = token;
    const ours = (this.#initiator ? initiators : responders) === 'e' ? this.#ephemeral : this.#static;
    const theirs = (this.#initiator ? responders : initiators) === 'e' ? this.#remoteEphemeral : this.#remoteStatic;
    try {
      this.#symmetric.mixKey(x25519.getSharedSecret(ours.secret, theirs as Uint8Array));
    } catch (cause) {
      // noble refuses keys of low order, as Noise §12.1 allows.
      throw new AppError('decryption-failed', 'unusable public key', { cause });
    }
  }

  #known(): Uint8Array {
    if (!this.#remoteStatic) throw new TypeError(`${this.#pattern.name} needs the peer's static key`);
    return this.#remoteStatic;
  }

  #mustBeFinished(): void {
    if (!this.finished) throw new AppError('decryption-failed', 'handshake not finished');
  }
}
