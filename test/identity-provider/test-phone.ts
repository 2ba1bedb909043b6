import { createECDH, createHash, createPrivateKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import { base64url } from '../../src/core/bytes.ts';
import type { RegistrationChallenge, SignInChallenge } from '../../src/core/challenge.ts';
import type { Answer } from '../../src/core/messages.ts';
import { type Statement, statementHash } from '../../src/core/statement.ts';

const userPresent = 0x01;
const userVerified = 0x04;
const attestedCredential = 0x40;

/** How a ceremony differs from what an honest phone does. */
export interface Oddities {
  /** The phone app's origin. */
  at?: string;
  relyingParty?: string;
  /** What the phone states. */
  statement?: Partial<Statement>;
  unverifiedUser?: boolean;
  counter?: number;
  /** Signs what it should not. */
  type?: string;
}

/** A phone with one WebAuthn credential, made with Node's cryptography: its assertions are real. */
export class TestPhone {
  readonly origin: string;
  readonly credentialId = base64url(randomBytes(32));
  counter = 0;
  readonly #secret: KeyObject;
  /** COSE_Key of an EC2 key on P-256 for ES256 (RFC 9053 §7.1). */
  readonly publicKey: Buffer;

  constructor(origin: string) {
    this.origin = origin;
    // Not by `generateKeyPairSync`, for which Node 20 can wait for ever (`test/relay/raw-client.ts`).
    const pair = createECDH('prime256v1');
    const point = pair.generateKeys();
    const [x, y] = [point.subarray(1, 33), point.subarray(33)];
    const encoded = { x: x.toString('base64url'), y: y.toString('base64url'), d: pair.getPrivateKey('base64url') };
    this.#secret = createPrivateKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', ...encoded } });
    this.publicKey = Buffer.concat([Buffer.from('a5010203262001215820', 'hex'), x, Buffer.from('225820', 'hex'), y]);
  }

  /** What the phone answers to a registration that the browser says comes from `pageOrigin`. */
  register(challenge: RegistrationChallenge, pageOrigin: string, odd: Oddities = {}) {
    const { id, nonce, account } = challenge;
    const statement: Statement = { id, nonce, origin: pageOrigin, account, decision: 'register', number: '' };
    const credentialId = Buffer.from(this.credentialId, 'base64url');
    const length = Buffer.from([credentialId.length >> 8, credentialId.length & 255]);
    const attested = Buffer.concat([Buffer.alloc(16), length, credentialId, this.publicKey]);
    const authData = this.#authenticatorData(odd, attestedCredential, attested);
    const attestationObject = Buffer.concat([
      Buffer.from('a363666d74646e6f6e656761747453746d74a068617574684461746159', 'hex'),
      Buffer.from([authData.length >> 8, authData.length & 255]),
      authData,
    ]);
    return {
      decision: 'register',
      id,
      phone: 'Pixel 9',
      credentialId: this.credentialId,
      clientDataJSON: base64url(this.#clientData('webauthn.create', statement, odd)),
      attestationObject: base64url(attestationObject),
      transports: ['internal'],
    } satisfies Answer;
  }

  /** What the phone answers when `chosen` was picked for a sign-in that the browser says comes from `pageOrigin`. */
  approve(challenge: SignInChallenge, pageOrigin: string, chosen = challenge.number, odd: Oddities = {}) {
    const { id, nonce, account } = challenge;
    const statement: Statement = { id, nonce, origin: pageOrigin, account, decision: 'approve', number: chosen };
    const clientData = this.#clientData('webauthn.get', statement, odd);
    const authenticatorData = this.#authenticatorData(odd);
    const signed = Buffer.concat([authenticatorData, createHash('sha256').update(clientData).digest()]);
    return {
      decision: 'approve',
      id,
      chosen,
      credentialId: this.credentialId,
      clientDataJSON: base64url(clientData),
      authenticatorData: base64url(authenticatorData),
      signature: base64url(sign('sha256', signed, this.#secret)),
    } satisfies Answer;
  }

  #clientData(type: string, statement: Statement, odd: Oddities): Buffer {
    const challenge = base64url(statementHash({ ...statement, ...odd.statement }));
    return Buffer.from(
      JSON.stringify({ type: odd.type ?? type, challenge, origin: odd.at ?? this.origin, crossOrigin: false }),
    );
  }

  #authenticatorData(odd: Oddities, moreFlags = 0, rest: Uint8Array = new Uint8Array()): Buffer {
    const relyingParty = odd.relyingParty ?? new URL(odd.at ?? this.origin).hostname;
    const head = Buffer.alloc(5);
    head.writeUInt8(userPresent | (odd.unverifiedUser ? 0 : userVerified) | moreFlags, 0);
    head.writeUInt32BE(odd.counter ?? this.counter, 1);
    return Buffer.concat([createHash('sha256').update(relyingParty).digest(), head, rest]);
  }
}
