import { limits } from '../core/limits.ts';
import { type Answer, type Message, type PhoneRequest, parseAnswer } from '../core/messages.ts';
import { advance, begin, type DenyReason, isEnded, msLeft, type RequestEvent } from '../core/request.ts';
import type { Arrival, Post } from '../relay-client/post.ts';
import type { PhoneParts } from './parts.ts';
import { afterOutcome, unconfirmed } from './registrations.ts';
import type { RequestBook } from './request-book.ts';
import {
  type HeldRequest,
  isCrowded,
  isNative,
  isObserved,
  keyOf,
  requestKey,
  requestRecord,
} from './storage/held-request.ts';
import type { RegistrationName } from './storage/registration.ts';

type Outcome = Extract<Message, { kind: 'outcome' }>;
type Withdraw = Extract<Message, { kind: 'withdraw' }>;

const afterAnswer: {
  readonly [Decision in Answer['decision']]: (answer: Extract<Answer, { decision: Decision }>) => RequestEvent;
} = {
  approve: () => ({ type: 'answered' }),
  register: () => ({ type: 'answered' }),
  deny: ({ reason }) => ({ type: 'denied', reason }),
  cannot: ({ code }) => ({ type: 'failed', code }),
};

/** What is done with a request from its arrival to its end. */
export class RequestDesk {
  readonly #parts: PhoneParts;
  readonly #book: RequestBook;
  readonly #post: () => Promise<Post>;
  /** Resolves once the relay's time is known. */
  readonly #relayTime: Promise<void>;

  constructor(parts: PhoneParts, book: RequestBook, post: () => Promise<Post>, relayTime: Promise<void>) {
    this.#parts = parts;
    this.#book = book;
    this.#post = post;
    this.#relayTime = relayTime;
  }

  /** Goes on with what was left undone. */
  async resume(): Promise<void> {
    await this.#book.tick();
    const undone = this.#book.requests.value.filter(
      ({ answer, life }) => answer && !isEnded(life) && life.phase !== 'answered',
    );
    for (const { answer, ...held } of undone) await this.answer(keyOf(held), answer as Answer);
  }

  /**
   * Takes in a request. What has expired is ignored, and what is held already, except for the account of an observed one,
   * which its page may have named late; what is too much is declined. `system`: see `HeldRequest`.
   */
  async arrive({ pairing, conversation }: Arrival, request: PhoneRequest, system?: string): Promise<void> {
    await this.#relayTime;
    const post = await this.#post();
    await this.#book.inTurn(async () => {
      // What a relay delivers is not over there: it is lost neither where this phone's clock was set ahead, nor where it slept.
      const leftMs = request.expiresAt - post.client(this.#parts.relay).steadyNow();
      if (leftMs <= 0) return;
      const known = this.#book.find(requestKey({ pairing, id: request.id }));
      if (known) {
        const { account = known.request.account } = request;
        if (isObserved(known) && !isEnded(known.life))
          await this.#book.replace([{ ...known, request: { ...known.request, account } }]);
        return;
      }
      const now = this.#parts.clock.now();
      await this.#book.forgetOld(now);
      if (isCrowded(this.#book.requests.value, pairing, now)) {
        if (request.type === 'observed') return;
        const answer: Answer = { decision: 'cannot', id: request.id, code: 'too-many-requests' };
        await post.reply(conversation, { kind: 'answer', answer }, leftMs);
        return;
      }
      const life = advance(begin(now, leftMs), { type: 'received' }, now);
      const held: HeldRequest = { pairing, conversation, request, system, life, dismissed: false };
      await this.#book.add(held, now);
      await post.reply(conversation, { kind: 'receipt', id: request.id, stage: 'received' }, leftMs);
    });
    await this.#declineUnknown(requestKey({ pairing, id: request.id }));
  }

  /** The person sees it; gives whether for the first time. */
  opened(key: string): Promise<boolean> {
    return this.#book.inTurn(async () => {
      const held = this.#book.find(key);
      if (!held) return false;
      const now = this.#parts.clock.now();
      const life = advance(held.life, { type: 'opened' }, now);
      if (life.phase !== 'opened' || life === held.life) return false;
      const post = await this.#post();
      await post.reply(
        held.conversation,
        { kind: 'receipt', id: held.request.id, stage: 'opened' },
        Math.max(1, msLeft(life, now)),
      );
      await this.#book.replace([{ ...held, life }]);
      return true;
    });
  }

  /**
   * Answers a request that is still open, unless it is answered in another app. It is stored before it is sent, so that
   * it is sent whatever happens. Throws `malformed-message` for what the other side would not read.
   */
  answer(key: string, answer: Answer): Promise<void> {
    return this.#book.inTurn(async () => {
      const held = this.#book.find(key);
      if (!held || !isNative(held) || held.life.phase === 'answered' || isEnded(this.#book.aged(held).life)) return;
      const answered = { ...held, answer: parseAnswer(answer) };
      await this.#parts.vault.set(requestRecord(answered));
      const post = await this.#post();
      const now = this.#parts.clock.now();
      const lifeMs = msLeft(held.life, now) + limits.verificationGraceMs;
      await post.reply(held.conversation, { kind: 'answer', answer }, lifeMs);
      const event = (afterAnswer[answer.decision] as (answer: Answer) => RequestEvent)(answer);
      await this.#book.replace([{ ...answered, life: advance(held.life, event, now) }]);
    });
  }

  deny(key: string, reason: DenyReason): Promise<void> {
    const held = this.#book.find(key);
    return held ? this.answer(key, { decision: 'deny', id: held.request.id, reason }) : Promise.resolve();
  }

  /** The request is over without this phone's doing. */
  withdraw({ pairing }: Arrival, { id, reason }: Withdraw): Promise<void> {
    return this.#book.inTurn(async () => {
      const held = this.#book.find(requestKey({ pairing, id }));
      if (held) await this.#book.end(held, { type: reason });
    });
  }

  /**
   * What came of this phone's answer; of a request that it has not answered it says nothing. Of an observed one: what
   * the page shows.
   */
  outcome({ pairing }: Arrival, { id, outcome, code }: Outcome): Promise<void> {
    return this.#book.inTurn(async () => {
      const held = this.#book.find(requestKey({ pairing, id }));
      if (!held) return;
      const event: RequestEvent =
        outcome === 'failed' ? { type: outcome, code: code ?? 'unexpected' } : { type: outcome };
      if (!isNative(held)) return this.#book.end(held, event);
      if (!held.answer || outcome === 'denied') return;
      const now = this.#parts.clock.now();
      const next = { ...held, life: advance(held.life, event, now) };
      const before = this.#book.registrations.find(held.request);
      await this.#book.replace([next], afterOutcome(before, held.request, held.answer, event, now));
    });
  }

  /** The person was not verified for a sign-in. */
  unconfirmed(key: string): Promise<void> {
    return this.#book.inTurn(async () => {
      const held = this.#book.find(key);
      if (held?.request.type !== 'sign-in') return;
      const before = this.#book.registrations.find(held.request);
      if (before) await this.#book.replace([], unconfirmed(before));
    });
  }

  /** Forgets a registration here. The provider goes on listing this phone until it is told. */
  unregister(registration: RegistrationName): Promise<void> {
    return this.#book.inTurn(() => this.#book.registrations.remove(registration));
  }

  /** The end was read, or an observed request is to be out of sight. */
  dismiss(key: string): Promise<void> {
    return this.#book.inTurn(async () => {
      const held = this.#book.find(key);
      if (held && (isEnded(held.life) || isObserved(held))) await this.#book.replace([{ ...held, dismissed: true }]);
    });
  }

  /** Every end that is still shown was read, or is to make way; so is what waits for nothing here. */
  dismissAll(): Promise<void> {
    return this.#book.inTurn(() =>
      this.#book.replace(
        this.#book.requests.value
          .filter((held) => isEnded(held.life) || isObserved(held))
          .map((held) => ({ ...held, dismissed: true })),
      ),
    );
  }

  /** Forgets the requests of a pairing that is over. */
  forget(pairing: string): Promise<void> {
    return this.#book.inTurn(() =>
      this.#book.forget(this.#book.requests.value.filter((held) => held.pairing === pairing)),
    );
  }

  /** A sign-in that this phone is not registered for is refused at once, with the reason. */
  async #declineUnknown(key: string): Promise<void> {
    const held = this.#book.find(key);
    if (held?.request.type !== 'sign-in' || isEnded(held.life) || this.#book.registrations.find(held.request)) return;
    const { id, account } = held.request;
    const isKnownElsewhere = this.#book.registrations.all.value.some((one) => one.account === account);
    await this.answer(key, { decision: 'cannot', id, code: isKnownElsewhere ? 'wrong-origin' : 'no-registration' });
  }
}
