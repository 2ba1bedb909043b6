import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base64url, utf8 } from '../../src/core/bytes.ts';
import { Conversation } from '../../src/core/conversation.ts';
import { AppError } from '../../src/core/errors.ts';
import { encodeFrame } from '../../src/core/frames.ts';
import { agreementKeys } from '../../src/core/keys.ts';
import { limits } from '../../src/core/limits.ts';
import {
  decodeMessage,
  encodeMessage,
  type Message,
  type PhoneRequest,
  parseMessage,
} from '../../src/core/messages.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { refusal, resultOrRefusal } from '../support/refusal.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { truncatedEverywhere } from '../support/tampering.ts';
import { hostileJson, hostileTexts, withField } from './hostile.ts';

const id = base64url(new Uint8Array(16));
const some = base64url(new Uint8Array(40));
const request = {
  id,
  nonce: base64url(new Uint8Array(32)),
  origin: 'https://example.com',
  site: 'Example',
  account: 'ada@example.com',
  browser: 'Browser on Linux',
  expiresAt: 1_800_000_000_000,
};
const { nonce: _, account, ...unnamed } = request;
const observed: Extract<PhoneRequest, { type: 'observed' }> = {
  ...unnamed,
  type: 'observed',
  account,
  apps: ['Microsoft Authenticator'],
  direction: 'type',
  number: '07',
};
const messages: Message[] = [
  { kind: 'request', request: { type: 'sign-in', ...request, choices: ['17', '42', '90'] } },
  { kind: 'request', request: { type: 'registration', ...request, userHandle: id } },
  {
    kind: 'answer',
    answer: {
      decision: 'approve',
      id,
      chosen: '42',
      credentialId: some,
      clientDataJSON: some,
      authenticatorData: some,
      signature: some,
    },
  },
  {
    kind: 'answer',
    answer: {
      decision: 'register',
      id,
      phone: 'Phone 7',
      credentialId: some,
      clientDataJSON: some,
      attestationObject: some,
      transports: ['internal', 'hybrid'],
    },
  },
  { kind: 'answer', answer: { decision: 'deny', id, reason: 'not-me' } },
  { kind: 'answer', answer: { decision: 'cannot', id, code: 'wrong-origin' } },
  { kind: 'withdraw', id, reason: 'password' },
  { kind: 'outcome', id, outcome: 'approved' },
  { kind: 'outcome', id, outcome: 'failed', code: 'approval-invalid' },
  { kind: 'receipt', id, stage: 'opened' },
  { kind: 'confirm' },
  { kind: 'paired', name: 'Pixel 9' },
  { kind: 'request', request: { type: 'sign-in', ...request, choices: [] } },
  { kind: 'unpair' },
  { kind: 'ping', id },
  { kind: 'pong', id, step: 'shown' },
  { kind: 'pong', id, step: 'arrived', code: 'not-allowed' },
  { kind: 'request', request: observed },
  { kind: 'request', request: { ...unnamed, type: 'observed', apps: ['Okta Verify'], direction: 'choose' } },
];
const kinds = [...new Set(messages.map(({ kind }) => kind))];

describe('a message', () => {
  it.each(messages)('of kind $kind comes back as it was, padded', (message) => {
    const encoded = encodeMessage(message);
    expect(encoded.length % limits.paddingBytes).toBe(0);
    expect(decodeMessage(encoded)).toEqual(message);
  });

  it('carries no field that the protocol does not have: the right number stays', () => {
    const [signIn] = messages as [Extract<Message, { kind: 'request' }>];
    const careless = { ...signIn, request: { ...signIn.request, number: '42' } };
    expect(decodeMessage(encodeMessage(careless))).toEqual(signIn);
    expect(Buffer.from(encodeMessage(careless)).toString()).not.toContain('"number"');
  });

  it.each<[string, object]>([
    ['a number that is a sentence', { number: 'call us at 555' }],
    ['a number of nine digits', { number: '123456789' }],
    ['an empty number', { number: '' }],
    ['digits of another script', { number: '٤٢' }],
    ['an app without a name', { apps: [''] }],
    ['more apps than a page offers', { apps: ['1', '2', '3', '4', '5'] }],
    ['an app in two lines', { apps: ['Okta\nVerify'] }],
    ['an app that turns the text around', { apps: ['Okta \u202eyfireV'] }],
    ['an origin with a path', { origin: 'https://login.microsoftonline.com/x' }],
    ['another direction', { direction: 'approve' }],
    ['an account of 257 characters', { account: 'a'.repeat(257) }],
  ])('that observes a page does not come with %s', (_name, of) => {
    const { code } = refusal(() => parseMessage({ kind: 'request', request: { ...observed, ...of } }));
    expect(code).toBe('malformed-message');
  });

  it('that the other side would refuse is not sent', () => {
    const { code, message } = refusal(() => encodeMessage({ kind: 'receipt', id: 'x', stage: 'opened' }));
    expect([code, message]).toEqual(['malformed-message', expect.stringContaining('message.id')]);
  });

  it('names the field that is missing, hostile or of another type', () => {
    for (const message of messages) {
      for (const hostile of [null, {}, true, ...hostileTexts]) {
        for (const { path, value } of withField(message, hostile)) {
          const { code, message: detail } = refusal(() => parseMessage(value));
          expect(code).toBe('malformed-message');
          expect(detail).toContain(`message${path}`);
        }
      }
    }
  });

  it('may be any JSON', () => {
    fc.assert(
      fc.property(hostileJson('kind', kinds), (value) => {
        const parsed = resultOrRefusal(() => parseMessage(value));
        if (parsed instanceof AppError) expect(parsed.code).toBe('malformed-message');
        else expect(['confirm', 'unpair']).toContain(parsed.kind);
      }),
      propertyRuns(300),
    );
  });
});

describe('the largest message', () => {
  const random = seededRandom('largest message');
  const keys = { channel: random(16), psk: random(32), static: agreementKeys(random(32)) };
  const shared = { ...keys, remoteStatic: agreementKeys(random(32)).public };
  const ofJsonBytes = (bytes: number): Message => {
    const base = messages[3] as Extract<Message, { kind: 'answer' }>;
    const attestationObject = (length: number) => base64url(new Uint8Array(Math.floor((length * 3) / 4)));
    const answer = { ...base.answer, attestationObject: attestationObject(5400), phone: 'x' } as typeof base.answer;
    const filled = { ...answer, clientDataJSON: '', credentialId: '' } as typeof answer;
    const missing = bytes - utf8(JSON.stringify({ kind: 'answer', answer: filled })).length;
    const clientDataJSON = attestationObject(Math.min(missing, 1360) - (Math.min(missing, 1360) % 4));
    const rest = missing - clientDataJSON.length;
    const credentialId = attestationObject(Math.min(rest - (rest % 4), 1360));
    const phone = 'x'.repeat(1 + rest - credentialId.length);
    return { kind: 'answer', answer: { ...filled, clientDataJSON, credentialId, phone } as typeof answer };
  };

  it('still fits a body once it is sealed, and one byte more is refused', () => {
    const largest = ofJsonBytes(limits.bodyBytes - limits.paddingBytes - 2);
    const { body } = Conversation.start(shared, random, encodeMessage(largest));
    const put = { frame: 'put', channel: keys.channel, id: random(16), lifeMs: 1, collapse: null, body } as const;
    expect(encodeFrame(put).length).toBeLessThanOrEqual(limits.frameBytes);
    const { code } = refusal(() => encodeMessage(ofJsonBytes(limits.bodyBytes - limits.paddingBytes - 1)));
    expect(code).toBe('too-large');
  });
});

describe('a padded plaintext', () => {
  const plaintext = encodeMessage({ kind: 'receipt', id, stage: 'opened' });

  it('is refused when what its length says is missing', () => {
    const used = 2 + (plaintext[0] as number) * 256 + (plaintext[1] as number);
    for (const { bytes } of truncatedEverywhere(plaintext.slice(0, used))) {
      expect(refusal(() => decodeMessage(bytes)).code).toBe('malformed-message');
    }
  });

  it('may be any bytes at all', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(refusal(() => decodeMessage(bytes)).code).toBe('malformed-message');
      }),
      propertyRuns(300),
    );
  });
});
