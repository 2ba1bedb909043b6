import { decode, encode } from '../../core/binary.ts';
import { highestSeq, messageKey, messageRecord, seqOf } from './layout.ts';
import type { ChannelStorage, LiveChannel } from './live-channel.ts';
import type { MailboxMessage, MessageRecords } from './mailbox.ts';
import type { Side } from './mailbox-store.ts';

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

  *load(): Generator<MailboxMessage> {
    for (const { key, value } of this.#storage.range(this.#key(0), this.#key(highestSeq))) {
      yield { ...decode(messageRecord, value), seq: seqOf(key), pending: null };
    }
  }

  keep(message: MailboxMessage): Promise<void> {
    return this.#storage.write(this.#channel, this.#key(message.seq), encode(messageRecord, message));
  }

  drop(seq: number): void {
    this.#storage.write(this.#channel, this.#key(seq), null);
  }

  expired(): void {
    this.#storage.expired(1);
  }

  #key(seq: number): Uint8Array {
    return messageKey(this.#channel.id, this.#side, seq);
  }
}
