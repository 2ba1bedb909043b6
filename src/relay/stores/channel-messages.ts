import { decode } from '../../core/binary.ts';
import { name } from '../name.ts';
import { highestSeq, messageKey, messageKeyBytes, messageRecord, pageKey, seqOf, writeKeyLike } from './layout.ts';
import type { ChannelStorage, LiveChannel } from './live-channel.ts';
import type { MessageRecords, StoredMessage } from './mailbox.ts';
import { otherSide, type Side } from './mailbox-store.ts';
import type { LateRecord } from './records.ts';

/** The messages in one mailbox of a channel, as records of the store. */
export class ChannelMessages implements MessageRecords {
  readonly keyBytes = messageKeyBytes;
  readonly #storage: ChannelStorage;
  readonly #channel: LiveChannel;
  readonly #side: Side;
  /** The first key of each kind, which all others begin like. */
  readonly #firstKey: Uint8Array;
  readonly #firstPageKey: Uint8Array;

  constructor(storage: ChannelStorage, channel: LiveChannel, side: Side) {
    this.#storage = storage;
    this.#channel = channel;
    this.#side = side;
    this.#firstKey = messageKey(channel.id, side, 0);
    this.#firstPageKey = pageKey(channel.id, side, 0);
  }

  *load(): Generator<StoredMessage> {
    for (const { key, value } of this.#storage.range(this.#firstKey, this.#key(highestSeq))) {
      const record = decode(messageRecord, value);
      yield { ...record, id: name(record.id), seq: seqOf(key) };
    }
  }

  *pages(): Generator<{ number: number; value: Uint8Array }> {
    for (const { key, value } of this.#storage.range(
      this.#firstPageKey,
      pageKey(this.#channel.id, this.#side, highestSeq),
    )) {
      yield { number: seqOf(key), value };
    }
  }

  writeKey(seq: number, into: Buffer, at: number): void {
    writeKeyLike(this.#firstKey, seq, into, at);
  }

  writePageKey(number: number, into: Buffer, at: number): void {
    writeKeyLike(this.#firstPageKey, number, into, at);
  }

  body(seq: number): Uint8Array {
    return decode(messageRecord, this.#storage.get(this.#key(seq))).body;
  }

  save(record: LateRecord): void {
    this.#storage.save(this.#channel, record);
  }

  retry(record: LateRecord): void {
    this.#storage.retry(this.#channel, record);
  }

  get isHere(): boolean {
    return this.#channel.watchers[this.#side] !== null;
  }

  received(id: string): void {
    this.#channel.watchers[otherSide(this.#side)]?.received(id);
  }

  expired(): void {
    this.#storage.expired(1);
  }

  #key(seq: number): Uint8Array {
    return messageKey(this.#channel.id, this.#side, seq);
  }
}
