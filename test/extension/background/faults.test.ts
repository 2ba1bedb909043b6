import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { Faults } from '../../../src/extension/background/faults.ts';

function setUp() {
  const lines: string[] = [];
  const codes: unknown[] = [];
  const faults: Faults = new Faults({ changed: () => codes.push(faults.code), log: (line) => lines.push(line) });
  return { faults, lines, codes };
}

describe('what goes wrong', () => {
  it('leaves a trace and disables nothing', () => {
    const { faults, lines, codes } = setUp();
    faults.report(new TypeError('No current window for ana@example.org'));
    expect(faults.code).toBeNull();
    expect(codes).toEqual([]);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^unexpected \(TypeError\)\n\s+at .*faults\.test/);
    expect(lines[0]).not.toContain('ana');
  });

  it('is said with its code, and with the kind of what was behind it', () => {
    const { faults, lines } = setUp();
    faults.report(
      new AppError('key-storage-broken', 'book', { cause: new DOMException('full', 'QuotaExceededError') }),
    );
    faults.report('a text');
    expect(lines[0]).toMatch(/^key-storage-broken \(QuotaExceededError\)/);
    expect(lines[1]).toBe('unexpected (string)');
  });

  it('disables where nothing can work without it, and goes on naming the first', () => {
    const { faults, lines, codes } = setUp();
    faults.disable(new AppError('key-storage-broken'));
    faults.disable(new TypeError('later'));
    expect(codes).toEqual(['key-storage-broken', 'key-storage-broken']);
    expect(lines).toHaveLength(2);
  });
});
