import { signal } from '@preact/signals';
import { codeOf, type ErrorCode } from '../core/errors.ts';
import { inTurn } from '../core/in-turn.ts';
import { limits } from '../core/limits.ts';
import { type Answer, type Message, type PhoneRequest, parseAnswer } from '../core/messages.ts';
import {
  advance,
  begin,
  type DenyReason,
  deadline,
  isEnded,
  msLeft,
  type RequestEvent,
  type RequestLife,
} from '../core/request.ts';
import type { Arrival, Post } from '../relay-client/post.ts';
import type { PhoneParts } from './parts.ts';
import { afterOutcome, Registrations, unconfirmed } from './registrations.ts';
import {
  type HeldRequest,
  isCrowded,
  isNative,
  isObserved,
  isOld,
  keyOf,
  loadRequests,
  removeRequests,
  requestKey,
  requestRecord,
} from './storage/held-request.ts';
import { historyRecord, pruneHistory } from './storage/history-record.ts';
import { type Registration, type RegistrationName, registrationRecord } from './storage/registration.ts';

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

/** The requests of this phone, each from its arrival to its end. */
export class RequestDesk {
  /** Newest first. */
  readonly requests = signal<readonly HeldRequest[]>([]);
  readonly registrations: Registrations;
  readonly #parts: PhoneParts;
  readonly #post: () => Promise<Post>;
  /** Resolves once the relay's time is known. */
  readonly #relayTime: Promise<void>;
  readonly #failed: (code: ErrorCode) => void;
  readonly #inTurn = inTurn();
  #cancelTick: () => void = () => undefined;

  constructor(
    parts: PhoneParts,
    post: () => Promise<Post>,
    relayTime: Promise<void>,
    failed: (code: ErrorCode) => void,
  ) {
    this.registrations = new Registrations(parts.vault);
    this.#parts = parts;
    this.#post = post;
    this.#relayTime = relayTime;
    this.#failed = failed;
  }

  /** Reads what is stored. Throws `key-storage-broken`. */
  async load(): Promise<void> {
    const { vault, clock } = this.#parts;
    await this.registrations.load();
    this.requests.value = await loadRequests(vault);
    await this.#forgetOld(clock.now());
    await pruneHistory(vault, clock.now());
  }

  /** Goes on with what was left undone. */
  async resume(): Promise<void> {
    await this.tick();
    const undone = this.requests.value.filter(
      ({ answer, life }) => answer && !isEnded(life) && life.phase !== 'answered',
    );
    for (const { answer, ...held } of undone) await this.answer(keyOf(held), answer as Answer);
  }

  find(key: string): HeldRequest | undefined {
    return this.requests.value.find((held) => keyOf(held) === key);
  }

  /**
   * Takes in a request. What has expired is ignored, and what is held already, except for the account of an observed one,
   * which its page may have named late; what is too much is declined. `system`: see `HeldRequest`.
   */
  async arrive({ pairing, conversation }: Arrival, request: PhoneRequest, system?: string): Promise<void> {
    await this.#relayTime;
    const post = await this.#post();
    await this.#inTurn(async () => {
      const leftMs = request.expiresAt - post.client(this.#parts.relay).now();
      if (leftMs <= 0) return;
      const known = this.find(requestKey({ pairing, id: request.id }));
      if (known) {
        const { account = known.request.account } = request;
        if (isObserved(known) && !isEnded(known.life))
          await this.#replace([{ ...known, request: { ...known.request, account } }]);
        return;
      }
      const now = this.#parts.clock.now();
      await this.#forgetOld(now);
      if (isCrowded(this.requests.value, pairing, now)) {
        if (request.type === 'observed') return;
        const answer: Answer = { decision: 'cannot', id: request.id, code: 'too-many-requests' };
        await post.reply(conversation, { kind: 'answer', answer }, leftMs);
        return;
      }
      const life = advance(begin(now, leftMs), { type: 'received' }, now);
      const held: HeldRequest = { pairing, conversation, request, system, life, dismissed: false };
      await this.#replace([held, ...this.#older(held, now)]);
      await post.reply(conversation, { kind: 'receipt', id: request.id, stage: 'received' }, leftMs);
    });
    await this.#declineUnknown(requestKey({ pairing, id: request.id }));
  }

  /** The person sees it; gives whether for the first time. */
  opened(key: string): Promise<boolean> {
    return this.#inTurn(async () => {
      const held = this.find(key);
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
      await this.#replace([{ ...held, life }]);
      return true;
    });
  }

  /**
   * Answers a request that is still open, unless it is answered in another app. It is stored before it is sent, so that
   * it is sent whatever happens. Throws `malformed-message` for what the other side would not read.
   */
  answer(key: string, answer: Answer): Promise<void> {
    return this.#inTurn(async () => {
      const held = this.find(key);
      if (!held || !isNative(held) || held.life.phase === 'answered' || isEnded(this.#aged(held).life)) return;
      const answered = { ...held, answer: parseAnswer(answer) };
      await this.#parts.vault.set(requestRecord(answered));
      const post = await this.#post();
      const now = this.#parts.clock.now();
      const lifeMs = msLeft(held.life, now) + limits.verificationGraceMs;
      await post.reply(held.conversation, { kind: 'answer', answer }, lifeMs);
      const event = (afterAnswer[answer.decision] as (answer: Answer) => RequestEvent)(answer);
      await this.#replace([{ ...answered, life: advance(held.life, event, now) }]);
    });
  }

  deny(key: string, reason: DenyReason): Promise<void> {
    const held = this.find(key);
    return held ? this.answer(key, { decision: 'deny', id: held.request.id, reason }) : Promise.resolve();
  }

  /** The request is over without this phone's doing. */
  withdraw({ pairing }: Arrival, { id, reason }: Withdraw): Promise<void> {
    return this.#inTurn(async () => {
      const held = this.find(requestKey({ pairing, id }));
      if (held) await this.#end(held, { type: reason });
    });
  }

  /**
   * What came of this phone's answer; of a request that it has not answered it says nothing. Of an observed one: what
   * the page shows.
   */
  outcome({ pairing }: Arrival, { id, outcome, code }: Outcome): Promise<void> {
    return this.#inTurn(async () => {
      const held = this.find(requestKey({ pairing, id }));
      if (!held) return;
      const event: RequestEvent =
        outcome === 'failed' ? { type: outcome, code: code ?? 'unexpected' } : { type: outcome };
      if (!isNative(held)) return this.#end(held, event);
      if (!held.answer || outcome === 'denied') return;
      const now = this.#parts.clock.now();
      const next = { ...held, life: advance(held.life, event, now) };
      const before = this.registrations.find(held.request);
      await this.#replace([next], afterOutcome(before, held.request, held.answer, event, now));
    });
  }

  /** The person was not verified for a sign-in. */
  unconfirmed(key: string): Promise<void> {
    return this.#inTurn(async () => {
      const held = this.find(key);
      if (held?.request.type !== 'sign-in') return;
      const before = this.registrations.find(held.request);
      if (before) await this.#replace([], unconfirmed(before));
    });
  }

  /** Forgets a registration here. The provider goes on listing this phone until it is told. */
  unregister(registration: RegistrationName): Promise<void> {
    return this.#inTurn(() => this.registrations.remove(registration));
  }

  /** The end was read, or an observed request is to be out of sight. */
  dismiss(key: string): Promise<void> {
    return this.#inTurn(async () => {
      const held = this.find(key);
      if (held && (isEnded(held.life) || isObserved(held))) await this.#replace([{ ...held, dismissed: true }]);
    });
  }

  /** Every end that is still shown was read, or is to make way; so is what waits for nothing here. */
  dismissAll(): Promise<void> {
    return this.#inTurn(() =>
      this.#replace(
        this.requests.value
          .filter((held) => isEnded(held.life) || isObserved(held))
          .map((held) => ({ ...held, dismissed: true })),
      ),
    );
  }

  /** Forgets the requests of a pairing that is over. */
  forget(pairing: string): Promise<void> {
    return this.#inTurn(async () => {
      const gone = this.requests.value.filter((held) => held.pairing === pairing);
      await removeRequests(this.#parts.vault, gone);
      this.requests.value = this.requests.value.filter((held) => held.pairing !== pairing);
    });
  }

  /** Ends what time has ended. */
  tick(): Promise<void> {
    return this.#inTurn(() => this.#replace(this.requests.value.map((held) => this.#aged(held))));
  }

  stop(): void {
    this.#cancelTick();
  }

  /** A sign-in that this phone is not registered for is refused at once, with the reason. */
  async #declineUnknown(key: string): Promise<void> {
    const held = this.find(key);
    if (held?.request.type !== 'sign-in' || isEnded(held.life) || this.registrations.find(held.request)) return;
    const { id, account } = held.request;
    const isKnownElsewhere = this.registrations.all.value.some((one) => one.account === account);
    await this.answer(key, { decision: 'cannot', id, code: isKnownElsewhere ? 'wrong-origin' : 'no-registration' });
  }

  /**
   * What a new request changes about those before it: the same browser asks for the same sign-in but once. Of what it
   * observes it knows better, tab by tab, and says what is over.
   */
  #older(fresh: HeldRequest, now: number): HeldRequest[] {
    const { pairing, request } = fresh;
    return this.requests.value.flatMap((held) => {
      if (isEnded(held.life)) return held.dismissed ? [] : [{ ...held, dismissed: true }];
      const { origin, account } = held.request;
      if (held.pairing !== pairing || origin !== request.origin || account !== request.account) return [];
      if (isObserved(held) || isObserved(fresh)) return [];
      return [{ ...held, life: advance(held.life, { type: 'superseded' }, now), dismissed: true }];
    });
  }

  async #forgetOld(now: number): Promise<void> {
    const old = this.requests.value.filter((held) => isOld(held, now));
    if (old.length === 0) return;
    await removeRequests(this.#parts.vault, old);
    this.requests.value = this.requests.value.filter((held) => !old.includes(held));
  }

  /** The browser says that it is over. */
  async #end(held: HeldRequest, event: RequestEvent): Promise<void> {
    const now = this.#parts.clock.now();
    if (isNative(held)) return this.#replace([{ ...held, life: advance(held.life, event, now) }]);
    const dismissed = held.dismissed || (event.type === 'superseded' && this.#hasNewerNumber(held));
    await this.#replace([{ ...held, life: advance(stillOpen(held.life, now), event, now), dismissed }]);
  }

  /** The number that has taken this one's place is here already. */
  #hasNewerNumber(held: HeldRequest): boolean {
    const newer = this.requests.value.slice(0, this.requests.value.indexOf(held));
    return newer.some((one) => isObserved(one) && one.pairing === held.pairing);
  }

  #aged(held: HeldRequest): HeldRequest {
    const life = advance(held.life, { type: 'tick' }, this.#parts.clock.now());
    return life === held.life ? held : { ...held, life };
  }

  /** Stores what has changed, all at once, then shows it. */
  async #replace(changed: readonly HeldRequest[], registration?: Registration): Promise<void> {
    const news = changed.filter((held) => !this.requests.value.includes(held));
    if (news.length > 0 || registration) {
      const ended = news.filter((held) => this.find(keyOf(held))?.life !== held.life).map(historyRecord);
      await this.#parts.vault.set({
        ...requestRecord(...news),
        ...Object.assign({}, ...ended),
        ...(registration && registrationRecord(registration)),
      });
    }
    const byKey = new Map(news.map((held) => [keyOf(held), held]));
    const known = this.requests.value.map((held) => byKey.get(keyOf(held)) ?? held);
    const fresh = news.filter((held) => !this.find(keyOf(held)));
    this.requests.value = [...fresh, ...known];
    if (registration) this.registrations.keep(registration);
    this.#setTick();
  }

  #setTick(): void {
    this.#cancelTick();
    const deadlines = this.requests.value.filter(({ life }) => !isEnded(life)).map(({ life }) => deadline(life));
    if (deadlines.length === 0) return;
    const afterMs = Math.max(0, Math.min(...deadlines) - this.#parts.clock.now());
    this.#cancelTick = this.#parts.clock.after(afterMs, () => {
      this.tick().catch((thrown: unknown) => this.#failed(codeOf(thrown)));
    });
  }
}

/**
 * An observed request's life for the browser's word on its end. That counts also after its time: its person was in the
 * other app, and this one asleep.
 */
function stillOpen(life: RequestLife, now: number): RequestLife {
  if (isEnded(life) && life.phase !== 'timed-out') return life;
  const phase = life.phase === 'timed-out' ? 'received' : life.phase;
  return { ...life, phase, expiresAt: Math.max(life.expiresAt, now + 1) };
}
