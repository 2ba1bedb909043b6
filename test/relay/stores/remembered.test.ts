import { describe, expect, it } from 'vitest';
import { relayLimits } from '../../../src/relay/limits.ts';
import type { LateRecord } from '../../../src/relay/stores/records.ts';
import { Remembered, type RememberedMessage } from '../../../src/relay/stores/remembered.ts';
import { bytes } from '../raw-client.ts';

const nowMs = 1_700_000_000_000;

/** Pages as they lie in the storage. */
class Pages {
  readonly values = new Map<number, Uint8Array>();

  pageKey(number: number): Uint8Array {
    return Buffer.from([number >> 8, number & 255]);
  }

  save(record: LateRecord): void {
    const number = Buffer.from(record.key()).readUInt16BE();
    const value = record.value();
    if (value) this.values.set(number, value);
    else this.values.delete(number);
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
  ...{ seq, id: bytes(16), expiresMs: nowMs + 1_000, state: 'received' },
  ...more,
});

describe('what a mailbox remembers of messages that are gone', () => {
  it('is found by its id, also after it was read again, until it expires', () => {
    const pages = new Pages();
    const remembered = new Remembered(pages);
    const messages = Array.from({ length: 40 }, (_, at) => message(at + 1, at % 3 === 0 ? { state: 'replaced' } : {}));
    for (const each of messages) remembered.add(each);
    for (const known of [remembered, pages.again()]) {
      expect([...known]).toEqual(messages);
      for (const each of messages) expect(known.find(each.id, nowMs)).toEqual(each);
      expect(known.find(bytes(16), nowMs)).toBeNull();
      expect(known.find(messages[5]?.id as Uint8Array, nowMs + 1_000)).toBeNull();
    }
  });

  it('tells ids apart that begin alike', () => {
    const remembered = new Remembered(new Pages());
    const [one, other] = [bytes(16), bytes(16)];
    other.set(one.subarray(0, 15));
    other[15] = (one[15] as number) ^ 1;
    remembered.add(message(1, { id: one }));
    remembered.add(message(2, { id: other }));
    expect(remembered.find(other, nowMs)?.seq).toBe(2);
    expect(remembered.find(one, nowMs)?.seq).toBe(1);
  });

  it('is bounded, the longest known going first', () => {
    const pages = new Pages();
    const remembered = new Remembered(pages);
    const messages = Array.from({ length: 3 * relayLimits.rememberedMessages + 1 }, (_, at) => message(at + 1));
    for (const each of messages) remembered.add(each);
    for (const known of [remembered, pages.again()]) {
      const left = [...known].map(({ seq }) => seq);
      expect(left.length).toBeLessThanOrEqual(relayLimits.rememberedMessages);
      expect(left.length).toBeGreaterThan(relayLimits.rememberedMessages - 20);
      expect(left.at(-1)).toBe(messages.length);
      expect(known.find(messages[0]?.id as Uint8Array, nowMs)).toBeNull();
    }
    for (const each of [message(9_000), message(9_001)]) {
      const read = pages.again();
      read.add(each);
      expect(read.find(each.id, nowMs)).toEqual(each);
    }
  });

  it('gives back the numbers of what expired, and what was taken back is not known', () => {
    const pages = new Pages();
    const remembered = new Remembered(pages);
    const messages = Array.from({ length: 20 }, (_, at) => message(at + 1, { expiresMs: nowMs + (at < 16 ? 10 : 90) }));
    for (const each of messages) remembered.add(each);
    expect(remembered.nextExpiryMs()).toBe(nowMs + 10);
    expect(remembered.expire(nowMs + 10)).toEqual(messages.slice(0, 16).map(({ seq }) => seq));
    remembered.takeBack(messages[17]?.id as Uint8Array);
    for (const known of [remembered, pages.again()]) expect([...known].map(({ seq }) => seq)).toEqual([17, 19, 20]);
    remembered.clear();
    expect(pages.values.size).toBe(0);
  });
});
