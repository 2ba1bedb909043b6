import { name } from '../../../src/relay/name.ts';
import type { MailboxStore, OpenMailbox, Watcher } from '../../../src/relay/stores/mailbox-store.ts';
import { idOf, numbered, numberOf } from '../lane.ts';
import { bytes } from '../raw-client.ts';
import { type Put, silent } from './contract.ts';

const ignored = () => undefined;
/** Between two messages, ms. */
const paceMs = 10;
/** Between two tries of what was refused, ms; clients wait longer, as they are told to. */
const againMs = 100;

/** A channel into which numbered messages are put one after the other, at one store, and taken out at another. */
export class NumberedLine {
  /** In the order in which they came, without repeats. */
  readonly applied: number[] = [];
  readonly refusals: Extract<Put, { refused: unknown }>[] = [];
  stored = 0;
  readonly #now: () => number;
  #sender!: OpenMailbox;
  #receiver!: OpenMailbox;
  #isOver = false;

  private constructor(now: () => number) {
    this.#now = now;
  }

  static async begin(id: Uint8Array, from: MailboxStore, to: MailboxStore, now: () => number): Promise<NumberedLine> {
    const line = new NumberedLine(now);
    const [creatorKey, joinKey] = [bytes(32), bytes(32)];
    await from.create(id, { creatorKey, joinKey }, now() + 150_000);
    await from.join(id, joinKey, bytes(32));
    const deliver: Watcher['deliver'] = ({ seq, body }) => {
      const value = numberOf(body);
      if (!line.applied.includes(value)) line.applied.push(value);
      line.#receiver.acknowledge(seq);
    };
    line.#receiver = (await to.open(id, 'joiner', 0, { ...silent, deliver })) as OpenMailbox;
    line.#sender = (await from.open(id, 'creator', 0, { ...silent, deliver: ignored })) as OpenMailbox;
    line.#put(0);
    return line;
  }

  /** Whether all that was put has arrived. */
  get isQuiet(): boolean {
    return this.#isOver && this.applied.length === this.stored;
  }

  finish(): void {
    this.#isOver = true;
  }

  #put(value: number): void {
    this.#sender.put({
      id: name(idOf(value)),
      expiresMs: this.#now() + 60_000,
      collapse: null,
      body: numbered(value),
      received: ignored,
      stored: () => {
        this.stored++;
        if (!this.#isOver) setTimeout(() => this.#put(value + 1), paceMs);
      },
      refused: (refused, retryAfterMs) => {
        this.refusals.push({ refused, retryAfterMs });
        setTimeout(() => this.#put(value), againMs);
      },
    });
  }
}
