import { decode, encode } from '../../core/binary.ts';
import { highestSeq, type MessageRecord, messageKey, messageRecord, pageKey, seqOf } from './layout.ts';
import type { ChannelStorage, LiveChannel } from './live-channel.ts';
import type { MessageRecords, StoredMessage } from './mailbox.ts';
import type { Side } from './mailbox-store.ts';
import type { LateRecord } from './records.ts';

/** The messages in one mailbox of a channel, as records of the store. */
export class ChannelMessages implements MessageRecords {
  readonly #storage: ChannelStorage;
  readonly #channel: LiveChannel;
  readonly #side: Side;

  constructor(storage: ChannelStorage, channel: LiveChannel, side: Side) {
    this.#storage = storage;
    this.#channel = channel;
    this.#side = side;
  }

  *load(): Generator<StoredMessage> {
    for (const { key, value } of this.#storage.range(this.key(0), this.key(highestSeq))) {
      yield { ...decode(messageRecord, value), seq: seqOf(key) };
    }
  }

  *pages(): Generator<{ number: number; value: Uint8Array }> {
    for (const { key, value } of this.#storage.range(this.pageKey(0), this.pageKey(highestSeq))) {
      yield { number: seqOf(key), value };
    }
  }

  pageKey(number: number): Uint8Array {
    return pageKey(this.#channel.id, this.#side, number);
  }

  key(seq: number): Uint8Array {
    return messageKey(this.#channel.id, this.#side, seq);
  }

  body(seq: number): Uint8Array {
    return decode(messageRecord, this.#storage.get(this.key(seq))).body;
  }

  encode(message: MessageRecord): Uint8Array {
    return encode(messageRecord, message);
  }

  save(record: LateRecord): void {
    this.#storage.save(this.#channel, record);
  }

  drop(seq: number): void {
    this.save({ group: null, key: () => this.key(seq), value: () => null, written: () => undefined });
  }

  expired(): void {
    this.#storage.expired(1);
  }
}
