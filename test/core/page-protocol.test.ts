import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/core/errors.ts';
import { parsePageMessage } from '../../src/core/page-protocol.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { refusal, resultOrRefusal } from '../support/refusal.ts';
import { hostileJson, hostileTexts, withField } from './hostile.ts';

const valid = [
  ...['password', 'timed-out', 'gone', 'approved', 'mismatched'].map((type) => ({ type })),
  { type: 'failed', code: 'approval-invalid' },
];

describe('what comes from the page', () => {
  it('is taken as it is, without what does not belong to it', () => {
    for (const message of valid) expect(parsePageMessage({ ...message, extra: true })).toEqual(message);
  });

  it('names the field that is hostile or of another type', () => {
    for (const message of valid) {
      for (const hostile of [null, {}, true, ...hostileTexts]) {
        for (const { path, value } of withField(message, hostile)) {
          const { code, message: detail } = refusal(() => parsePageMessage(value));
          expect(code).toBe('malformed-message');
          expect(detail).toContain(`page${path}`);
        }
      }
    }
  });

  it('may be any JSON', () => {
    fc.assert(
      fc.property(hostileJson('type', [...new Set(valid.map(({ type }) => type))]), (value) => {
        const parsed = resultOrRefusal(() => parsePageMessage(value));
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
