import { base64url } from '../core/bytes.ts';
import { Conversation } from '../core/conversation.ts';
import { AppError } from '../core/errors.ts';
import { inTurn } from '../core/in-turn.ts';
import { limits } from '../core/limits.ts';
import { encodedBytes, integer, object } from '../core/parse.ts';
import type { Contact, PostOptions } from './post.ts';

const stored = object({
  pairing: encodedBytes(16),
  expiresMs: integer(0, Number.MAX_SAFE_INTEGER),
  saved: (value: unknown) => value,
});

/** How long a conversation is kept after it was last used, ms: longer than any request lives. */
const conversationLifeMs = 2 * limits.longestRequestLifeMs;

interface Kept {
  pairing: string;
  expiresMs: number;
  conversation: Conversation;
}

/** The conversations that are not over, by the base64url of their id; each step of one is stored before it counts. */
export class Conversations {
  readonly #options: Pick<PostOptions, 'store' | 'clock' | 'random'>;
  readonly #all = new Map<string, Kept>();
  /** Changes are made one after the other: all that copies a conversation and keeps the copy runs in turn. */
  readonly inTurn = inTurn();

  constructor(options: Pick<PostOptions, 'store' | 'clock' | 'random'>) {
    this.#options = options;
  }

  /** Takes up a stored one; false when it is over, or its contact is gone. Throws `malformed-message`. */
  recall(key: string, value: unknown, contacts: ReadonlyMap<string, Contact>): boolean {
    const { pairing, expiresMs, saved } = stored(value, key);
    const contact = contacts.get(pairing);
    const { clock, random } = this.#options;
    if (!contact || expiresMs < clock.now()) return false;
    const conversation = Conversation.restore(contact, random, saved);
    this.#all.set(key.split(':')[1] ?? '', { pairing, expiresMs, conversation });
    return true;
  }

  /** With whom a conversation is; undefined when it is over. */
  pairingOf(name: string): string | undefined {
    return this.#all.get(name)?.pairing;
  }

  /**
   * A copy to work on: when storing it fails, the conversation stays as it was. Throws `unknown-request` when there is
   * none with that contact.
   */
  copy(contact: Contact, name: string): Conversation {
    const kept = this.#all.get(name);
    if (kept?.pairing !== contact.pairing) throw new AppError('unknown-request', 'conversation is over');
    return Conversation.restore(contact, this.#options.random, kept.conversation.toJSON());
  }

  /** Stores a conversation, and what belongs to the same step, before anybody acts on it. */
  async keep(
    pairing: string,
    conversation: Conversation,
    more: Record<string, unknown>,
    lifeMs = conversationLifeMs,
  ): Promise<void> {
    const name = base64url(conversation.id);
    const expiresMs = this.#options.clock.now() + lifeMs;
    await this.#options.store.set({ ...more, [keyOf(name)]: { pairing, expiresMs, saved: conversation.toJSON() } });
    this.#all.set(name, { pairing, expiresMs, conversation });
  }

  /** Forgets what was over at `now`, ms; gives the keys of it. */
  sweep(now: number): string[] {
    return this.#forget(({ expiresMs }) => expiresMs < now);
  }

  /** Forgets all with a contact; gives the keys of it. */
  forget(pairing: string): string[] {
    return this.#forget((kept) => kept.pairing === pairing);
  }

  #forget(isGone: (kept: Kept) => boolean): string[] {
    const gone = [...this.#all].filter(([, kept]) => isGone(kept)).map(([name]) => name);
    for (const name of gone) this.#all.delete(name);
    return gone.map(keyOf);
  }
}

function keyOf(name: string): string {
  return `conversation:${name}`;
}
