import type { Challenge } from '../../core/challenge.ts';
import { AppError, codeOf, type ErrorCode } from '../../core/errors.ts';
import type { Message } from '../../core/messages.ts';
import type { ExtensionMessage, PageMessage } from '../../core/page-protocol.ts';
import { advance, begin, deadline, isEnded, type RequestEvent } from '../../core/request.ts';
import type { Pressed } from '../../providers/press.ts';
import type { Outcome } from '../../providers/sighting.ts';
import type { Arrival, PostStore, Sent } from '../../relay-client/post.ts';
import type { Clock } from '../../relay-client/socket.ts';
import {
  type Asked,
  type Challenged,
  endedAt,
  type Held,
  type Observed,
  pageMessageOf,
  parseHeld,
  type SeenNumber,
} from './held-request.ts';
import type { PhoneLine } from './phone-line.ts';
import type { WakeUp } from './wake-up.ts';

/** How long an end stays to be seen, ms. */
const endShownMs = 60_000;
/** How long a page may take to come back after this worker was ended, ms. */
const pageReturnMs = 5_000;
/** How long a page may still show a number whose time is over, ms. */
const outlivedMs = 10_000;
/** Open requests at once, over all tabs: more than a person can have in hand. */
const mostOpen = 16;

/** Where a request comes from, as the browser says. */
export interface Page {
  tab: number;
  origin: string;
}

/** Takes what a page is to know. */
export type TellPage = (message: ExtensionMessage) => void;

export interface RequestsOptions {
  store: PostStore;
  line: PhoneLine;
  clock: Clock;
  wakeUp: Pick<WakeUp, 'set'>;
  /** Presses the page's own way to the password. */
  press: (held: Observed) => Promise<Pressed>;
  /** A request's time is over and it was seen on none of the phones that were asked; those that could not answer it had it. */
  missed: (pairings: string[]) => void;
  changed: () => void;
  /** Takes what went wrong on our own side. */
  report: (thrown: unknown) => void;
}

/** Only after an answer has a provider something to approve. */
const needAnswer: ReadonlySet<PageMessage['type']> = new Set<PageMessage['type']>(['approved', 'mismatched']);

/** Every request in flight. Each change is put in `storage.session`, so that it goes on when the worker is ended. */
export class Requests {
  readonly #options: RequestsOptions;
  readonly #all = new Map<string, Held>();
  readonly #pages = new Map<string, TellPage>();
  /** Until when pages may come back, ms; null when none is waited for. */
  #pagesReturnUntil: number | null = null;
  /** Phones are asked one request after the other, so that none is asked twice. */
  #asking: Promise<void> = Promise.resolve();

  constructor(options: RequestsOptions) {
    this.#options = options;
  }

  /** Takes up what the worker before left. */
  async restore(): Promise<void> {
    const { store, clock } = this.#options;
    for (const [key, value] of await store.entries('')) {
      try {
        this.#all.set(key, parseHeld(value, key));
      } catch (thrown) {
        if (!(thrown instanceof AppError)) throw thrown;
        await store.remove([key]);
      }
    }
    if (this.open.length > 0) this.#pagesReturnUntil = clock.now() + pageReturnMs;
    await this.tick();
    for (const held of this.#all.values()) this.#follow(held);
  }

  /** Oldest first. */
  get open(): Held[] {
    return [...this.#all.values()].filter(({ life }) => !isEnded(life)).sort(byAge);
  }

  /** The newest that is open. */
  get current(): Held | null {
    return this.open.at(-1) ?? null;
  }

  /** The newest that ended, for a while, unless it was seen. */
  get lastEnded(): Held | null {
    return this.#unseenEnds.sort((left, right) => (endedAt(left) ?? 0) - (endedAt(right) ?? 0)).at(-1) ?? null;
  }

  /** A page asks. Throws `replayed` for an id that another page used, `too-many-requests`. */
  async begin(page: Page, challenge: Challenge, tell: TellPage): Promise<void> {
    if (this.#all.has(challenge.id)) return this.resume(page, challenge.id, tell, 'replayed');
    const { id, account, lifeMs } = challenge;
    const isOlder = (held: Held) =>
      held.tab === page.tab ||
      (held.kind === 'challenge' && held.origin === page.origin && held.challenge.account === account);
    const life = begin(this.#options.clock.now(), lifeMs);
    await this.#begin({ kind: 'challenge', id, challenge, ...page, life, asked: [], told: false }, isOlder, tell);
  }

  /**
   * A page of somebody else's shows a number: the tab's open request goes on where it has this key, else a new one with
   * `id` begins and lives `lifeMs`. `isQuiet`: the person always wants the password there, and a new one is for no phone, whatever
   * the page offers. Throws `too-many-requests`.
   */
  async observe(
    page: Page,
    { id, seen, lifeMs, isQuiet }: { id: string; seen: SeenNumber; lifeMs: number; isQuiet: boolean },
    tell: TellPage,
  ): Promise<void> {
    const before = this.observedIn(page.tab);
    if (before?.seen.key === seen.key) {
      this.#pages.set(before.id, tell);
      const account = seen.account ?? before.seen.account;
      if (account === before.seen.account) return;
      const after = { ...before, seen: { ...before.seen, ...(account === undefined ? {} : { account }) } };
      const replaced = this.#replace(after);
      // Phones are told of the account, too, unless it is one that wants the password.
      if (!isQuiet) this.#follow(after);
      return replaced;
    }
    const life = begin(this.#options.clock.now(), lifeMs);
    const isOlder = (held: Held) => held.tab === page.tab;
    const held: Observed = { kind: 'observed', id, seen, ...page, life, asked: [], told: false };
    await this.#begin(isQuiet ? { ...held, isQuiet } : held, isOlder, tell);
  }

  /** The open request of somebody else's page in this tab. */
  observedIn(tab: number): Observed | null {
    const found = this.open.find((held) => held.kind === 'observed' && held.tab === tab);
    return found?.kind === 'observed' ? found : null;
  }

  /** Whether the time of a number that still stands on its page has only just run out. */
  hasJustExpired(tab: number, key: string): boolean {
    const now = this.#options.clock.now();
    return [...this.#all.values()].some(
      (held) =>
        held.kind === 'observed' &&
        held.tab === tab &&
        held.seen.key === key &&
        (held.life.reachedAt['timed-out'] ?? 0) >= held.life.expiresAt &&
        now < held.life.expiresAt + outlivedMs,
    );
  }

  /** A page comes back to its request. Throws `code` when it has none of this id. */
  async resume(page: Page, id: string, tell: TellPage, code: ErrorCode = 'unknown-request'): Promise<void> {
    const held = this.#all.get(id);
    if (!held || held.tab !== page.tab || held.origin !== page.origin) throw new AppError(code, id);
    if (!isEnded(held.life)) this.#pages.set(id, tell);
    tell(pageMessageOf(held));
  }

  async pageSaid(id: string, message: PageMessage): Promise<void> {
    const held = this.#all.get(id);
    if (!held) return;
    const premature = needAnswer.has(message.type) && held.life.phase !== 'answered';
    await this.#change(id, premature ? { type: 'gone' } : message);
  }

  /** The page's tab was closed or went elsewhere. `tell`: as it was given, because a page may have come back since. */
  async pageLeft(id: string, tell: TellPage): Promise<void> {
    if (this.#pages.get(id) !== tell) return;
    this.#pages.delete(id);
    await this.#change(id, { type: 'gone' });
  }

  /** The person wants the password; without `id` for the newest. On somebody else's page its own control is pressed. */
  async usePassword(id = this.current?.id): Promise<void> {
    const held = id === undefined ? undefined : this.#all.get(id);
    if (!held || isEnded(held.life)) return;
    const pressed = held.kind === 'observed' ? await this.#options.press(held) : 'password';
    if (pressed === 'password') return this.#change(held.id, { type: 'password' });
    const now = this.#all.get(held.id);
    if (now?.kind !== 'observed' || isEnded(now.life)) return;
    await this.#replace({ ...now, pressed });
  }

  /** How the request ended, as somebody else's page shows it. */
  async observedEnd(id: string, outcome: Outcome): Promise<void> {
    await this.#change(id, outcome === 'failed' ? { type: outcome, code: 'denied-or-timed-out' } : { type: outcome });
  }

  /** The person has seen how requests ended. */
  async dismissEnds(): Promise<void> {
    await Promise.all(this.#unseenEnds.map((held) => this.#replace({ ...held, isSeen: true })));
  }

  /** A phone's receipt or answer. What fits no open request is late, and changes nothing. */
  async phoneSaid({ pairing, conversation }: Arrival, message: Message): Promise<void> {
    if (message.kind === 'receipt') return this.#change(message.id, { type: message.stage });
    if (message.kind !== 'answer') return;
    const { answer } = message;
    const held = this.#all.get(answer.id);
    if (held?.kind !== 'challenge' || isEnded(held.life) || held.life.phase === 'answered') return;
    if (answer.decision === 'cannot') return this.#phoneCannot(held, { pairing, conversation }, answer.code);
    if (answer.decision === 'deny') {
      return this.#change(answer.id, { type: 'denied', reason: answer.reason }, { answeredIn: conversation });
    }
    const wanted = held.challenge.type === 'sign-in' ? 'approve' : 'register';
    if (answer.decision !== wanted) return;
    await this.#change(answer.id, { type: 'answered' }, { answer, answeredIn: conversation });
  }

  /** How far a message to a phone has come. */
  async progress({ conversation }: Sent, step: 'stored' | 'received'): Promise<void> {
    const held = this.#byConversation(conversation);
    if (held) await this.#change(held.id, { type: step });
  }

  /** A request that will not reach its phone. */
  async undeliverable(sent: Sent, code: ErrorCode): Promise<void> {
    const held = this.#byConversation(sent.conversation);
    // Its time is over for the page too, which is told so by the clock.
    if (held && code !== 'expired') await this.#phoneCannot(held, sent, code);
  }

  /** A relay came or went, or a pairing was added or ended. */
  connectionChanged(): void {
    for (const held of this.open) this.#follow(held);
  }

  /** Ends what is over and forgets what was seen. */
  async tick(): Promise<void> {
    const { clock, store, changed } = this.#options;
    const now = clock.now();
    const pagesAreLost = this.#pagesReturnUntil !== null && now >= this.#pagesReturnUntil;
    if (pagesAreLost) this.#pagesReturnUntil = null;
    const changes = this.open.map((held) => {
      const lost = pagesAreLost && held.kind === 'challenge' && !this.#pages.has(held.id);
      return this.#change(held.id, { type: lost ? 'gone' : 'tick' });
    });
    const past = [...this.#all].filter(([, held]) => (endedAt(held) ?? now) + endShownMs <= now).map(([id]) => id);
    for (const id of past) this.#all.delete(id);
    if (past.length > 0) {
      changes.push(store.remove(past));
      changed();
    }
    this.#schedule();
    await Promise.all(changes);
  }

  async #begin(held: Held, isOlder: (held: Held) => boolean, tell: TellPage): Promise<void> {
    const older = this.open.filter(isOlder);
    if (this.open.length - older.length >= mostOpen) throw new AppError('too-many-requests', 'in all');
    this.#pages.set(held.id, tell);
    const begun = this.#replace(held);
    await Promise.all([begun, ...older.map(({ id }) => this.#change(id, { type: 'superseded' }))]);
  }

  async #phoneCannot(held: Held, { pairing, conversation }: Arrival, code: ErrorCode): Promise<void> {
    const asked = [...held.asked.filter((phone) => phone.pairing !== pairing), { pairing, conversation, cannot: code }];
    if (!this.#options.line.nobodyCan(asked)) return this.#replace({ ...held, asked });
    // It is answered in another app, and its number is of use without this one.
    if (held.kind === 'observed') return this.#change(held.id, { type: 'trouble', code }, { asked });
    // A page that may be a fake is the one that the person must hear of.
    const fake = asked.some(({ cannot }) => cannot === 'wrong-origin');
    await this.#change(held.id, { type: 'failed', code: fake ? 'wrong-origin' : code }, { asked });
  }

  get #unseenEnds(): Held[] {
    return [...this.#all.values()].filter((held) => isEnded(held.life) && !held.isSeen);
  }

  #byConversation(conversation: string): Held | undefined {
    return this.open.find(({ asked }) => asked.some((phone) => phone.conversation === conversation));
  }

  /** `more` is taken over when the event counts. Nothing is awaited between reading what is held and replacing it. */
  async #change(id: string, event: RequestEvent, more: Partial<Challenged> = {}): Promise<void> {
    const held = this.#all.get(id);
    if (!held) return;
    const life = advance(held.life, event, this.#options.clock.now());
    if (life !== held.life) await this.#replace({ ...held, ...more, life } as Held);
  }

  async #replace(held: Held): Promise<void> {
    const { id } = held;
    const before = this.#all.get(id);
    this.#all.set(id, held);
    const saved = this.#options.store.set({ [id]: held });
    if (before?.life === held.life) this.#options.changed();
    else {
      this.#pages.get(id)?.(pageMessageOf(held));
      this.#schedule();
      this.#options.changed();
      if (!before || isEnded(held.life)) this.#follow(held);
      const missedBy = held.asked.filter(({ cannot }) => cannot === undefined).map(({ pairing }) => pairing);
      if (isUnseen(held) && missedBy.length > 0) this.#options.missed(missedBy);
    }
    await saved;
  }

  /** Does what a request needs next: to be asked, or its end to be told. */
  #follow(held: Held): void {
    const { id } = held;
    if (isEnded(held.life)) {
      this.#pages.delete(id);
      if (!held.told) this.#tellEnd(held).catch(this.#options.report);
    } else {
      this.#asking = this.#asking
        .then(() => this.#ask(id))
        .catch((thrown: unknown) => this.#cannotAsk(held, codeOf(thrown)))
        .catch(this.#options.report);
    }
  }

  #cannotAsk({ id, kind }: Held, code: ErrorCode): Promise<void> {
    return this.#change(id, kind === 'observed' ? { type: 'trouble', code } : { type: 'failed', code });
  }

  async #ask(id: string): Promise<void> {
    const { line } = this.#options;
    const held = this.#all.get(id);
    if (!held || isEnded(held.life) || (held.kind === 'observed' && held.isQuiet)) return;
    const late: Asked[] = [];
    await line.ask(held, (asked) => {
      if (!this.#sent(id, asked)) late.push(asked);
    });
    // It ended while phones were being asked, and these did not hear of that.
    const after = this.#all.get(id);
    if (after && late.length > 0) return line.tellEnd({ ...after, asked: late });
    if (after?.life.phase !== 'answered') {
      await this.#change(id, { type: 'trouble', code: line.trouble() });
    }
  }

  /** A phone's request is on its way; gives whether it is still wanted. */
  #sent(id: string, asked: Asked): boolean {
    const held = this.#all.get(id);
    if (!held || isEnded(held.life)) return false;
    const life = advance(held.life, { type: 'sent' }, this.#options.clock.now());
    const others = held.asked.filter(({ pairing }) => pairing !== asked.pairing);
    this.#replace({ ...held, asked: [...others, asked], life }).catch(this.#options.report);
    return true;
  }

  async #tellEnd(held: Held): Promise<void> {
    await this.#options.line.tellEnd(held);
    const now = this.#all.get(held.id);
    if (now) await this.#replace({ ...now, told: true });
  }

  #schedule(): void {
    const times = [...this.#all.values()].map((held) => {
      const ended = endedAt(held);
      return ended === null ? deadline(held.life) : ended + endShownMs;
    });
    if (this.#pagesReturnUntil !== null) times.push(this.#pagesReturnUntil);
    this.#options.wakeUp.set(times.length === 0 ? null : Math.min(...times));
  }
}

function isUnseen({ life }: Held): boolean {
  return life.phase === 'timed-out' && life.reachedAt.opened === undefined;
}

function byAge(left: Held, right: Held): number {
  return (left.life.reachedAt.detected ?? 0) - (right.life.reachedAt.detected ?? 0);
}
