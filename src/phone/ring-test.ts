import { signal } from '@preact/signals';
import { base64url, equalBytes } from '../core/bytes.ts';
import { AppError, codeOf, type ErrorCode } from '../core/errors.ts';
import type { PushOutcome } from '../core/frames.ts';
import { inTurn } from '../core/in-turn.ts';
import { pushFailures } from '../core/push-failures.ts';
import type { PushEvent } from '../relay-client/relay-client.ts';
import { becomes } from './becomes.ts';
import type { Phone } from './phone.ts';
import type { PushSubscriptions, RingState } from './push-subscriptions.ts';
import { forgetFailedRing, loadFailedRing, saveFailedRing } from './storage/failed-ring.ts';

/** What a push to this phone passes, as far as the phone itself can see. */
export const ringHops = ['relay', 'subscribed', 'push', 'shown', 'opened'] as const;
export type RingHop = (typeof ringHops)[number];

export interface RingTestState {
  /** When each hop was passed, ms after the test began. */
  readonly passed: Readonly<Partial<Record<RingHop, number>>>;
  /** Why it came no further than the last of them. */
  readonly failed: ErrorCode | null;
}

/** How long each hop may take, ms. */
const patienceMs = 15_000;

/** Failures that say that this phone does not ring. */
const ringFailures: ReadonlySet<ErrorCode> = new Set<ErrorCode>([...Object.values(pushFailures), 'push-lost']);

const stateFailures: Readonly<Record<Exclude<RingState['is'], 'on' | 'off'>, ErrorCode>> = {
  looking: 'relay-timeout',
  unpaired: 'no-phone',
  install: 'push-unavailable',
  unsupported: 'push-unavailable',
  asks: 'notifications-denied',
};

/** Why a phone in that state does not ring. */
export function failureOf(state: Exclude<RingState, { is: 'on' }>): ErrorCode {
  return state.is === 'off' ? state.code : stateFailures[state.is];
}

/** "Why didn't my phone ring?", asked on the phone: it has itself rung, and sees how far that comes. */
export class RingTest {
  /** Null before the first. */
  readonly state = signal<RingTestState | null>(null);
  /**
   * Why the last one failed, until one passes, the person has read it, or there is another subscription. What the app does
   * not look at anew at each start is kept for the next.
   */
  readonly failure = signal<ErrorCode | null>(null);
  readonly #phone: Phone;
  readonly #subscriptions: PushSubscriptions;
  /** The test that counts: 16 bytes. */
  #id: Uint8Array = new Uint8Array(16);
  #outcome = signal<PushOutcome | null>(null);
  #beganAt = 0;
  /** What is still being read of a failure is no news. */
  #isForgotten = false;
  #ending = new AbortController();
  readonly #inTurn = inTurn();

  constructor(phone: Phone, subscriptions: PushSubscriptions) {
    this.#phone = phone;
    this.#subscriptions = subscriptions;
  }

  /** Reads what failed before. */
  load(): void {
    this.#phone.act(() =>
      this.#inTurn(async () => {
        const failure = await loadFailedRing(this.#phone.vault);
        if (this.state.value === null && !this.#isForgotten) this.failure.value = failure;
      }),
    );
  }

  /** By which pairing the relay is asked: `wanted`, or whichever there is. Never rejects: what fails is the state. */
  async run(wanted?: string): Promise<void> {
    const { random, clock } = this.#phone.parts;
    this.stop();
    this.#ending = new AbortController();
    const { signal: ended } = this.#ending;
    const id = random(16);
    this.#id = id;
    this.#beganAt = clock.now();
    this.#outcome.value = null;
    this.state.value = { passed: {}, failed: null };
    try {
      await this.#walk(id, wanted, ended);
    } catch (thrown) {
      if (!ended.aborted) this.#failed(codeOf(thrown));
    }
  }

  /** Whether one is on its way. */
  get isUnderWay(): boolean {
    const { value } = this.state;
    return value !== null && value.failed === null && value.passed.shown === undefined;
  }

  /** Ends the one that is on its way: nothing comes of it. */
  stop(): void {
    this.#ending.abort();
  }

  /** What failed was read, or need not be so any more. */
  forget(): void {
    this.failure.value = null;
    this.#isForgotten = true;
    this.#phone.act(() => this.#inTurn(() => forgetFailedRing(this.#phone.vault)));
  }

  /** What became of the push, as the relay says. */
  said(event: PushEvent): void {
    if (event.is === 'sent' && equalBytes(event.id, this.#id)) this.#outcome.value = event.outcome;
  }

  /** The worker has shown the notification. */
  rang(id: string): void {
    if (id === base64url(this.#id)) this.#pass('shown');
  }

  /** The person has opened the app from the notification, which may also be one of a test before the app was closed. */
  tapped(id: string): void {
    if (id === base64url(this.#id)) this.#pass('opened');
  }

  async #walk(id: Uint8Array, wanted: string | undefined, ended: AbortSignal): Promise<void> {
    const { pairings, reached } = this.#phone;
    const open = pairings.value.filter((one) => one.ended === null);
    const { pairing } = open.find((one) => one.pairing === wanted) ?? open[0] ?? {};
    if (pairing === undefined) throw new AppError('no-phone', 'nothing is paired');
    await this.#holds(() => reached.value.has(pairing), 'relay-unreachable', ended);
    this.#pass('relay');
    await this.#subscriptions.refresh();
    await this.#holds(() => this.#subscriptions.state.value.is !== 'looking', 'relay-timeout', ended);
    const state = this.#subscriptions.state.value;
    if (state.is !== 'on') throw new AppError(failureOf(state), 'not subscribed');
    this.#pass('subscribed');
    await this.#phone.ring(pairing, id);
    const hasRung = () => this.state.value?.passed.shown !== undefined;
    await this.#holds(() => this.#outcome.value !== null || hasRung(), 'relay-timeout', ended);
    const outcome = this.#outcome.value;
    // Whatever the push service says: it came.
    if (hasRung()) return;
    if (outcome !== 'taken') throw new AppError(pushFailures[outcome as Exclude<PushOutcome, 'taken'>], 'not pushed');
    this.#pass('push');
    await this.#holds(hasRung, 'push-lost', ended);
  }

  #pass(hop: RingHop): void {
    const { passed = {} } = this.state.value ?? {};
    const afterMs = this.#phone.parts.clock.now() - this.#beganAt;
    // A notification may be there before the relay has heard that the push service took it.
    this.state.value = { passed: { ...passed, [hop]: passed[hop] ?? afterMs }, failed: null };
    if (hop === 'shown') this.forget();
  }

  #failed(code: ErrorCode): void {
    const { passed = {} } = this.state.value ?? {};
    this.state.value = { passed, failed: code };
    this.failure.value = code;
    // A network that is gone for a moment says nothing of ringing.
    if (passed.subscribed === undefined || !ringFailures.has(code)) return;
    this.#phone.act(() => this.#inTurn(() => saveFailedRing(this.#phone.vault, code)));
  }

  /** Rejects with `otherwise` when it comes too late, and when it has `ended`. */
  async #holds(holds: () => boolean, otherwise: ErrorCode, ended: AbortSignal): Promise<void> {
    ended.throwIfAborted();
    const over = new AbortController();
    await new Promise<void>((resolve, reject) => {
      const giveUp = () => reject(new AppError(otherwise, 'too late'));
      const cancel = this.#phone.parts.clock.after(patienceMs, giveUp);
      over.signal.addEventListener('abort', cancel);
      ended.addEventListener('abort', giveUp);
      becomes(holds, over.signal).then(resolve);
    }).finally(() => over.abort());
  }
}
