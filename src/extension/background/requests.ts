import type { Challenge } from '../../core/challenge.ts';
import { AppError, type ErrorCode } from '../../core/errors.ts';
import type { PushOutcome } from '../../core/frames.ts';
import type { Message } from '../../core/messages.ts';
import type { PageMessage } from '../../core/page-protocol.ts';
import { begin, isEnded } from '../../core/request.ts';
import type { Pressed } from '../../providers/press.ts';
import type { Outcome } from '../../providers/sighting.ts';
import type { Arrival, PostStore, Sent } from '../../relay-client/post.ts';
import type { Clock } from '../../relay-client/socket.ts';
import { AskedPhones } from './asked-phones.ts';
import { endedAt, type Held, missedBy, type Observed, pageMessageOf, type SeenNumber } from './held-request.ts';
import { ListeningPages, type TellPage } from './listening-pages.ts';
import type { PhoneLine } from './phone-line.ts';
import { silentAt } from './phone-silence.ts';
import { RequestBook } from './request-book.ts';
import type { WakeUp } from './wake-up.ts';

/** How long a page may still show a number whose time is over, ms. */
const outlivedMs = 10_000;
/** Open requests at once, over all tabs: more than a person can have in hand. */
const mostOpen = 16;

/** Where a request comes from, as the browser says. */
export interface Page {
  tab: number;
  origin: string;
}

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

/** The life of every request: what pages, the person and the clock do to it. */
export class Requests {
  readonly #options: RequestsOptions;
  readonly #book: RequestBook;
  readonly #phones: AskedPhones;
  readonly #pages = new ListeningPages();

  constructor(options: RequestsOptions) {
    this.#options = options;
    const { store, line, clock, changed, report } = options;
    this.#book = new RequestBook({ store, clock, moved: (held, isNew) => this.#moved(held, isNew), changed, report });
    this.#phones = new AskedPhones({ book: this.#book, line, clock, report });
  }

  /** Takes up what the worker before left. */
  async restore(): Promise<void> {
    await this.#book.restore();
    if (this.open.length > 0) this.#pages.await(this.#options.clock.now());
    await this.tick();
    for (const held of this.#book.all) this.#phones.follow(held);
  }

  /** Oldest first. */
  get open(): Held[] {
    return this.#book.open;
  }

  /** The newest that is open. */
  get current(): Held | null {
    return this.open.at(-1) ?? null;
  }

  /** The newest that ended, for a while, unless it was seen. */
  get lastEnded(): Held | null {
    return this.#book.unseenEnds.sort((left, right) => (endedAt(left) ?? 0) - (endedAt(right) ?? 0)).at(-1) ?? null;
  }

  /** A page asks. Throws `replayed` for an id that another page used, `too-many-requests`. */
  async begin(page: Page, challenge: Challenge, tell: TellPage): Promise<void> {
    if (this.#book.find(challenge.id)) return this.resume(page, challenge.id, tell, 'replayed');
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
      this.#pages.join(before.id, tell);
      const account = seen.account ?? before.seen.account;
      if (account === before.seen.account) return;
      const after = { ...before, seen: { ...before.seen, ...(account === undefined ? {} : { account }) } };
      const replaced = this.#book.replace(after);
      // Phones are told of the account, too, unless it is one that wants the password.
      if (!isQuiet) this.#phones.follow(after);
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
    return this.#book.all.some(
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
    const held = this.#book.find(id);
    if (!held || held.tab !== page.tab || held.origin !== page.origin) throw new AppError(code, id);
    if (!isEnded(held.life)) this.#pages.join(id, tell);
    tell(pageMessageOf(held));
  }

  async pageSaid(id: string, message: PageMessage): Promise<void> {
    const held = this.#book.find(id);
    if (!held) return;
    const premature = needAnswer.has(message.type) && held.life.phase !== 'answered';
    await this.#book.change(id, premature ? { type: 'gone' } : message);
  }

  /** The page's tab was closed or went elsewhere. `tell`: as it was given, because a page may have come back since. */
  async pageLeft(id: string, tell: TellPage): Promise<void> {
    if (this.#pages.leave(id, tell)) await this.#book.change(id, { type: 'gone' });
  }

  /** The person wants the password by keyboard: of several requests for the one in front of them, else for the newest. */
  usePasswordIn(tab: number | undefined): Promise<void> {
    return this.usePassword(this.open.findLast((held) => held.tab === tab)?.id);
  }

  /** The person wants the password; without `id` for the newest. On somebody else's page its own control is pressed. */
  async usePassword(id = this.current?.id): Promise<void> {
    const held = id === undefined ? undefined : this.#book.find(id);
    if (!held || isEnded(held.life)) return;
    const pressed = held.kind === 'observed' ? await this.#options.press(held) : 'password';
    if (pressed === 'password') return this.#book.change(held.id, { type: 'password' });
    const now = this.#book.find(held.id);
    if (now?.kind !== 'observed' || isEnded(now.life)) return;
    await this.#book.replace({ ...now, pressed });
  }

  /** How the request ended, as somebody else's page shows it. */
  async observedEnd(id: string, outcome: Outcome): Promise<void> {
    await this.#book.change(
      id,
      outcome === 'failed' ? { type: outcome, code: 'denied-or-timed-out' } : { type: outcome },
    );
  }

  /** The person has seen how requests ended. */
  async dismissEnds(): Promise<void> {
    await Promise.all(this.#book.unseenEnds.map((held) => this.#book.replace({ ...held, isSeen: true })));
  }

  /** As `AskedPhones.said`. */
  phoneSaid(from: Arrival, message: Message): Promise<void> {
    return this.#phones.said(from, message);
  }

  /** As `AskedPhones.progress`. */
  progress(sent: Sent, step: 'stored' | 'received'): Promise<void> {
    return this.#phones.progress(sent, step);
  }

  /** As `AskedPhones.pushed`. */
  pushed(pairing: string, message: string, outcome: PushOutcome): Promise<void> {
    return this.#phones.pushed(pairing, message, outcome);
  }

  /** As `AskedPhones.undeliverable`. */
  undeliverable(sent: Sent, code: ErrorCode): Promise<void> {
    return this.#phones.undeliverable(sent, code);
  }

  /** A relay came or went, or a pairing was added or ended. */
  connectionChanged(): void {
    for (const held of this.open) this.#phones.follow(held);
  }

  /** Ends what is over and forgets what was seen. */
  async tick(): Promise<void> {
    const now = this.#options.clock.now();
    const pagesAreLost = this.#pages.stopAwaiting(now);
    const changes = this.open.map((held) => {
      const lost = pagesAreLost && held.kind === 'challenge' && !this.#pages.has(held.id);
      return this.#book.change(held.id, { type: lost ? 'gone' : 'tick' });
    });
    const silent = this.open.filter((held) => (silentAt(held) ?? now + 1) <= now);
    changes.push(this.#book.forgetPast(), ...silent.map(({ id }) => this.#phones.assess(id)));
    this.#schedule();
    await Promise.all(changes);
  }

  async #begin(held: Held, isOlder: (held: Held) => boolean, tell: TellPage): Promise<void> {
    const older = this.open.filter(isOlder);
    if (this.open.length - older.length >= mostOpen) throw new AppError('too-many-requests', 'in all');
    this.#pages.join(held.id, tell);
    const begun = this.#book.replace(held);
    await Promise.all([begun, ...older.map(({ id }) => this.#book.change(id, { type: 'superseded' }))]);
  }

  #moved(held: Held, isNew: boolean): void {
    const { changed, missed } = this.#options;
    this.#pages.tell(held);
    this.#schedule();
    changed();
    if (isEnded(held.life)) this.#pages.forget(held.id);
    if (isNew || isEnded(held.life)) this.#phones.follow(held);
    const pairings = missedBy(held);
    if (pairings.length > 0) missed(pairings);
  }

  #schedule(): void {
    const moments = [...this.#book.deadlines, ...this.open.map(silentAt), this.#pages.returnUntil];
    const times = moments.filter((time) => time !== null);
    this.#options.wakeUp.set(times.length === 0 ? null : Math.min(...times));
  }
}
