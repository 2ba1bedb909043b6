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
import type { RelayHealth } from './relay-health.ts';

/** How long each hop may take, ms. */
const patienceMs = 15_000;
/** How long the phone may keep a test, ms. */
const lifeMs = 60_000;

/** The hop that a phone's word says was passed. */
const pongHops: Readonly<Record<Extract<Message, { kind: 'pong' }>['step'], RingHop>> = {
  arrived: 'phone',
  shown: 'shown',
  opened: 'opened',
};

export interface RingTestOptions {
  post: Promise<Pick<Post, 'begin'>>;
  contacts: Pick<Contacts, 'find' | 'endOf'>;
  relays: Pick<RelayHealth, 'troubleOf'>;
  clock: Clock;
  random: Random;
  changed: () => void;
}

interface Running {
  /** base64url of 16 bytes. */
  readonly id: string;
  readonly pairing: string;
  readonly relay: string;
  readonly startedAt: number;
  readonly view: RingTestView;
  /** The message at the relay, once it was given to it. */
  readonly sent: string | null;
}

/** "Why didn't my phone ring?", asked on the computer: a test message, and how far it comes. The newest one counts. */
export class RingTest {
  readonly #options: RingTestOptions;
  #running: Running | null = null;
  #cancel: () => void = () => undefined;

  constructor(options: RingTestOptions) {
    this.#options = options;
  }

  get view(): RingTestView | null {
    return this.#running?.view ?? null;
  }

  /** `isAsked`: the person wants to see it, which no other test interrupts. What fails becomes the view. Throws `key-storage-broken`. */
  async begin(pairing: string, isAsked: boolean): Promise<void> {
    const { contacts, clock, random } = this.#options;
    // Before that, phones are not known.
    const post = await this.#options.post;
    const contact = contacts.find(pairing);
    if (!contact || (!isAsked && this.view?.isAsked)) return;
    const id = base64url(random(16));
    const view: RingTestView = { phone: nameOf(contact), isAsked, passed: { worker: 0 }, failed: null };
    this.#replace({ id, pairing, relay: contact.relay, startedAt: clock.now(), view, sent: null });
    this.#wait();
    const ended = contacts.endOf(pairing);
    if (ended) return this.#fail(id, ended);
    try {
      const sent = await post.begin(pairing, { kind: 'ping', id }, lifeMs, id);
      if (this.#running?.id === id) this.#replace({ ...this.#running, sent: sent.id });
    } catch (thrown) {
      this.#fail(id, codeOf(thrown));
    }
  }

  /** The person has seen it. */
  close(): void {
    this.#cancel();
    this.#replace(null);
  }

  progress({ pairing, id }: Pick<Sent, 'pairing' | 'id'>, step: 'stored' | 'received'): void {
    // The first word of the relay may come before `begin` has given the message's id.
    const isOurs = this.#running?.sent === id || (this.#running?.sent === null && this.#running.pairing === pairing);
    if (isOurs && step === 'stored') this.#pass('relay');
  }

  /** What became of the push. */
  pushed(id: string, outcome: PushOutcome): void {
    const running = this.#running;
    if (!running || running.sent !== id) return;
    if (outcome === 'taken') this.#pass('push');
    else this.#fail(running.id, pushFailures[outcome]);
  }

  phoneSaid(pairing: string, { id, step, code }: Extract<Message, { kind: 'pong' }>): void {
    if (this.#running?.id !== id || this.#running.pairing !== pairing) return;
    this.#pass(pongHops[step]);
    if (code !== undefined) this.#fail(id, code);
  }

  #pass(hop: RingHop): void {
    const running = this.#running;
    if (!running || running.view.passed[hop] !== undefined) return;
    const passed = { ...running.view.passed, [hop]: this.#options.clock.now() - running.startedAt };
    this.#replace({ ...running, view: { ...running.view, passed, failed: null } });
    this.#wait();
  }

  #fail(id: string, failed: ErrorCode): void {
    const running = this.#running;
    if (running?.id !== id) return;
    this.#cancel();
    this.#replace({ ...running, view: { ...running.view, failed } });
  }

  /** For the next hop; for the tap on the notification as long as the person likes. */
  #wait(): void {
    this.#cancel();
    const running = this.#running;
    if (!running || running.view.passed.shown !== undefined) return;
    this.#cancel = this.#options.clock.after(patienceMs, () => this.#fail(running.id, this.#silence(running.id)));
  }

  /** What it means that nothing more was heard. */
  #silence(id: string): ErrorCode {
    const running = this.#running;
    if (running?.id !== id || running.view.passed.relay === undefined) {
      return this.#options.relays.troubleOf(running?.relay ?? '') ?? 'relay-timeout';
    }
    return running.view.passed.phone === undefined ? 'push-lost' : 'notifications-denied';
  }

  #replace(running: Running | null): void {
    this.#running = running;
    this.#options.changed();
  }
}
