import type { Storage } from 'webextension-polyfill';
import { base64url } from '../../core/bytes.ts';
import { codeOf, type ErrorCode } from '../../core/errors.ts';
import type { PushOutcome } from '../../core/frames.ts';
import type { Random } from '../../core/keys.ts';
import type { Message } from '../../core/messages.ts';
import { pushFailures } from '../../core/push-failures.ts';
import type { Post, Sent } from '../../relay-client/post.ts';
import type { Clock } from '../../relay-client/socket.ts';
import { nameOf } from '../../vault/pairing-book.ts';
import type { RingHop, RingTestView } from '../messaging/view.ts';
import type { Contacts } from './contacts.ts';
import { type HeldRingTest, isOver, lateAt, mostKept, parseRingTests, passing } from './held-ring-test.ts';
import type { RelayHealth } from './relay-health.ts';
import type { WakeUp } from './wake-up.ts';

/** How long the phone may keep a test, ms. */
const lifeMs = 60_000;
const key = 'ringTests';

/** The hop that a phone's word says was passed. */
const pongHops: Readonly<Record<Extract<Message, { kind: 'pong' }>['step'], RingHop>> = {
  arrived: 'phone',
  shown: 'shown',
  opened: 'opened',
};

export interface RingTestsOptions {
  area: Pick<Storage.StorageArea, 'get' | 'set' | 'remove'>;
  post: Promise<Pick<Post, 'begin'>>;
  contacts: Pick<Contacts, 'find' | 'endOf'>;
  relays: Pick<RelayHealth, 'troubleOf'>;
  clock: Clock;
  random: Random;
  wakeUp: Pick<WakeUp, 'set'>;
  changed: () => void;
  /** Takes what went wrong on our own side. */
  report: (thrown: unknown) => void;
}

/**
 * "Why didn't my phone ring?", asked on the computer: a test message to each phone, and how far it comes. The newest one of a
 * phone counts. They lie in `storage.local`: what was found without anybody watching is told until it was read.
 */
export class RingTests {
  readonly #options: RingTestsOptions;
  #tests: readonly HeldRingTest[] = [];
  /** Settled once what the worker before left was read, or could not be. */
  #loaded: Promise<void> = Promise.resolve();

  constructor(options: RingTestsOptions) {
    this.#options = options;
  }

  /** Takes up what the worker before left. What cannot be read is none. Throws `key-storage-broken`. */
  load(): Promise<void> {
    const loading = this.#load();
    this.#loaded = loading.catch(() => undefined);
    return loading;
  }

  async #load(): Promise<void> {
    const { area, contacts, clock } = this.#options;
    const { [key]: stored } = await area.get(key);
    // Before that, phones are not known.
    await this.#options.post;
    const now = clock.now();
    const known = parseRingTests(stored, key)
      .filter((test) => contacts.find(test.pairing) && !this.#of(test.pairing))
      .filter((test) => (!test.isAsked && isOver(test)) || now - test.startedAt < lifeMs)
      // What was said meanwhile is still to be heard.
      .map((test) => ({ ...test, movedAt: now }));
    if (stored !== undefined) this.#replace([...this.#tests, ...known]);
  }

  /** Oldest first. */
  get view(): readonly RingTestView[] {
    return this.#tests
      .filter(({ pairing }) => this.#options.contacts.find(pairing))
      .map(({ pairing, phone, isAsked, passed, failed = null }) => ({ pairing, phone, isAsked, passed, failed }));
  }

  /** `isAsked`: the person wants to see it, which no other test interrupts. What fails becomes the view. Throws `key-storage-broken`. */
  async begin(pairing: string, isAsked: boolean): Promise<void> {
    const { contacts, clock, random } = this.#options;
    const post = await this.#options.post;
    const contact = contacts.find(pairing);
    if (!contact || (!isAsked && this.#of(pairing)?.isAsked)) return;
    const now = clock.now();
    const test: HeldRingTest = {
      id: base64url(random(16)),
      pairing,
      relay: contact.relay,
      startedAt: now,
      movedAt: now,
      phone: nameOf(contact),
      isAsked,
      passed: { worker: 0 },
    };
    const others = this.#tests.filter((one) => one.pairing !== pairing && !(isAsked && one.isAsked));
    this.#replace([...others, test].slice(-mostKept));
    const ended = contacts.endOf(pairing);
    if (ended) return this.#fail(test.id, ended);
    try {
      const { id: sent } = await post.begin(pairing, { kind: 'ping', id: test.id }, lifeMs, test.id);
      this.#change(test.id, () => ({ sent }));
    } catch (thrown) {
      this.#fail(test.id, codeOf(thrown));
    }
  }

  /** The person has seen the one that they asked for; where there is none, all. */
  async close(): Promise<void> {
    await this.#loaded;
    const others = this.#tests.filter(({ isAsked }) => !isAsked);
    this.#replace(others.length < this.#tests.length ? others : []);
  }

  /** The person has seen what was found out by itself, where it was told. */
  async closeMissed(): Promise<void> {
    await this.#loaded;
    this.#replace(this.#tests.filter(({ isAsked }) => isAsked));
  }

  /** A relay has the test's message, or had it: what the phone acknowledges at once is never said to be stored. */
  progress({ pairing, collapse }: Pick<Sent, 'pairing' | 'collapse'>): void {
    // By what `begin` has given, as the first word may come before the message's id is known here.
    const test = this.#of(pairing);
    if (test && collapse === test.id) this.#pass(test.id, 'relay');
  }

  /** What became of the push. */
  pushed(message: string, outcome: PushOutcome): void {
    const test = this.#tests.find(({ sent }) => sent === message);
    if (!test) return;
    if (outcome === 'taken') this.#pass(test.id, 'push');
    else this.#fail(test.id, pushFailures[outcome]);
  }

  phoneSaid(pairing: string, { id: test, step, code }: Extract<Message, { kind: 'pong' }>): void {
    if (this.#of(pairing)?.id !== test) return;
    this.#pass(test, pongHops[step]);
    if (code !== undefined) this.#fail(test, code);
  }

  /** Ends those of which nothing more was heard in time. */
  tick(): void {
    const now = this.#options.clock.now();
    const silent = this.#tests.filter((test) => !isOver(test) && now >= lateAt(test));
    for (const test of silent) this.#fail(test.id, this.#silence(test));
    this.#schedule();
  }

  #of(pairing: string): HeldRingTest | undefined {
    return this.#tests.find((test) => test.pairing === pairing);
  }

  #pass(test: string, hop: RingHop): void {
    const now = this.#options.clock.now();
    this.#change(test, (before) => passing(before, hop, now));
  }

  #fail(test: string, failed: ErrorCode): void {
    this.#change(test, () => ({ failed }));
  }

  /** What it means that nothing more was heard. */
  #silence({ relay, passed }: HeldRingTest): ErrorCode {
    if (passed.relay === undefined) return this.#options.relays.troubleOf(relay) ?? 'relay-timeout';
    return passed.phone === undefined ? 'push-lost' : 'notifications-denied';
  }

  #change(test: string, change: (test: HeldRingTest) => Partial<HeldRingTest>): void {
    if (!this.#tests.some((one) => one.id === test)) return;
    this.#replace(this.#tests.map((one) => (one.id === test ? { ...one, ...change(one) } : one)));
  }

  #replace(tests: readonly HeldRingTest[]): void {
    const { area, changed, report } = this.#options;
    this.#tests = tests;
    this.#schedule();
    changed();
    (tests.length === 0 ? area.remove(key) : area.set({ [key]: tests })).catch(report);
  }

  /** For the next hop; for the tap on the notification as long as the person likes. */
  #schedule(): void {
    const times = this.#tests.filter((test) => !isOver(test)).map(lateAt);
    this.#options.wakeUp.set(times.length === 0 ? null : Math.min(...times));
  }
}
