import { nameAt } from '../../name.ts';
import type { PeerEvent, Side } from '../mailbox-store.ts';
import { decodePut, letters, type WaitingMessage } from './keys.ts';
import type { RedisMailbox } from './redis-mailbox.ts';

const idBytes = 16;
/** Of a hint: its kind, and whose mailbox it is for. */
const hintHeadBytes = 36;

/** Mailboxes that are being opened under one name. */
interface Opening {
  count: number;
  /** Something was said to them meanwhile, which reached nobody. */
  missed: boolean;
}

function nameOf(channel: string, side: Side): string {
  return letters[side] + channel;
}

/** The mailboxes that this process has open, and what hints say to them. */
export class OpenMailboxes {
  readonly #open = new Map<string, RedisMailbox>();
  readonly #openings = new Map<string, Opening>();

  [Symbol.iterator](): Iterator<RedisMailbox> {
    return this.#open.values();
  }

  has(mailbox: RedisMailbox): boolean {
    return this.#open.get(nameOf(mailbox.channel, mailbox.side)) === mailbox;
  }

  delete(mailbox: RedisMailbox): void {
    if (this.has(mailbox)) this.#open.delete(nameOf(mailbox.channel, mailbox.side));
  }

  /**
   * Opens a mailbox by what `read` gives; null leaves it closed. What was said while the answer was on its way is looked up.
   * Gives whether it is open.
   */
  async open<Reply>(
    mailbox: RedisMailbox,
    read: () => Promise<Reply | null>,
    opened: (reply: Reply) => void,
  ): Promise<boolean> {
    const name = nameOf(mailbox.channel, mailbox.side);
    const opening = this.#openings.get(name) ?? { count: 0, missed: false };
    this.#openings.set(name, opening);
    opening.count++;
    try {
      const reply = await read();
      if (reply === null) return false;
      this.#open.set(name, mailbox);
      opened(reply);
      if (opening.missed) await mailbox.look(true);
      return true;
    } finally {
      if (--opening.count === 0) this.#openings.delete(name);
    }
  }

  /** A message for a mailbox; whether somebody has it open, or is about to. */
  deliver(channel: string, side: Side, seq: number, before: number, message: WaitingMessage): boolean {
    const { mailbox, opening } = this.#saidTo(nameOf(channel, side));
    mailbox?.arrived(seq, before, message);
    return mailbox !== undefined || opening !== undefined;
  }

  /** One hint: kind, whose mailbox, and what is to be known of it. Throws `malformed-frame`. */
  hear(hint: Buffer): void {
    const { mailbox } = this.#saidTo(hint.toString('latin1', 1, hintHeadBytes));
    if (mailbox) this.#hints[hint.toString('latin1', 0, 1)]?.(mailbox, hint.subarray(hintHeadBytes));
  }

  #saidTo(name: string): { mailbox: RedisMailbox | undefined; opening: Opening | undefined } {
    const opening = this.#openings.get(name);
    if (opening) opening.missed = true;
    return { mailbox: this.#open.get(name), opening };
  }

  readonly #hints: Readonly<Record<string, (mailbox: RedisMailbox, rest: Buffer) => void>> = {
    M: (mailbox, rest) => {
      for (const { seq, before, message } of decodePut(rest)) mailbox.arrived(seq, before, message);
    },
    R: (mailbox, rest) => {
      for (let at = 0; at < rest.length; at += idBytes) mailbox.received(nameAt(rest, at));
    },
    P: (mailbox, rest) => {
      const event = rest.toString() as PeerEvent;
      if (event === 'joined') mailbox.untilMs = 0;
      mailbox.watcher.peer(event);
    },
    D: (mailbox, rest) => {
      if (rest.toString() !== mailbox.token) return;
      this.delete(mailbox);
      mailbox.watcher.displaced();
    },
    U: (mailbox, rest) => mailbox.watcher.unsubscribed(rest.toString()),
    C: (mailbox) => {
      this.delete(mailbox);
      mailbox.watcher.closed();
    },
  };
}
