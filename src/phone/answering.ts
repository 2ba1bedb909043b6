import { signal } from '@preact/signals';
import { codeOf, type ErrorCode } from '../core/errors.ts';
import type { Answer, NativeRequest } from '../core/messages.ts';
import { isEnded, msLeft } from '../core/request.ts';
import { statementHash } from '../core/statement.ts';
import { userIdOf } from '../core/user-id.ts';
import type { Ceremony } from './authenticator.ts';
import type { PhoneParts } from './parts.ts';
import type { RequestBook } from './request-book.ts';
import type { RequestDesk } from './request-desk.ts';
import { type HeldRequest, isNative, keyOf } from './storage/held-request.ts';

/** Verifies the person for a request and answers it; one at a time. */
export class Answering {
  /** The request that the person is being verified for. */
  readonly verifying = signal<string | null>(null);
  /** Why the last try for a request came to nothing. */
  readonly problem = signal<{ readonly key: string; readonly code: ErrorCode } | null>(null);
  readonly #parts: PhoneParts;
  readonly #book: RequestBook;
  readonly #desk: RequestDesk;
  #ending: AbortController | null = null;

  constructor(parts: PhoneParts, book: RequestBook, desk: RequestDesk) {
    this.#parts = parts;
    this.#book = book;
    this.#desk = desk;
  }

  /** The person picks a number, or has typed it. To be called right in the handler of the tap. */
  pick(key: string, chosen: string): Promise<void> {
    const held = this.#open(key);
    const registration = held && this.#book.registrations.find(held.request);
    if (held?.request.type !== 'sign-in' || !registration || !isAnswer(held.request.choices, chosen)) {
      return Promise.resolve();
    }
    return this.#verify(held, chosen, async (ceremony) => ({
      decision: 'approve',
      id: held.request.id,
      chosen,
      ...(await this.#parts.authenticator.approve(ceremony, registration)),
    }));
  }

  /** The person registers this phone. To be called right in the handler of the tap. */
  register(key: string): Promise<void> {
    const held = this.#open(key);
    if (held?.request.type !== 'registration') return Promise.resolve();
    const { id, origin, userHandle, account } = held.request;
    return this.#verify(held, '', async (ceremony) => ({
      decision: 'register',
      id,
      phone: this.#parts.deviceName,
      ...(await this.#parts.authenticator.register(ceremony, { userId: userIdOf(origin, userHandle), account })),
    }));
  }

  /** Ends the verification, leaving the request as it was. */
  cancel(): void {
    this.#ending?.abort();
  }

  /** Ends the verification of a request that has ended meanwhile. */
  check(): void {
    const key = this.verifying.value;
    if (key !== null && !this.#open(key, true)) this.cancel();
  }

  #open(key: string, evenVerifying = false): HeldRequest<NativeRequest> | undefined {
    if (!evenVerifying && this.verifying.value !== null) return undefined;
    const held = this.#book.find(key);
    return held && isNative(held) && !isEnded(held.life) && held.life.phase !== 'answered' ? held : undefined;
  }

  async #verify(
    held: HeldRequest<NativeRequest>,
    number: string,
    perform: (ceremony: Ceremony) => Promise<Answer>,
  ): Promise<void> {
    const key = keyOf(held);
    const ending = new AbortController();
    this.#ending = ending;
    this.verifying.value = key;
    this.problem.value = null;
    try {
      const { type, id, nonce, origin, account } = held.request;
      const decision = type === 'sign-in' ? 'approve' : 'register';
      const answer = await perform({
        challenge: statementHash({ id, nonce, origin, account, decision, number }),
        timeoutMs: Math.max(1, msLeft(held.life, this.#parts.clock.now())),
        signal: ending.signal,
      });
      if (!ending.signal.aborted) await this.#desk.answer(key, answer);
    } catch (thrown) {
      if (!ending.signal.aborted) await this.#failed(key, held.request.id, codeOf(thrown));
    } finally {
      this.#ending = null;
      this.verifying.value = null;
    }
  }

  async #failed(key: string, id: string, code: ErrorCode): Promise<void> {
    if (code === 'verification-unavailable') await this.#desk.answer(key, { decision: 'cannot', id, code });
    else {
      this.problem.value = { key, code };
      if (code === 'verification-refused') await this.#desk.unconfirmed(key);
    }
  }
}

function isAnswer(choices: readonly string[], chosen: string): boolean {
  return choices.length > 0 ? choices.includes(chosen) : /^[1-9]\d$/.test(chosen);
}
