import { base64url } from '../core/bytes.ts';
import type { FrameOf } from '../core/frames.ts';
import { limits } from '../core/limits.ts';
import type { Connection } from './connection.ts';
import { passingRefusals } from './passing-refusals.ts';
import type { OutgoingMessage, RelayEvents } from './relay-client.ts';

/** Longest wait for a relay that cannot take a message now, ms: nobody looks at a request for much longer. */
const longestRetryMs = 10_000;

/** What was put and the relay has not yet stored: said again, in order, until it has or need not, will not, or it is too late. */
export class Unstored {
  readonly #connection: Connection;
  readonly #events: Pick<RelayEvents, 'rejected'>;
  readonly #all = new Map<string, OutgoingMessage>();
  /** Mailboxes whose messages wait until the relay may take them again, by name; each with what ends that. */
  readonly #held = new Map<string, () => void>();

  constructor(connection: Connection, events: Pick<RelayEvents, 'rejected'>) {
    this.#connection = connection;
    this.#events = events;
  }

  /** `isOpen`: it can be said at once, unless it has to wait for others. */
  put(message: OutgoingMessage, isOpen: boolean): void {
    this.#all.set(base64url(message.id), message);
    if (isOpen && !this.#held.has(base64url(message.channel))) this.#send(message);
    else if (!this.#connection.nonce) this.#connection.wake();
  }

  /** Says all that waits for a mailbox. */
  resend(name: string): void {
    this.release(name);
    for (const message of this.#of(name)) this.#send(message);
  }

  /** The mailbox is opened anew, and nothing has to wait for longer than that takes. */
  release(name: string): void {
    this.#held.get(name)?.();
    this.#held.delete(name);
  }

  forget(name: string): void {
    this.release(name);
    for (const { id } of this.#of(name)) this.#all.delete(base64url(id));
  }

  /** The relay has it, or the other side already. */
  settled(id: Uint8Array): void {
    this.#all.delete(base64url(id));
  }

  /**
   * What the relay may take a little later is said again then; the person hears of what takes longer than that, or is of
   * no mailbox here.
   */
  rejected(frame: FrameOf<'rejected'>, isOurs: boolean): void {
    const id = base64url(frame.id);
    const message = this.#all.get(id);
    const { code, retryAfterMs } = frame;
    const mayPass = passingRefusals.has(code) && retryAfterMs > 0 && retryAfterMs <= longestRetryMs;
    if (isOurs && message && mayPass && this.#connection.now() + retryAfterMs < message.expiresMs) {
      this.#hold(base64url(frame.channel), retryAfterMs);
    } else {
      this.#all.delete(id);
      this.#events.rejected(frame);
    }
  }

  /** Sends nothing more for a mailbox for a while, as what was refused has to come before what was said after it. */
  #hold(name: string, waitMs: number): void {
    if (!this.#held.has(name))
      this.#held.set(
        name,
        this.#connection.later(waitMs, () => this.resend(name)),
      );
  }

  #send({ channel, id, expiresMs, collapse, body }: OutgoingMessage): void {
    // By a clock that was ahead before the relay told its time it is more than a relay would give.
    const lifeMs = Math.min(limits.messageLifeMs, Math.floor(expiresMs - this.#connection.now()));
    if (lifeMs <= 0) {
      this.#all.delete(base64url(id));
      this.#events.rejected({ frame: 'rejected', channel, id, code: 'expired', retryAfterMs: 0 });
      return;
    }
    this.#connection.send({ frame: 'put', channel, id, lifeMs, collapse, body });
  }

  #of(name: string): OutgoingMessage[] {
    return [...this.#all.values()].filter(({ channel }) => base64url(channel) === name);
  }
}
