import { codeOf, type ErrorCode } from '../../core/errors.ts';
import type { PushOutcome } from '../../core/frames.ts';
import type { Message } from '../../core/messages.ts';
import { advance, isEnded } from '../../core/request.ts';
import type { Arrival, Sent } from '../../relay-client/post.ts';
import type { Clock } from '../../relay-client/socket.ts';
import type { Asked, Held } from './held-request.ts';
import type { PhoneLine } from './phone-line.ts';
import { silenceOf } from './phone-silence.ts';
import type { RequestBook } from './request-book.ts';

export interface AskedPhonesOptions {
  book: Pick<RequestBook, 'find' | 'open' | 'change' | 'replace'>;
  line: PhoneLine;
  clock: Pick<Clock, 'now'>;
  /** Takes what went wrong on our own side. */
  report: (thrown: unknown) => void;
}

/** What phones are told of each request, and what comes of that. */
export class AskedPhones {
  readonly #options: AskedPhonesOptions;
  /** Phones are asked one request after the other, so that none is asked twice. */
  #asking: Promise<void> = Promise.resolve();

  constructor(options: AskedPhonesOptions) {
    this.#options = options;
  }

  /** Does what a request needs next: to be asked, or its end to be told. */
  follow(held: Held): void {
    const { report } = this.#options;
    if (isEnded(held.life)) {
      if (!held.told) this.#tellEnd(held).catch(report);
    } else {
      this.#asking = this.#asking
        .then(() => this.#ask(held.id))
        .catch((thrown: unknown) => this.#cannotAsk(held, codeOf(thrown)))
        .catch(report);
    }
  }

  /** A phone's receipt or answer. What fits no open request is late, and changes nothing. */
  async said({ pairing, conversation }: Arrival, message: Message): Promise<void> {
    const { book } = this.#options;
    if (message.kind === 'receipt') return this.#took(message.id, pairing, message.stage);
    if (message.kind !== 'answer') return;
    const { answer } = message;
    const held = book.find(answer.id);
    if (held?.kind !== 'challenge' || isEnded(held.life) || held.life.phase === 'answered') return;
    if (answer.decision === 'cannot') return this.#cannot(held, { pairing, conversation }, answer.code);
    if (answer.decision === 'deny') {
      return book.change(answer.id, { type: 'denied', reason: answer.reason }, { answeredIn: conversation });
    }
    const wanted = held.challenge.type === 'sign-in' ? 'approve' : 'register';
    if (answer.decision !== wanted) return;
    await book.change(answer.id, { type: 'answered' }, { answer, answeredIn: conversation });
  }

  /** How far a message to a phone has come. */
  async progress({ pairing, conversation }: Sent, step: 'stored' | 'received'): Promise<void> {
    const held = this.#byConversation(conversation);
    if (!held) return;
    if (step === 'stored') await this.#options.book.change(held.id, { type: step });
    else await this.#took(held.id, pairing, step);
  }

  /** A phone has a request, which has come as far as that. */
  async #took(id: string, pairing: string, stage: 'received' | 'opened'): Promise<void> {
    const { book } = this.#options;
    const held = book.find(id);
    if (!held || isEnded(held.life)) return;
    const asked = held.asked.map((phone) => (phone.pairing === pairing ? { ...phone, isTaken: true } : phone));
    await Promise.all([book.replace({ ...held, asked }), book.change(id, { type: stage }), this.#waitFor(id)]);
  }

  /** What became of waking a phone for a message to it. A number for another app is of use without that. */
  async pushed(pairing: string, message: string, outcome: PushOutcome): Promise<void> {
    const { book } = this.#options;
    const isIt = (phone: Asked) => phone.pairing === pairing && phone.message === message;
    const held = book.open.find(({ kind, asked }) => kind === 'challenge' && asked.some(isIt));
    if (!held) return;
    const asked = held.asked.map((phone) => (isIt(phone) ? { ...phone, isWoken: outcome === 'taken' } : phone));
    await Promise.all([book.replace({ ...held, asked }), this.#waitFor(held.id)]);
  }

  /** Says what keeps an open request from its phones for now, if anything does. */
  async assess(id: string): Promise<void> {
    const { book, line, clock } = this.#options;
    const held = book.find(id);
    if (!held || isEnded(held.life) || held.life.phase === 'answered') return;
    await book.change(id, { type: 'trouble', code: line.trouble() ?? silenceOf(held, clock.now()) });
  }

  /** What is known of its phones has changed. What is wrong with a number for another app is said where it is found. */
  async #waitFor(id: string): Promise<void> {
    if (this.#options.book.find(id)?.kind === 'challenge') await this.assess(id);
  }

  /** A request that will not reach its phone. */
  async undeliverable(sent: Sent, code: ErrorCode): Promise<void> {
    const held = this.#byConversation(sent.conversation);
    // Its time is over for the page too, which is told so by the clock.
    if (held && code !== 'expired') await this.#cannot(held, sent, code);
  }

  async #cannot(held: Held, { pairing, conversation }: Arrival, code: ErrorCode): Promise<void> {
    const { book, line } = this.#options;
    const asked = [...held.asked.filter((phone) => phone.pairing !== pairing), { pairing, conversation, cannot: code }];
    if (!line.nobodyCan(asked)) {
      await Promise.all([book.replace({ ...held, asked }), this.#waitFor(held.id)]);
      return;
    }
    // It is answered in another app, and its number is of use without this one.
    if (held.kind === 'observed') return book.change(held.id, { type: 'trouble', code }, { asked });
    // A page that may be a fake is the one that the person must hear of.
    const fake = asked.some(({ cannot }) => cannot === 'wrong-origin');
    await book.change(held.id, { type: 'failed', code: fake ? 'wrong-origin' : code }, { asked });
  }

  #byConversation(conversation: string): Held | undefined {
    return this.#options.book.open.find(({ asked }) => asked.some((phone) => phone.conversation === conversation));
  }

  #cannotAsk({ id, kind }: Held, code: ErrorCode): Promise<void> {
    return this.#options.book.change(id, kind === 'observed' ? { type: 'trouble', code } : { type: 'failed', code });
  }

  async #ask(id: string): Promise<void> {
    const { book, line } = this.#options;
    const held = book.find(id);
    if (!held || isEnded(held.life) || (held.kind === 'observed' && held.isQuiet)) return;
    const late: Asked[] = [];
    await line.ask(held, (asked) => {
      if (!this.#sent(id, asked)) late.push(asked);
    });
    // It ended while phones were being asked, and these did not hear of that.
    const after = book.find(id);
    if (after && late.length > 0) return line.tellEnd({ ...after, asked: late });
    await this.assess(id);
  }

  /** A phone's request is on its way; gives whether it is still wanted. */
  #sent(id: string, asked: Asked): boolean {
    const { book, clock, report } = this.#options;
    const held = book.find(id);
    if (!held || isEnded(held.life)) return false;
    const life = advance(held.life, { type: 'sent' }, clock.now());
    const others = held.asked.filter(({ pairing }) => pairing !== asked.pairing);
    book.replace({ ...held, asked: [...others, asked], life }).catch(report);
    return true;
  }

  async #tellEnd(held: Held): Promise<void> {
    const { book, line } = this.#options;
    await line.tellEnd(held);
    const now = book.find(held.id);
    if (now) await book.replace({ ...now, told: true });
  }
}
