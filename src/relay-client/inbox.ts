import { base64url, fromBase64url } from '../core/bytes.ts';
import { Conversation, peek } from '../core/conversation.ts';
import { AppError, codeOf } from '../core/errors.ts';
import type { FrameOf } from '../core/frames.ts';
import { limits } from '../core/limits.ts';
import { decodeMessage, type Message } from '../core/messages.ts';
import { encodedBytes, encodedUpTo, integer, object, type Parsed } from '../core/parse.ts';
import { clockSlackMs } from './clock-slack.ts';
import type { Conversations } from './conversations.ts';
import type { Contact, PostOptions } from './post.ts';
import { SeenMarks } from './seen-marks.ts';

const id = encodedBytes(16);
const arrived = object({
  pairing: id,
  conversation: id,
  seq: integer(0, Number.MAX_SAFE_INTEGER),
  plaintext: encodedUpTo(limits.bodyBytes),
});
const seen = object({ expiresMs: integer(0, Number.MAX_SAFE_INTEGER) });
type Arrived = Parsed<typeof arrived>;

/** How often what is over is looked for while messages come, ms. */
const sweepEveryMs = 60_000;

/**
 * What arrives: opened once, stored in one step with what opening it changed, and handled from there, also after a
 * restart.
 */
export class Inbox {
  readonly #options: PostOptions;
  readonly #conversations: Conversations;
  readonly #seen = new SeenMarks();
  /** What was left unhandled, until `resume`. */
  #left: [key: string, Arrived][] = [];
  /** When what is over was last looked for, ms. */
  #sweptAt = 0;
  /** Arrivals are handled one after the other. */
  #handling: Promise<unknown> = Promise.resolve();

  constructor(options: PostOptions, conversations: Conversations) {
    this.#options = options;
    this.#conversations = conversations;
  }

  /** Takes up what was stored and not yet handled. Throws `malformed-message`. */
  recall(key: string, value: unknown): void {
    this.#left.push([key, arrived(value, key)]);
  }

  /** Takes up what marks something as seen, if it is wanted; gives whether it is. Throws `malformed-message`. */
  recallMark(key: string, value: unknown, isWanted: (pairing: string, expiresMs: number) => boolean): boolean {
    const [, pairing = '', ...name] = key.split(':');
    const { expiresMs } = seen(value, key);
    if (!isWanted(pairing, expiresMs)) return false;
    this.#seen.add(pairing, name.join(':'), expiresMs);
    return true;
  }

  /** Handles what was left, in the order in which it came. */
  resume(): void {
    const left = this.#left.splice(0).sort(([, one], [, other]) => one.seq - other.seq);
    for (const [key, arrival] of left) this.#handle(key, arrival);
  }

  /** Resolves once it is safe here, or is known not to be worth keeping; rejects when it could not be stored. */
  async take(contact: Contact, frame: FrameOf<'deliver'>): Promise<void> {
    // In turn, as the same may be on its way in by Web Push.
    const arrival = await this.#conversations.inTurn(async () =>
      this.#seen.has(contact.pairing, base64url(frame.id)) ? null : this.#open(contact, frame),
    );
    if (arrival) this.#handle(keyOf(frame), arrival);
  }

  /** Resolves once all that came so far is handled, however that ended. */
  handled(): Promise<unknown> {
    return this.#handling;
  }

  /** Forgets what was seen of a contact; gives the keys of it. */
  forget(pairing: string): string[] {
    return this.#seen.forget(pairing);
  }

  /** Opens a body and stores what came of it, all at once; null when it cannot be opened and is dropped. */
  async #open(contact: Contact, frame: FrameOf<'deliver'>): Promise<Arrived | null> {
    const { store, events, clock } = this.#options;
    const { pairing } = contact;
    const name = base64url(frame.id);
    // By our own clock: a relay that lies about the time must not make us remember for ever, nor forget too soon.
    const expiresMs = clock.now() + limits.messageLifeMs;
    const mark = { [SeenMarks.key(pairing, name)]: { expiresMs } };
    await this.#sweep();
    try {
      const { conversation, plaintext, first } = this.#unseal(contact, frame.body);
      const arrival = {
        pairing,
        conversation: base64url(conversation.id),
        seq: frame.seq,
        plaintext: base64url(plaintext),
      };
      const beginning = firstOf(conversation.id);
      await this.#conversations.keep(pairing, conversation, {
        ...mark,
        ...(first && { [SeenMarks.key(pairing, beginning)]: { expiresMs } }),
        [keyOf(frame)]: arrival,
      });
      this.#seen.add(pairing, name, expiresMs);
      if (first) this.#seen.add(pairing, beginning, expiresMs);
      return arrival;
    } catch (thrown) {
      if (!(thrown instanceof AppError)) throw thrown;
      await store.set(mark);
      this.#seen.add(pairing, name, expiresMs);
      events.dropped(pairing, thrown.code);
      return null;
    }
  }

  #unseal(contact: Contact, body: Uint8Array): { conversation: Conversation; plaintext: Uint8Array; first: boolean } {
    const { conversation: of, first } = peek(body);
    const name = base64url(of);
    if (first) {
      // A relay can say a first message again under another id, also when the conversation is long over.
      const isKnown = this.#conversations.pairingOf(name) !== undefined;
      if (isKnown || this.#seen.has(contact.pairing, firstOf(of))) {
        throw new AppError('replayed', 'conversation existed');
      }
      return { ...Conversation.accept(contact, this.#options.random, body), first };
    }
    const conversation = this.#conversations.copy(contact, name);
    return { conversation, plaintext: conversation.open(body), first };
  }

  /** Forgets what is over, now and then, so that a process that goes on for weeks holds no more than one that starts. */
  async #sweep(): Promise<void> {
    const now = this.#options.clock.now();
    if (Math.abs(now - this.#sweptAt) < sweepEveryMs) return;
    this.#sweptAt = now;
    const keys = [...this.#conversations.sweep(now), ...this.#seen.sweep(now - clockSlackMs)];
    if (keys.length > 0) await this.#options.store.remove(keys);
  }

  #handle(key: string, { pairing, conversation, plaintext }: Arrived): void {
    const { events, store } = this.#options;
    this.#handling = this.#handling
      .then(async () => {
        let message: Message;
        try {
          message = decodeMessage(fromBase64url(plaintext));
        } catch (thrown) {
          events.dropped(pairing, codeOf(thrown));
          return store.remove([key]);
        }
        await events.message({ pairing, conversation }, message);
        return store.remove([key]);
      })
      // It stays in the inbox and is handled again after the next start.
      .catch((thrown: unknown) => events.dropped(pairing, codeOf(thrown)));
  }
}

/** What is remembered of a conversation that the other side began. */
function firstOf(conversation: Uint8Array): string {
  return `first:${base64url(conversation)}`;
}

function keyOf({ channel, id }: FrameOf<'deliver'>): string {
  return `inbox:${base64url(channel)}:${base64url(id)}`;
}
