import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base64url } from '../../src/core/bytes.ts';
import { AppError } from '../../src/core/errors.ts';
import { parseExtensionMessage, parsePageMessage } from '../../src/core/page-protocol.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { refusal, resultOrRefusal } from '../support/refusal.ts';
import { hostileJson, hostileTexts, withField } from './hostile.ts';

const id = base64url(new Uint8Array(16));
const sides = [
  {
    from: 'page',
    parse: parsePageMessage,
    valid: [
      ...['password', 'timed-out', 'gone', 'approved', 'mismatched'].map((type) => ({ type })),
      { type: 'failed', code: 'approval-invalid' },
    ],
  },
  {
    from: 'extension',
    parse: parseExtensionMessage,
    valid: [
      { type: 'status', stage: 'stored' },
      { type: 'status', stage: 'sent', trouble: 'relay-unreachable' },
      { type: 'answer', answer: { decision: 'deny', id, reason: 'by-mistake' } },
      { type: 'ended', end: 'approved' },
      { type: 'ended', end: 'denied', reason: 'not-me' },
      { type: 'ended', end: 'failed', code: 'no-phone' },
    ],
  },
];

describe.each(sides)('what comes from the $from', ({ from, parse, valid }) => {
  it('is taken as it is, without what does not belong to it', () => {
    for (const message of valid) expect(parse({ ...message, extra: true })).toEqual(message);
  });

  it('names the field that is hostile or of another type', () => {
    for (const message of valid) {
      for (const hostile of [null, {}, true, ...hostileTexts]) {
        for (const { path, value } of withField(message, hostile)) {
          const { code, message: detail } = refusal(() => parse(value));
          expect(code).toBe('malformed-message');
          expect(detail).toContain(`${from}${path}`);
        }
      }
    }
  });

  it('may be any JSON', () => {
    fc.assert(
      fc.property(hostileJson('type', [...new Set(valid.map(({ type }) => type))]), (value) => {
        const parsed = resultOrRefusal(() => parse(value));
        if (parsed instanceof AppError) expect(parsed.code).toBe('malformed-message');
        else expect(parsed).toEqual({ type: parsed.type });
      }),
      propertyRuns(300),
    );
  });
});

it('a page cannot say what only the extension or the phone may', () => {
  for (const type of ['answered', 'denied', 'superseded', 'status', 'ended', 'opened', 'toString']) {
    expect(refusal(() => parsePageMessage({ type })).message).toContain('page.type');
  }
});
