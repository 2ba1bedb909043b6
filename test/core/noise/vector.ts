import assert from 'node:assert/strict';
import { agreementKeys } from '../../../src/core/keys.ts';
import { CipherState } from '../../../src/core/noise/cipher-state.ts';
import { HandshakeState } from '../../../src/core/noise/handshake-state.ts';
import { type PatternName, patterns } from '../../../src/core/noise/patterns.ts';
import { fromHex, toHex } from '../../support/hex.ts';

/** A test vector in the form that Noise libraries share (the Noise wiki's "Test Vectors"); bytes in hex. */
export interface NoiseVector {
  protocol_name: string;
  init_prologue: string;
  init_psks: string[];
  init_static: string;
  init_ephemeral: string;
  init_remote_static?: string;
  resp_prologue: string;
  resp_psks: string[];
  resp_static: string;
  resp_ephemeral: string;
  resp_remote_static?: string;
  handshake_hash: string;
  messages: { payload: string; ciphertext: string }[];
}

export type NoiseKeys = Omit<NoiseVector, 'handshake_hash' | 'messages'>;

const byName = new Map(Object.entries(patterns).map(([pattern, { name }]) => [name as string, pattern as PatternName]));

function side(vector: NoiseKeys, role: 'init' | 'resp'): HandshakeState {
  const remoteStatic = vector[`${role}_remote_static`];
  return new HandshakeState({
    pattern: byName.get(vector.protocol_name) as PatternName,
    role: role === 'init' ? 'initiator' : 'responder',
    prologue: fromHex(vector[`${role}_prologue`]),
    static: agreementKeys(fromHex(vector[`${role}_static`])),
    ...(remoteStatic === undefined ? {} : { remoteStatic: fromHex(remoteStatic) }),
    psk: fromHex(vector[`${role}_psks`][0] as string),
    ephemeral: agreementKeys(fromHex(vector[`${role}_ephemeral`])),
  });
}

export function bothSides(vector: NoiseKeys): [HandshakeState, HandshakeState] {
  return [side(vector, 'init'), side(vector, 'resp')];
}

/** Says the payloads in turn, the initiator first: two in the handshake, the rest after it. Checks that each arrives. */
export function play(keys: NoiseKeys, payloads: readonly string[]): NoiseVector {
  const [initiator, responder] = bothSides(keys);
  const first = initiator.writeMessage(fromHex(payloads[0] as string));
  assert.equal(toHex(responder.readMessage(first)), payloads[0]);
  const second = responder.writeMessage(fromHex(payloads[1] as string));
  assert.equal(toHex(initiator.readMessage(second)), payloads[1]);
  assert.deepEqual(responder.handshakeHash(), initiator.handshakeHash());
  assert.deepEqual(responder.exportKey(), initiator.exportKey());
  const ends = [initiator, responder].map((state) => state.split());
  const [out, back] = ends.map(({ send }) => new CipherState(send)) as [CipherState, CipherState];
  const [outEnd, backEnd] = [1, 0].map((at) => new CipherState(ends[at]?.receive ?? null)) as [
    CipherState,
    CipherState,
  ];
  const further = payloads.slice(2).map((payload, at) => {
    const [from, to] = at % 2 === 0 ? [out, outEnd] : [back, backEnd];
    const sealed = from.encryptWithAd(new Uint8Array(0), fromHex(payload));
    assert.equal(toHex(to.decryptWithAd(new Uint8Array(0), sealed)), payload);
    return sealed;
  });
  const messages = [first, second, ...further].map((sealed, at) => ({
    payload: payloads[at] as string,
    ciphertext: toHex(sealed),
  }));
  return { ...keys, handshake_hash: toHex(initiator.handshakeHash()), messages };
}
