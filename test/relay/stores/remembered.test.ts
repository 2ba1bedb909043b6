import { describe, expect, it } from 'vitest';
import { relayLimits } from '../../../src/relay/limits.ts';
import { currentValueOf, keyOf, type LateRecord } from '../../../src/relay/stores/records.ts';
import { Remembered } from '../../../src/relay/stores/remembered.ts';
import type { RememberedMessage } from '../../../src/relay/stores/remembered-page.ts';
import { newId } from './contract.ts';

const nowMs = 1_700_000_000_000;

/** Pages as they lie in the storage. */
class Pages {
  readonly values = new Map<number, Uint8Array>();

  readonly keyBytes = 2;

  writePageKey(number: number, into: Buffer, at: number): void {
    into.writeUInt16BE(number, at);
  }

  save(record: LateRecord): void {
    const number = keyOf(record).readUInt16BE();
    const value = currentValueOf(record);
    if (value) this.values.set(number, value);
    else this.values.delete(number);
  }

  retry(): void {
    throw new Error('nothing fails here');
  }

  again(): Remembered {
    const remembered = new Remembered(this);
    for (const [number, value] of [...this.values].sort(([left], [right]) => left - right)) {
      remembered.load(number, value);
    }
    return remembered;
  }
}

const message = (seq: number, more: Partial<RememberedMessage> = {}): RememberedMessage => ({
  ...{ seq, id: newId(), expiresMs: nowMs + 1_000, state: 'received' },
  ...more,
});

describe('what a mailbox remembers of messages that are gone', () => {
  it('is found by its id, also after it was read again, until it expires', () => {
    const pages = new Pages();
    const remembered = new Remembered(pages);
    const messages = Array.from({ length: 40 }, (_, at) => message(at + 1, at % 3 === 0 ? { state: 'replaced' } : {}));
    for (const each of messages) remembered.add(each, each.state);
    for (const known of [remembered, pages.again()]) {
      expect([...known]).toEqual(messages);
      for (const each of messages) expect(known.find(each.id, nowMs)).toEqual(each);
      expect(known.find(newId(), nowMs)).toBeNull();
      expect(known.find(messages[5]?.id as string, nowMs + 1_000)).toBeNull();
    }
  });

  it('tells ids apart that begin alike', () => {
    const remembered = new Remembered(new Pages());
    const one = newId();
    const other = one.slice(0, 15) + String.fromCharCode(one.charCodeAt(15) ^ 1);
    remembered.add(message(1, { id: one }), 'received');
    remembered.add(message(2, { id: other }), 'received');
    expect(remembered.find(other, nowMs)?.seq).toBe(2);
    expect(remembered.find(one, nowMs)?.seq).toBe(1);
  });

  it('is bounded, the longest known going first', () => {
    const pages = new Pages();
    const remembered = new Remembered(pages);
    const messages = Array.from({ length: 3 * relayLimits.rememberedMessages + 1 }, (_, at) => message(at + 1));
    for (const each of messages) remembered.add(each, each.state);
    for (const known of [remembered, pages.again()]) {
      const left = [...known].map(({ seq }) => seq);
      expect(left.length).toBeLessThanOrEqual(relayLimits.rememberedMessages);
      expect(left.length).toBeGreaterThan(relayLimits.rememberedMessages - 20);
      expect(left.at(-1)).toBe(messages.length);
      expect(known.find(messages[0]?.id as string, nowMs)).toBeNull();
      for (const each of messages.slice(-left.length)) expect(known.find(each.id, nowMs)).toEqual(each);
    }
    for (const each of [message(9_000), message(9_001)]) {
      const read = pages.again();
      read.add(each, each.state);
      expect(read.find(each.id, nowMs)).toEqual(each);
    }
  });

  it('gives back the numbers of what expired', () => {
    const pages = new Pages();
    const remembered = new Remembered(pages);
    const messages = Array.from({ length: 20 }, (_, at) => message(at + 1, { expiresMs: nowMs + (at < 16 ? 10 : 90) }));
    for (const each of messages) remembered.add(each, each.state);
    expect(remembered.nextExpiryMs()).toBe(nowMs + 10);
    expect(remembered.expire(nowMs + 10)).toEqual(messages.slice(0, 16).map(({ seq }) => seq));
    for (const known of [remembered, pages.again()]) expect([...known].map(({ seq }) => seq)).toEqual([17, 18, 19, 20]);
    remembered.clear();
    expect(pages.values.size).toBe(0);
  });
});
