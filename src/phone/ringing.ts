import { effect, signal } from '@preact/signals';
import { base64url, fromBase64url } from '../core/bytes.ts';
import { decodeRelayFrame } from '../core/frames.ts';
import { orNull } from '../core/or-null.ts';
import { pushFailures } from '../core/push-failures.ts';
import type { PushEvent } from '../relay-client/relay-client.ts';
import { becomes } from './becomes.ts';
import type { Carried, Notifications } from './notifications.ts';
import type { OpenedFor } from './opened-for.ts';
import type { Phone } from './phone.ts';
import type { PushDevice } from './push-device.ts';
import { PushSubscriptions } from './push-subscriptions.ts';
import { failureOf, RingTest } from './ring-test.ts';
import { type HeldRequest, isUnseen, keyOf } from './storage/held-request.ts';

/** How long after the relay was reached what waits there may take to come, ms. */
const fetchMs = 1_500;
/** Tests of browsers at once: more than a person can have asked for. */
const mostPings = 16;

/** All about ringing, in the window that leads. */
export class Ringing {
  readonly subscriptions: PushSubscriptions;
  readonly test: RingTest;
  /** The app was opened for a request that is not to be had any more. */
  readonly isTooLate = signal(false);
  readonly #phone: Phone;
  readonly #notifications: () => Promise<Notifications | null>;
  /** Tests of browsers that have this phone rung, and for which pairing; by their id. */
  readonly #pings = new Map<string, string>();
  readonly #tested: Set<string>;
  /** The missed request that it is being tested for. */
  #testing: string | null = null;
  #dispose: () => void = () => undefined;

  /** `tested`: the missed requests that this phone was already tested for, kept from one lead to the next. */
  constructor(
    phone: Phone,
    device: PushDevice,
    notifications: () => Promise<Notifications | null>,
    tested: Set<string>,
  ) {
    this.#phone = phone;
    this.#notifications = notifications;
    this.#tested = tested;
    this.subscriptions = new PushSubscriptions(phone, device, () => this.test.forget());
    this.test = new RingTest(phone, this.subscriptions);
  }

  start(): void {
    this.subscriptions.start();
    this.test.load();
    this.#dispose = effect(() => {
      if (!this.#phone.parts.visible.value) return;
      const held = this.#phone.requests.value;
      void this.#clear(held);
      this.#testMissed(held);
    });
  }

  stop(): void {
    this.#dispose();
    this.subscriptions.stop();
    // What nobody was there to see the end of is begun again.
    if (this.#testing !== null && this.test.isUnderWay) this.#tested.delete(this.#testing);
    this.test.stop();
  }

  /** Whether it rings, as far as is known. */
  get rings(): boolean {
    return this.subscriptions.state.value.is === 'on' && this.test.failure.value === null;
  }

  /** A browser tries whether this phone rings. The app is open, so the relay is asked to ring it all the same. */
  pinged(pairing: string, id: string): void {
    this.#phone.act(async () => {
      await this.#phone.pong(pairing, { id, step: 'arrived' });
      await this.subscriptions.settled();
      const { value: state } = this.subscriptions.state;
      if (state.is !== 'on') return this.#phone.pong(pairing, { id, step: 'arrived', code: failureOf(state) });
      this.#pings.set(id, pairing);
      const [oldest] = this.#pings.keys();
      if (this.#pings.size > mostPings && oldest !== undefined) this.#pings.delete(oldest);
      await this.#phone.ring(pairing, fromBase64url(id));
    });
  }

  /** What the relay says of Web Push. */
  push(pairing: string, event: PushEvent): void {
    this.#phone.act(async () => {
      await this.subscriptions.said(pairing, event);
      this.test.said(event);
      if (event.is !== 'sent' || event.outcome === 'taken') return;
      const id = base64url(event.id);
      if (!this.#pings.delete(id)) return;
      await this.#phone.pong(pairing, { id, step: 'arrived', code: pushFailures[event.outcome] });
    });
  }

  /** A push that came while this window leads: its connection may be dead, and it does not know that yet. */
  handed(push: Uint8Array): void {
    this.#phone.wake();
    this.test.forget();
    const frame = orNull(() => decodeRelayFrame(push));
    if (frame?.frame === 'deliver') this.#phone.act(() => this.#phone.take(frame));
  }

  /** What the worker says, or what the app was opened for. */
  opened({ wanted, rang, tapped, pairing }: OpenedFor): void {
    this.#phone.act(async () => {
      if (wanted !== undefined) await this.#fetched(wanted);
      if (rang !== undefined) {
        this.test.forget();
        this.test.rang(rang);
        const of = this.#pings.get(rang);
        this.#pings.delete(rang);
        if (of !== undefined) await this.#phone.pong(of, { id: rang, step: 'shown' });
      }
      if (tapped === undefined) return;
      this.test.tapped(tapped);
      const isPaired = this.#phone.pairings.value.some((one) => one.pairing === pairing);
      if (pairing !== undefined && isPaired) await this.#phone.pong(pairing, { id: tapped, step: 'opened' });
    });
  }

  /** The person has read that they came too late. */
  readTooLate(): void {
    this.isTooLate.value = false;
  }

  /** Says so when the request that the person has come for is not to be had any more. */
  async #fetched(wanted: string): Promise<void> {
    const { requests, reached, pairings, parts } = this.#phone;
    const [pairing = ''] = wanted.split(':');
    // Of a pairing that is over nothing comes any more.
    const goesOn = () => pairings.value.some((one) => one.pairing === pairing && one.ended === null);
    await becomes(() => reached.value.has(pairing) || !goesOn());
    const isHere = () => requests.value.some((held) => keyOf(held) === wanted);
    await new Promise<void>((resolve) => {
      parts.clock.after(fetchMs, resolve);
    });
    this.isTooLate.value = !isHere();
  }

  /** What the person sees in the app needs no notification. */
  async #clear(held: readonly HeldRequest[]): Promise<void> {
    const notifications = await this.#notifications();
    await notifications?.clear(({ key, test }: Carried) => {
      if (key === undefined) return test === undefined;
      const about = held.find((one) => keyOf(one) === key);
      return about !== undefined && !isUnseen(about);
    });
  }

  /** A request has expired, was not seen, and nobody has read that yet: why? */
  #testMissed(held: readonly HeldRequest[]): void {
    const missed = held.filter(
      ({ life, dismissed }) => life.phase === 'timed-out' && life.reachedAt.opened === undefined && !dismissed,
    );
    const newest = missed.find((one) => !this.#tested.has(keyOf(one)));
    this.#tested.clear();
    for (const one of missed) this.#tested.add(keyOf(one));
    if (!newest) return;
    this.#testing = keyOf(newest);
    void this.test.run(newest.pairing);
  }
}
