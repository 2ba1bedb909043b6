import { describe, expect, it } from 'vitest';
import { utf8 } from '../../../src/core/bytes.ts';
import { agreementKeys } from '../../../src/core/keys.ts';
import { type HandshakeOptions, HandshakeState } from '../../../src/core/noise/handshake-state.ts';
import { type PatternName, patterns } from '../../../src/core/noise/patterns.ts';
import { refusal } from '../../support/refusal.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { tamperedEverywhere, truncatedEverywhere } from '../../support/tampering.ts';

const random = seededRandom('handshake state');
const [initiatorKeys, responderKeys, strangerKeys] = [1, 2, 3].map(() => agreementKeys(random(32))) as [
  ReturnType<typeof agreementKeys>,
  ReturnType<typeof agreementKeys>,
  ReturnType<typeof agreementKeys>,
];
const psk = random(32);
const prologue = utf8('prologue');
const payload = utf8('payload');
const ephemerals = [agreementKeys(random(32)), agreementKeys(random(32))] as const;
const names = Object.keys(patterns) as PatternName[];

function initiator(pattern: PatternName, changes: Partial<HandshakeOptions> = {}): HandshakeState {
  return new HandshakeState({
    pattern,
    role: 'initiator',
    prologue,
    static: initiatorKeys,
    remoteStatic: responderKeys.public,
    psk,
    ephemeral: ephemerals[0],
    ...changes,
  });
}

function responder(pattern: PatternName, changes: Partial<HandshakeOptions> = {}): HandshakeState {
  return new HandshakeState({
    pattern,
    role: 'responder',
    prologue,
    static: responderKeys,
    ...(pattern === 'KKpsk0' ? { remoteStatic: initiatorKeys.public } : {}),
    psk,
    ephemeral: ephemerals[1],
    ...changes,
  });
}

describe.each(names)('%s', (pattern) => {
  it('carries both payloads and leaves both sides with the same keys', () => {
    const [ours, theirs] = [initiator(pattern), responder(pattern)];
    expect(theirs.readMessage(ours.writeMessage(payload))).toEqual(payload);
    expect(ours.readMessage(theirs.writeMessage(payload))).toEqual(payload);
    expect([ours.finished, theirs.finished]).toEqual([true, true]);
    expect(theirs.remoteStatic).toEqual(initiatorKeys.public);
    expect(ours.split()).toEqual({ send: theirs.split().receive, receive: theirs.split().send });
    expect(ours.exportKey()).toEqual(theirs.exportKey());
    expect(ours.handshakeHash()).toEqual(theirs.handshakeHash());
  });

  it('refuses whatever is out of turn', () => {
    const [ours, theirs] = [initiator(pattern), responder(pattern)];
    const turns: (() => unknown)[] = [
      () => ours.readMessage(payload),
      () => theirs.writeMessage(payload),
      () => ours.split(),
      () => ours.exportKey(),
    ];
    for (const turn of turns) expect(refusal(turn).code).toBe('decryption-failed');
    const first = ours.writeMessage(payload);
    expect(refusal(() => ours.writeMessage(payload)).code).toBe('decryption-failed');
    theirs.readMessage(first);
    expect(refusal(() => theirs.readMessage(first)).code).toBe('decryption-failed');
    ours.readMessage(theirs.writeMessage(payload));
    for (const side of [ours, theirs]) {
      expect(refusal(() => side.writeMessage(payload)).code).toBe('decryption-failed');
      expect(refusal(() => side.readMessage(first)).code).toBe('decryption-failed');
    }
  });

  it('refuses its first message with any byte changed or missing', () => {
    const first = initiator(pattern).writeMessage(payload);
    for (const { bytes } of [...tamperedEverywhere(first), ...truncatedEverywhere(first)]) {
      expect(refusal(() => responder(pattern).readMessage(bytes)).code).toBe('decryption-failed');
    }
  });

  it('refuses its second message with any byte changed or missing', () => {
    const theirs = responder(pattern);
    theirs.readMessage(initiator(pattern).writeMessage(payload));
    const second = theirs.writeMessage(payload);
    for (const { bytes } of [...tamperedEverywhere(second), ...truncatedEverywhere(second)]) {
      const ours = initiator(pattern);
      ours.writeMessage(payload);
      expect(refusal(() => ours.readMessage(bytes)).code).toBe('decryption-failed');
    }
  });

  it.each<[string, Partial<HandshakeOptions>]>([
    ['psk', { psk: random(32) }],
    ['prologue', { prologue: utf8('another') }],
    ['static key', { static: strangerKeys }],
  ])('refuses a peer with another %s', (_, changes) => {
    const first = initiator(pattern).writeMessage(payload);
    expect(refusal(() => responder(pattern, changes).readMessage(first)).code).toBe('decryption-failed');
  });

  it('refuses ephemeral keys of low order', () => {
    const first = initiator(pattern).writeMessage(payload);
    for (const point of [new Uint8Array(32), Uint8Array.of(1, ...new Uint8Array(31))]) {
      first.set(point);
      expect(refusal(() => responder(pattern).readMessage(first)).code).toBe('decryption-failed');
    }
  });

  it('goes on from a snapshot as if nothing had happened', () => {
    const [ours, theirs] = [initiator(pattern), responder(pattern)];
    theirs.readMessage(ours.writeMessage(payload));
    const changes = pattern === 'IKpsk1' ? {} : { remoteStatic: initiatorKeys.public };
    const options: HandshakeOptions = {
      pattern,
      role: 'responder',
      prologue,
      static: responderKeys,
      psk,
      ephemeral: ephemerals[1],
      ...changes,
    };
    const restored = HandshakeState.restore(options, theirs.snapshot());
    const second = theirs.writeMessage(payload);
    expect(restored.writeMessage(payload)).toEqual(second);
    expect(ours.readMessage(second)).toEqual(payload);
    expect(restored.split()).toEqual(theirs.split());
  });
});

it('refuses a KKpsk0 initiator with another static key', () => {
  const first = initiator('KKpsk0', { static: strangerKeys }).writeMessage(payload);
  expect(refusal(() => responder('KKpsk0').readMessage(first)).code).toBe('decryption-failed');
});

it('learns an IKpsk1 initiator’s static key, whoever it is', () => {
  const theirs = responder('IKpsk1');
  theirs.readMessage(initiator('IKpsk1', { static: strangerKeys }).writeMessage(payload));
  expect(theirs.remoteStatic).toEqual(strangerKeys.public);
});

it('cannot begin without the peer’s static key where the pattern wants it known', () => {
  const { remoteStatic: _, ...options } = { remoteStatic: null };
  const without = { ...options, pattern: 'KKpsk0', role: 'initiator', prologue, static: initiatorKeys, psk } as const;
  expect(() => new HandshakeState({ ...without, ephemeral: ephemerals[0] })).toThrow(TypeError);
});
