import { encode } from '../../src/core/binary.ts';
import { base64url } from '../../src/core/bytes.ts';
import { Conversation } from '../../src/core/conversation.ts';
import { channelCreation, encodeFrame, type Frame } from '../../src/core/frames.ts';
import { type Random, sign } from '../../src/core/keys.ts';
import { encodeMessage, type Message } from '../../src/core/messages.ts';
import { newOwnKeys, pairAsBrowser, pairAsPhone } from '../../src/core/pairing.ts';
import { derivePairingSecrets, type PairingLink, pairingUrl } from '../../src/core/pairing-link.ts';
import { attachProof, creationProof, joinProof } from '../../src/core/relay-proofs.ts';
import { toHex } from './hex.ts';
import { seededRandom } from './seeded-random.ts';

const counting = (length: number, from: number) => Uint8Array.from({ length }, (_, at) => (from + at) & 255);
const channel = counting(16, 0x10);
const id = counting(16, 0x20);
const key = counting(32, 0x30);
const joinKey = counting(32, 0x50);
const nonce = counting(32, 0x70);
const signature = counting(64, 0x90);
const body = counting(5, 0xd0);
const timeMs = 1_800_000_000_000;

/** One frame of each kind, with every field another value. */
export const exampleFrames: readonly Frame[] = [
  { frame: 'hello', version: 1, nonce, timeMs, bodyBytes: 8192, waitingMessages: 64 },
  { frame: 'attached', channel, seq: 258, peer: 'away' },
  { frame: 'refused', channel, code: 'already-joined', retryAfterMs: 60_000 },
  { frame: 'stored', channel, id, seq: 259 },
  { frame: 'rejected', channel, id, code: 'mailbox-full', retryAfterMs: 1_000 },
  { frame: 'deliver', channel, seq: 260, id, expiresMs: timeMs + 60_000, body },
  { frame: 'received', channel, id },
  { frame: 'peer', channel, event: 'second-join' },
  { frame: 'closed', channel },
  { frame: 'pong', timeMs },
  { frame: 'subscribed', channel },
  { frame: 'pushed', channel, id, outcome: 'gone' },
  { frame: 'ringing', channel, id },
  { frame: 'unsubscribed', channel, subscription: '{"endpoint":"https://push.example/1"}' },
  { frame: 'attach', channel, key, since: 257, signature },
  { frame: 'join', channel, joinKey, key, signature },
  { frame: 'put', channel, id, lifeMs: 60_000, collapse: counting(16, 0xe0), body },
  { frame: 'ack', channel, seq: 260 },
  { frame: 'subscribe', channel, subscription: '{"endpoint":"https://push.example/é"}' },
  { frame: 'close', channel },
  { frame: 'ping' },
  { frame: 'ring', channel, id },
];

const change = (frame: Frame, at: number, value: number) => {
  const encoded = encodeFrame(frame);
  encoded[at] = value;
  return encoded;
};
const frameOf = (name: Frame['frame']) => exampleFrames.find(({ frame }) => frame === name) as Frame;

/** What cannot be read, by whom it would have been sent, and the code with which it is refused. */
export const refusedFrames = [
  { why: 'nothing', from: 'client', bytes: new Uint8Array(0), code: 'malformed-frame' },
  { why: 'no such type', from: 'client', bytes: new Uint8Array([0x7f]), code: 'malformed-frame' },
  { why: 'a frame of the relay', from: 'client', bytes: encodeFrame(frameOf('pong')), code: 'malformed-frame' },
  { why: 'a frame of a client', from: 'relay', bytes: encodeFrame(frameOf('ping')), code: 'malformed-frame' },
  { why: 'a byte too few', from: 'client', bytes: encodeFrame(frameOf('close')).slice(0, -1), code: 'malformed-frame' },
  { why: 'a byte too many', from: 'client', bytes: new Uint8Array([0x47, 0]), code: 'malformed-frame' },
  {
    why: 'collapse neither there nor missing',
    from: 'client',
    bytes: change(frameOf('put'), 37, 2),
    code: 'malformed-frame',
  },
  { why: 'no such presence', from: 'relay', bytes: change(frameOf('attached'), 23, 3), code: 'malformed-frame' },
  { why: 'no such code', from: 'relay', bytes: change(frameOf('refused'), 17, 255), code: 'malformed-frame' },
  { why: 'a body of over 8192 bytes', from: 'client', bytes: change(frameOf('put'), 54, 0xff), code: 'too-large' },
  {
    why: 'text that is not UTF-8',
    from: 'client',
    bytes: change(frameOf('subscribe'), 19, 0xff),
    code: 'malformed-message',
  },
] as const;

const requestId = base64url(id);
/** One message of each kind. */
export const exampleMessages = {
  request: {
    kind: 'request',
    request: {
      type: 'sign-in',
      id: requestId,
      nonce: base64url(nonce),
      origin: 'https://example.com',
      site: 'Example',
      account: 'ada@example.com',
      browser: 'Chrome on Linux',
      expiresAt: timeMs + 60_000,
      choices: ['17', '42', '90'],
    },
  },
  receipt: { kind: 'receipt', id: requestId, stage: 'received' },
  answer: { kind: 'answer', answer: { decision: 'deny', id: requestId, reason: 'not-me' } },
  withdraw: { kind: 'withdraw', id: requestId, reason: 'timed-out' },
  outcome: { kind: 'outcome', id: requestId, outcome: 'failed', code: 'approval-invalid' },
  confirm: { kind: 'confirm' },
  unpair: { kind: 'unpair' },
  paired: { kind: 'paired', name: 'Firefox on Android' },
  ping: { kind: 'ping', id: requestId },
  pong: { kind: 'pong', id: requestId, step: 'arrived', code: 'notifications-denied' },
} as const satisfies { readonly [Kind in Message['kind']]: Extract<Message, { kind: Kind }> };

const hexOf = (table: Record<string, Uint8Array>): Record<string, string> =>
  Object.fromEntries(Object.entries(table).map(([name, bytes]) => [name, toHex(bytes)]));

function proofExamples() {
  const of = { relayOrigin: 'https://relay.example', nonce, channel, key };
  const { nonce: _, ...creation } = { ...of, joinKey };
  return hexOf({ attach: attachProof(of), join: joinProof(of), create: creationProof(creation) });
}

/** The secrets of the examples below, in the order in which they are drawn, so that other implementations can make them too. */
const secretNames = [
  'browserStatic',
  'browserRelaySeed',
  'phoneStatic',
  'phoneRelaySeed',
  'pairingPhoneEphemeral',
  'pairingBrowserEphemeral',
  'conversation',
  'conversationFirstEphemeral',
  'conversationSecondEphemeral',
] as const;

function recorded(random: Random) {
  const drawn: Uint8Array[] = [];
  return {
    random: (length: number) => {
      const bytes = random(length);
      drawn.push(bytes);
      return bytes;
    },
    named: () => hexOf(Object.fromEntries(drawn.map((bytes, at) => [secretNames[at] as string, bytes]))),
  };
}

function pairingExamples(random: Random) {
  const [browser, phone] = [newOwnKeys(random), newOwnKeys(random)];
  const link: PairingLink = {
    key: browser.static.public,
    secret: counting(16, 0x01),
    expiresMs: timeMs + 120_000,
    relay: 'https://relay.example',
  };
  const asPhone = pairAsPhone(link, phone, 'Firefox on Android', random);
  const { second, paired: onBrowser } = pairAsBrowser(link, browser, 'Chrome on Linux', asPhone.first, random);
  const onPhone = asPhone.finish(second);
  const secrets = derivePairingSecrets(link.secret);
  const unsigned = { relayOrigin: link.relay, channel: secrets.channel, key: browser.relay.public };
  const creation = { ...unsigned, joinKey: secrets.joinKeys.public };
  return {
    onBrowser,
    onPhone,
    channelCreation: toHex(
      encode(channelCreation, { ...creation, signature: sign(browser.relay, creationProof(creation)) }),
    ),
    pairing: {
      link: pairingUrl(link),
      ...hexOf({ channel: secrets.channel, joinKey: secrets.joinKeys.public, psk: secrets.psk }),
      ...hexOf({ first: asPhone.first, second, exportedPsk: onPhone.shared.psk }),
      digits: onPhone.digits,
    },
  };
}

/** One example of all that travels, in hex: what `test/vectors/wire.json` holds. */
export function wireExamples() {
  const { random, named } = recorded(seededRandom('wire examples'));
  const { onBrowser, onPhone, channelCreation: creation, pairing } = pairingExamples(random);
  const { conversation: asking, body: first } = Conversation.start(
    onBrowser.shared,
    random,
    encodeMessage(exampleMessages.request),
  );
  const { conversation: answering } = Conversation.accept(onPhone.shared, random, first);
  const second = answering.seal(encodeMessage(exampleMessages.receipt));
  asking.open(second);
  const further = answering.seal(encodeMessage(exampleMessages.answer));
  return {
    frames: Object.fromEntries(exampleFrames.map((frame) => [frame.frame, toHex(encodeFrame(frame))])),
    refused: refusedFrames.map(({ bytes, ...of }) => ({ ...of, hex: toHex(bytes) })),
    proofs: proofExamples(),
    secrets: named(),
    channelCreation: creation,
    pairing,
    plaintexts: Object.fromEntries(
      Object.entries(exampleMessages).map(([kind, message]) => [kind, toHex(encodeMessage(message))]),
    ),
    conversation: hexOf({ first, second, further }),
  };
}
